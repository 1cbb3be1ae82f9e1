import { createFeatureSchema } from '@matinee/models/features';
import { createEngine, PATIENT_CONTEXT, recommendPage } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { describe, expect, it } from 'vitest';
import { explainInTrace } from './explain-trace.ts';
import type { KeptTrace } from './trace-store.ts';

const { dataset, release } = await createSmallWorld();
const engine = { ...createEngine(dataset, release), basePath: '' };
const schema = createFeatureSchema([]);
const width = schema.features.length;
const YEAR = schema.names.indexOf('item_year');

/** A page request whose first three candidates were scored by a ranker that adds 2 for a late year, to a base of −5. */
async function rankedTrace(): Promise<KeptTrace> {
  const input = { userIndex: 3, feedback: { byItem: new Map() }, asOf: 1_600_000_000 };
  const { sections, trace, found } = await recommendPage(engine, input, PATIENT_CONTEXT);
  const features = new Float32Array(3 * width).fill(Number.NaN);
  [1990, 2000, 2010].forEach((year, row) => {
    features[row * width + YEAR] = year;
  });
  const [first, second, third] = found.pool.itemIndices;
  const scores = new Map([
    [first, -5],
    [second, -3.25],
    [third, -3],
  ]);
  const ranker = {
    explain: (values: Float32Array) => [values[YEAR]! >= 2000 ? [{ feature: 'item_year', contribution: 2 }] : []],
    expectedScore: () => -5,
  };
  const ranked = found.ranked.map(({ itemIndex, score, blendScore, sources }) => ({
    itemIndex,
    score: scores.get(itemIndex) ?? score,
    blendScore,
    sources,
  }));
  const ranking = { schema, ranker, rankDepth: 3 } as never;
  return {
    atMs: 0,
    engine: { ...engine, release: { ...release, ranking } },
    found: { ...found, found: found.found ?? [], ranked, features },
    sections,
    whys: new Map(),
    trace,
    stagesMs: {},
    without: [],
  };
}

describe('the ranker’s part', () => {
  it('adds up to the score, and prints what is left over', async () => {
    const kept = await rankedTrace();
    const [first, second, third] = kept.found.pool.itemIndices;
    expect(explainInTrace(kept, first!).ranker).toMatchObject({ score: -5, base: -5, sum: 0, residual: 0 });
    expect(explainInTrace(kept, third!).ranker).toMatchObject({ score: -3, base: -5, sum: 2, residual: 0 });
    // As of a neural ranker, whose part no feature has.
    expect(explainInTrace(kept, second!).ranker).toMatchObject({ score: -3.25, sum: 2, residual: -0.25 });
  });

  it('says where a value stands among the candidates, in words and as a share', async () => {
    const kept = await rankedTrace();
    const [first, , third] = kept.found.pool.itemIndices;
    const yearOf = (item: number) =>
      explainInTrace(kept, item).ranker!.features.find(({ name }) => name === 'item_year');
    expect(yearOf(first!)).toMatchObject({ value: 1990, percentile: 0.5 / 3, meaning: 'release year' });
    expect(yearOf(third!)?.percentile).toBeCloseTo(2.5 / 3);
    const { features } = explainInTrace(kept, third!).ranker!;
    expect(features).toHaveLength(width);
    expect(features[0]).toMatchObject({ name: 'item_year', contribution: 2 });
    expect(features[1]).toMatchObject({ value: null, percentile: null });
  });

  it('is absent below the depth of the ranker', async () => {
    const kept = await rankedTrace();
    expect(explainInTrace(kept, kept.found.pool.itemIndices[3]!).ranker).toBeNull();
  });
});
