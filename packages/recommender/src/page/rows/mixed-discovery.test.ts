import type { NamedSource } from '@matinee/models/blend';
import { findModelFamily } from '@matinee/models/generations';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Candidate } from '../../candidates/candidate.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../../log/feedback-state.ts';
import { hydrate, type Query } from '../../request/query.ts';
import { createSmallWorld } from '../../testing/small-world.ts';
import { mixedDiscovery } from './mixed-discovery.ts';
import type { Placement } from './section.ts';

/** Rated by nobody; of genres 4 and 5. */
const UNMET = [238, 239] as const;
const SCI_FI_FAN = 5;

let engine: Engine;
let query: Query;
beforeAll(async () => {
  const { dataset, release } = await createSmallWorld();
  engine = createEngine(dataset, release);
  query = hydrate(engine, { userIndex: SCI_FI_FAN, feedback: EMPTY_FEEDBACK, asOf: release.trainedAsOf });
  query = { ...query, tasteGenres: new Set([5]) };
});

const foundBy = (itemIndex: number, ...found: readonly (readonly [kind: string, rank: number])[]): Candidate => {
  const [{ model, weight }] = engine.release.sources as [NamedSource];
  const sources = found.map(([kind, rank]) => ({
    source: { name: kind, weight, model: { ...model, kind, traits: findModelFamily(kind).traits } },
    rank,
    score: 1,
    contribution: 1,
  }));
  return { itemIndex, score: 1, blendScore: 1, sources };
};
async function rowOf(...ranked: readonly Candidate[]) {
  const verdicts = { codes: new Uint8Array(engine.itemCount) };
  const { placements, coldItems = [] } = await mixedDiscovery({
    engine,
    query,
    verdicts,
    answered: [],
    isRanked: false,
    ranked,
    diversity: 0,
  });
  const itemsOf = (titles: readonly Placement[]) => titles.map(({ itemIndex }) => itemIndex);
  return { placements: itemsOf(placements), coldItems: itemsOf(coldItems) };
}

describe('mixedDiscovery', () => {
  it('has a title that nobody has turned to among its coldItems while one source speaks for it', async () => {
    expect(await rowOf(foundBy(UNMET[1], ['two-tower', 7]))).toEqual({ placements: [], coldItems: [UNMET[1]] });
  });

  it('has it among the others, and only there, once two agree, as after a refresh with the log', async () => {
    const agreed = foundBy(UNMET[1], ['two-tower', 7], ['item-knn', 90]);
    expect(await rowOf(agreed)).toEqual({ placements: [UNMET[1]], coldItems: [] });
  });

  it('introduces none of another genre, none found far down or by popularity, and none that somebody turned to', async () => {
    const met = engine.ratings.interactionCounts.findIndex((count, item) => count > 0 && item % 6 === 5);
    const row = await rowOf(
      foundBy(UNMET[0], ['two-tower', 7]),
      foundBy(UNMET[1], ['two-tower', 101]),
      foundBy(UNMET[1], ['popularity', 1]),
      foundBy(met, ['two-tower', 7]),
    );
    expect(row.coldItems).toEqual([]);
  });
});
