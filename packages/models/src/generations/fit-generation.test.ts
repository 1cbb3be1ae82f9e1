import { describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { checkerboard, historyOf, quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { fitGeneration } from './fit-generation.ts';
import { GENERATION_DEFAULTS, type GenerationConfig } from './generation-config.ts';
import { createGenerationFamily } from './generation-families.ts';
import { holdOutQueries } from './held-out-queries.ts';
import { findModelFamily } from './model-families.ts';
import { resolveGeneration } from './resolve-generation.ts';
import type { StageContext } from './stages.ts';
import { roleOf } from './user-roles.ts';

describeRetrievalFamily(createGenerationFamily('v1'), {
  isPersonal: true,
  answersEmptyHistory: true,
  scoresHistory: false,
  badConfigs: [{ candidatesPerSource: 0 }, { latestShare: 1 }, { weightsFrom: 'test' }, { sources: {} }],
});

const stages: string[] = [];
const context: StageContext = {
  ...quietContext(),
  stage: (name, work) => {
    stages.push(name);
    return work({ checkpoint: () => Promise.resolve(), summary: () => undefined });
  },
};

const fitV1 = (data: TrainingData, overrides: Partial<GenerationConfig> = {}) =>
  fitGeneration('v1', data, resolveGeneration('v1', {}, overrides), context);

describe('fitGeneration', () => {
  it('learns weights that sum to 1 and names every step', async () => {
    stages.length = 0;
    const { model, weighting } = await fitV1(checkerboard);
    expect(model.sources.map(({ name }) => name)).toEqual(Object.keys(GENERATION_DEFAULTS.v1.sources));
    expect(model.sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(weighting?.queryCount).toBeGreaterThan(0);
    expect(stages.length).toBe(2 * model.sources.length + 1);
  });

  it('gives personal sources the weight in a world where popularity knows nothing', async () => {
    const { model } = await fitV1(checkerboard);
    const weightOf = (name: string): number =>
      model.sources.find((source) => source.name === name)?.weight ?? Number.NaN;
    expect(weightOf('popularity') + weightOf('recent-popularity')).toBeLessThan(0.5);
  });

  it('learns weights without the queries of users who measure', async () => {
    const data = twoTastes();
    const cut = { cut: 'latest', share: 0.4 } as const;
    const itemCount = data.items.vocabulary.ids.length;
    const { queries = [] } = holdOutQueries({ ...data, itemCount }, cut) ?? {};
    const deciding = queries.filter((query) => roleOf(query, context) !== 'reporting');
    expect(deciding.length).toBeLessThan(queries.length);
    const { weighting, metrics } = await fitV1(data, { latestShare: 0.4 });
    expect(weighting?.queryCount).toBe(deciding.length);
    expect(metrics['heldOut.queries']).toBe(queries.length - deciding.length);
  });

  it('measures on all users where few report, each with what was learned without them', async () => {
    const data = twoTastes();
    const cut = { cut: 'latest', share: 0.4 } as const;
    const { queries = [] } = holdOutQueries({ ...data, itemCount: data.items.vocabulary.ids.length }, cut) ?? {};
    const users = new Set(queries.map(({ userIndex }) => userIndex));
    const config = resolveGeneration('v1', {}, { latestShare: 0.4 });
    const alone = await fitGeneration('v1', data, config, context);
    const folds = await fitGeneration('v1', data, config, context, { measureFolds: true });
    expect(alone.heldOutUsers?.userIndices.length).toBeLessThan(users.size / 4);
    expect(folds.heldOutUsers?.userIndices).toEqual([...users].sort((a, b) => a - b));
    expect(folds.metrics['heldOut.users']).toBe(users.size);
    // What is served is learned as before.
    expect(folds.weighting).toEqual(alone.weighting);
    const { counts = [], ndcg = [] } = folds.heldOutUsers ?? {};
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    expect(folds.metrics['heldOut.ndcg@10']).toBeCloseTo(total(ndcg) / total(counts), 12);
  });

  it('reports a user’s last item apart from those before it, where last items are held out', async () => {
    const data = twoTastes();
    const config = resolveGeneration('v1', {}, { weightsFrom: 'last-items', lastItems: 3 });
    const { metrics } = await fitGeneration('v1', data, config, context, { measureFolds: true });
    const places = [1, 2, 3].map((place) => metrics[`heldOut.place${place}.queries`]);
    for (const queries of places) expect(queries).toBeGreaterThan(metrics['heldOut.queries'] / 4);
    expect(places[0] + places[1] + places[2]).toBe(metrics['heldOut.queries']);
    const total = [1, 2, 3].reduce(
      (sum, place) => sum + places[place - 1] * metrics[`heldOut.place${place}.ndcg@10`],
      0,
    );
    expect(total / metrics['heldOut.queries']).toBeCloseTo(metrics['heldOut.ndcg@10'], 12);
    expect(metrics).not.toHaveProperty('heldOut.place4.queries');
    const latest = await fitV1(data, { latestShare: 0.4 });
    expect(Object.keys(latest.metrics).filter((name) => name.includes('place'))).toEqual([]);
  });

  it('weighs all sources alike where there is too little to hold anything out', async () => {
    const data = worldOf([{ user: 0, item: 0 }], { userCount: 1, genresOfItems: [['Drama'], ['Drama']] });
    const { model, weighting } = await fitV1(data);
    expect(weighting).toBeUndefined();
    expect(new Set(model.sources.map(({ weight }) => weight)).size).toBe(1);
  });

  it('asks a source without weight for nothing', async () => {
    const only = { 'item-knn': GENERATION_DEFAULTS.v1.sources['item-knn'] };
    const { model } = await fitV1(checkerboard, { sources: only });
    expect(model.sources.map(({ weight }) => weight)).toEqual([1]);
    const list = await model.retrieve({ history: historyOf([]), asOf: 0, userIndex: -1 }, 5);
    expect(list.itemIndices.length).toBe(0);
  });

  it('names the source family or the source’s field that is wrong', async () => {
    const withSource = (family: string, config: Record<string, unknown>) =>
      fitV1(checkerboard, { sources: { mine: { family, config } } });
    await expect(withSource('oracle', {})).rejects.toThrow(/no model "oracle"/);
    await expect(withSource('item-knn', { shrink: 1 })).rejects.toThrow(/item-knn has no field "shrink"/);
  });
});

describe('findModelFamily', () => {
  it('says which names there are', () => {
    expect(() => findModelFamily('v9')).toThrow(/no model "v9"; there are: popularity, .*v1/);
  });
});
