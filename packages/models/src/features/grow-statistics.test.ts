import { describe, expect, it } from 'vitest';
import type { SourceCandidates } from '../blend/blend.ts';
import { blendCandidates } from '../blend/blend-candidates.ts';
import { growCatalogue } from '../data/grow-catalogue.ts';
import { historyOf, quietContext } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import { computeFeatures } from './compute-features.ts';
import { createFeatureSchema } from './feature-schema.ts';
import { fitFeatureStatistics, loadFeatureStatistics, saveFeatureStatistics } from './feature-statistics.ts';
import { growStatistics } from './grow-statistics.ts';

const world = twoTastes();
const schema = createFeatureSchema([{ name: 'item-knn', family: 'item-knn' }]);
const width = schema.features.length;
const known = world.items.vocabulary.ids.length;
const [genre = ''] = world.items.genreNames;
const query = { history: historyOf([3, 5, 8]), asOf: world.asOf + 100, userIndex: -1 };

const poolOf = (items: readonly number[]) => {
  const source: SourceCandidates = {
    name: 'item-knn',
    weight: 1,
    items: { itemIndices: Int32Array.from(items), scores: Float32Array.from(items, (_, place) => 1 - place / 10) },
    writeScores: (indices, scores) => scores.set(indices.map((item) => (item < known ? item : Number.NaN))),
  };
  return blendCandidates([source], 10);
};

describe('growStatistics', () => {
  it('says of the items there were what it said before, and of new ones that nobody met them', async () => {
    const statistics = await fitFeatureStatistics(world, quietContext());
    const items = growCatalogue(world.items, [
      { id: 'new', year: 1999, genres: [genre, 'Unheard Of'] },
      { id: 'bare' },
    ]);
    const grown = growStatistics(statistics, items);
    const pool = poolOf([10, 11, 12]);
    expect(computeFeatures(schema, grown, query, pool)).toEqual(computeFeatures(schema, statistics, query, pool));

    const values = computeFeatures(schema, grown, query, poolOf([10, known, known + 1]));
    const of = (row: number, name: string) => values[row * width + schema.names.indexOf(name)];
    expect(of(0, 'item_events')).toBeGreaterThan(0);
    for (const row of [1, 2]) expect(of(row, 'item_events')).toBe(0);
    expect(of(1, 'genre_match')).toBeGreaterThan(0);
    expect([of(1, 'item_year'), of(1, 'item_genres'), of(2, 'item_genres')]).toEqual([1999, 1, 0]);
    expect(loadFeatureStatistics(saveFeatureStatistics(grown))).toEqual(grown);
  });

  it('is the same where nothing came', async () => {
    const statistics = await fitFeatureStatistics(world, quietContext());
    expect(growStatistics(statistics, world.items)).toBe(statistics);
  });
});
