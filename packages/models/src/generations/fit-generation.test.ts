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

const TWO_SOURCES = {
  popularity: { family: 'popularity', config: {} },
  'item-knn': { family: 'item-knn', config: {} },
};

/** Users enough for each part of them to choose and to measure: each meets three items of one of two tastes. */
function manyUsers(): TrainingData {
  const userCount = 1600;
  const events = Array.from({ length: 3 * userCount }, (_, row) => {
    const user = row % userCount;
    return { user, item: ((user * 7 + Math.floor(row / userCount) * 2) % 40) + (user % 2) };
  });
  return worldOf(events, { userCount, genresOfItems: Array.from({ length: 41 }, () => ['Drama']) });
}

describe('fitGeneration', () => {
  it('learns weights that sum to 1 and names every step', async () => {
    stages.length = 0;
    const { model, weighting } = await fitV1(checkerboard);
    expect(model.sources.map(({ name }) => name)).toEqual(Object.keys(GENERATION_DEFAULTS.v1.sources));
    expect(model.sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(weighting?.queryCount).toBeGreaterThan(0);
    expect(stages.length).toBe(2 * model.sources.length + 4);
    expect(stages.filter((name) => !name.startsWith('fit '))).toEqual([
      'hold out queries',
      'learn the blend’s weights',
      'choose a blend',
      'measure on what was held out',
    ]);
  });

  it('gives personal sources the weight in a world where popularity knows nothing', async () => {
    const { model } = await fitV1(checkerboard);
    const weightOf = (name: string): number =>
      model.sources.find((source) => source.name === name)?.weight ?? Number.NaN;
    expect(weightOf('popularity') + weightOf('recent-popularity')).toBeLessThan(0.5);
  });

  it('chooses by one part of many users, and measures on another that decided nothing', async () => {
    const data = manyUsers();
    const cut = { cut: 'latest', share: 0.4 } as const;
    const { queries = [] } = holdOutQueries({ ...data, itemCount: data.items.vocabulary.ids.length }, cut) ?? {};
    const reporting = queries.filter((query) => roleOf(query, context) === 'reporting');
    const { weighting, metrics, heldOutUsers } = await fitV1(data, { latestShare: 0.4, sources: TWO_SOURCES });
    expect(weighting?.queryCount).toBe(queries.length - reporting.length);
    expect(metrics['heldOut.queries']).toBe(reporting.length);
    expect(heldOutUsers?.userIndices).toEqual(
      [...new Set(reporting.map(({ userIndex }) => userIndex))].sort((a, b) => a - b),
    );
  });

  it('chooses by and measures on all users where few report, each with what was learned without them', async () => {
    const data = twoTastes();
    const cut = { cut: 'latest', share: 0.4 } as const;
    const { queries = [] } = holdOutQueries({ ...data, itemCount: data.items.vocabulary.ids.length }, cut) ?? {};
    const users = new Set(queries.map(({ userIndex }) => userIndex));
    const deciding = queries.filter((query) => roleOf(query, context) !== 'reporting');
    const { weighting, metrics, heldOutUsers } = await fitGeneration(
      'v1',
      data,
      resolveGeneration('v1', {}, { latestShare: 0.4 }),
      context,
      { measureFolds: true },
    );
    // What is served is learned as everywhere.
    expect(weighting?.queryCount).toBe(deciding.length);
    expect(heldOutUsers?.userIndices).toEqual([...users].sort((a, b) => a - b));
    expect(metrics['heldOut.users']).toBe(users.size);
    const { counts = [], ndcg = [] } = heldOutUsers ?? {};
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    expect(metrics['heldOut.ndcg@10']).toBeCloseTo(total(ndcg) / total(counts), 12);
  });

  it('learns weights of data without times, on everybody’s last items, and says so', async () => {
    const timestamps = new Float64Array(checkerboard.interactions.count);
    const data = { ...checkerboard, asOf: 0, interactions: { ...checkerboard.interactions, timestamps } };
    const { model, weighting, heldOutInstead } = await fitV1(data);
    expect(weighting?.queryCount).toBeGreaterThan(0);
    expect(heldOutInstead).toBe('all events have the same time, or none');
    const popular = model.sources.filter(({ model: { traits } }) => traits.reads === 'nothing');
    expect(popular.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThan(0.1);
  });

  it('leaves out sources that this data cannot fit, and says what they need', async () => {
    const events = Array.from({ length: 12 }, (_, user) => ({ user, item: user % 3 }));
    const data = worldOf(events, { userCount: 12, genresOfItems: [['Drama'], ['Drama'], ['Comedy']] });
    const { model, leftOut } = await fitGeneration('v4', data, resolveGeneration('v4'), context);
    const missing = ['two-tower', 'gru4rec', 'sasrec', 'time-transformer'];
    expect(model.sources.map(({ name }) => name)).toEqual(
      Object.keys(GENERATION_DEFAULTS.v4.sources).filter((name) => !missing.includes(name)),
    );
    expect(model.sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(leftOut.map(({ part, cause }) => [part, cause])).toEqual(
      [...missing, 'ranker'].map((part) => [part, 'data']),
    );
    expect(leftOut[0]?.reason).toMatch(
      /^two-tower learns from users with events of two or more titles.*train v1 or v2$/,
    );
  });

  it('fails with one sentence where no source can be fitted', async () => {
    const data = worldOf([{ user: 0, item: 0 }], { userCount: 1, genresOfItems: [['Drama']] });
    const sources = { sasrec: GENERATION_DEFAULTS.v4.sources['sasrec']! };
    await expect(fitV1(data, { sources })).rejects.toMatchObject({
      code: 'EMPTY_INTERACTIONS',
      message: expect.stringMatching(/^v1: no source can be fitted on this data: sasrec learns from users/),
    });
  });

  it('leaves out a source that is too large for this data’s catalogue, and goes on with the others', async () => {
    const ease = { family: 'ease', config: { maxItems: 3 } };
    const { model, leftOut } = await fitV1(checkerboard, { sources: { ...TWO_SOURCES, ease } });
    expect(model.sources.map(({ name }) => name)).toEqual(Object.keys(TWO_SOURCES));
    expect(leftOut).toMatchObject([{ part: 'ease', cause: 'data', reason: expect.stringContaining('"maxItems"') }]);
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
