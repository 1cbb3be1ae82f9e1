import { describe, expect, it } from 'vitest';
import { createSmallWorld } from '../testing/small-world.ts';
import { growRatings, indexRatings } from './ratings.ts';

describe('growRatings', () => {
  it('answers after any number of additions, and knows no rating of what was added', async () => {
    const { dataset } = await createSmallWorld();
    const known = indexRatings(dataset);
    const count = known.interactionCounts.length;
    let grown = known;
    for (let added = 1; added <= 20_000; added++) grown = growRatings(grown, count + added);
    expect(grown.summarise(0)).toEqual(known.summarise(0));
    expect(grown.summarise(count + 7)).toBeUndefined();
    expect(grown.ratingOf(0, count + 7)).toBeUndefined();
  });
});
