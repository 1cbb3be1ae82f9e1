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

describe('indexRatings', () => {
  it('counts people beside events: one who repeats an event counts once', async () => {
    const { dataset } = await createSmallWorld();
    const { events } = dataset;
    const [user, item] = [events.userIndices[0]!, events.itemIndices[0]!];
    const repeat = <Column extends Int32Array | Float64Array | Float32Array | Uint8Array>(
      column: Column,
      value: number,
    ): Column => {
      const longer = new (column.constructor as new (length: number) => Column)(column.length + 500).fill(value);
      longer.set(column);
      return longer as Column;
    };
    const before = indexRatings(dataset);
    const after = indexRatings({
      ...dataset,
      events: {
        count: events.count + 500,
        userIndices: repeat(events.userIndices, user),
        itemIndices: repeat(events.itemIndices, item),
        timestamps: repeat(events.timestamps, 2e9),
        values: repeat(events.values, 5),
        types: repeat(events.types, 0),
      },
    });
    expect(after.interactionCounts[item]).toBe(before.interactionCounts[item]! + 500);
    expect(after.peopleCounts).toEqual(before.peopleCounts);
    // Nobody repeats anything in the data as it is.
    expect(before.peopleCounts).toEqual(before.interactionCounts);
  });
});
