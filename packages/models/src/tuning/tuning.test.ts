import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { findModelFamily, MODEL_FAMILIES } from '../generations/model-families.ts';
import { resolveGeneration } from '../generations/resolve-generation.ts';
import { createSplit } from '../splits/protocols.ts';
import { checkerboard, quietContext } from '../testing/tiny-worlds.ts';
import { readField, withFields } from './config-fields.ts';
import { DEFAULT_SPACES } from './default-spaces.ts';
import { compareTrials, estimateTrial, measureTrial } from './measure-trial.ts';
import { proposeByDensities } from './parzen-estimator.ts';
import { epochStepsOf, proposeTrial, type TriedTrial, type TuningPlan, valuesOfDefaults } from './propose-trial.ts';
import { fromUnit, parseSearchSpace, sampleValues, toUnit } from './search-space.ts';
import { withoutTest } from './validation-split.ts';

const base = { a: 1, rate: 0.01, kind: 'x', size: 10, inner: { deep: 5 } };
const spaceOf = (definition: unknown) => parseSearchSpace('space', definition, base);

describe('parseSearchSpace', () => {
  it('tells what is searched from what is fixed', () => {
    const { dimensions, fixed } = spaceOf({ rate: { log: [0.001, 1] }, 'inner.deep': { integer: [1, 9] }, size: 20 });
    expect(Object.keys(dimensions)).toEqual(['rate', 'inner.deep']);
    expect(fixed).toEqual({ size: 20 });
  });

  it('names the field that is wrong, and how', () => {
    expect(() => spaceOf({ speed: { uniform: [0, 1] } })).toThrow(/no field "speed"; it has: a, rate/);
    expect(() => spaceOf({ rate: { log: [0, 1] } })).toThrow(/"rate": \[0, 1\] must lie above 0/);
    expect(() => spaceOf({ a: { uniform: [2, 1] } })).toThrow(/from the lower end/);
    expect(() => spaceOf({ size: { integer: [1.5, 3] } })).toThrow(/whole numbers/);
    expect(() => spaceOf({ a: { gauss: [0, 1] } })).toThrow(/"a": give a value, or one of/);
    expect(() => spaceOf({ kind: { choice: [] } })).toThrow(/"kind"/);
    expect(() => spaceOf({ size: 3 })).toThrow(/nothing to search/);
    expect(() => spaceOf([])).toThrow(/must be an object/);
  });

  it.each([
    [{ uniform: [-1, 3] }, -1, 3],
    [{ log: [0.001, 10] }, 0.001, 10],
    [{ integer: [2, 7] }, 2, 7],
    [{ logInteger: [1, 1000] }, 1, 1000],
  ] as const)('reaches both ends of %j, and finds every value’s place again', (range, low, high) => {
    const { a } = spaceOf({ a: range }).dimensions;
    expect([fromUnit(a, 0), fromUnit(a, 1)]).toEqual([low, high]);
    for (const unit of [0.1, 0.37, 0.5, 0.93]) {
      const value = fromUnit(a, unit);
      expect(fromUnit(a, toUnit(a, value))).toBe(value);
    }
    expect([toUnit(a, -100), toUnit(a, 1e9)]).toEqual([0, 1]);
  });

  it('draws by order of magnitude where it is told to', () => {
    const space = spaceOf({ rate: { log: [0.001, 1] } });
    const random = createRandom(1);
    const draws = Array.from({ length: 600 }, () => Number(sampleValues(space, random)['rate']));
    expect(draws.filter((rate) => rate < 0.01).length).toBeGreaterThan(150);
  });
});

describe('withFields', () => {
  it('changes a copy, also deep inside and where a source’s setting was left out', () => {
    const v2 = findModelFamily('v2').defaults;
    const path = 'sources.recent-popularity.config.halfLifeDays';
    expect(readField(v2, path)).toBe(365);
    const changed = withFields(v2, { [path]: 30, poolSize: 200 });
    expect([readField(changed, path), readField(changed, 'poolSize')]).toEqual([30, 200]);
    expect(readField(v2, path)).toBe(365);
    expect(readField(v2, 'sources.nobody.config.x')).toBeUndefined();
    expect(readField(v2, 'sources')).toBeUndefined();
  });
});

describe('DEFAULT_SPACES', () => {
  const models = Object.keys(MODEL_FAMILIES) as (keyof typeof MODEL_FAMILIES)[];

  it.each(models.filter((model) => model !== 'popularity'))('%s: the defaults lie inside', (model) => {
    const { defaults } = findModelFamily(model);
    const configs = /^v\d$/.test(model)
      ? [defaults, resolveGeneration(model as 'v1', { interactionCount: 1000 })]
      : [defaults];
    for (const config of configs) {
      const { dimensions } = parseSearchSpace(model, DEFAULT_SPACES[model], config);
      for (const [field, dimension] of Object.entries(dimensions)) {
        const value = readField(config, field);
        if ('choice' in dimension) expect(dimension.choice).toContain(value);
        else expect(fromUnit(dimension, toUnit(dimension, value ?? Number.NaN))).toBe(value);
      }
    }
  });

  it.each(['item-knn', 'item-knn-bm25', 'item-knn-set', 'user-knn', 'ease', 'ials', 'genre-affinity'] as const)(
    '%s takes everything that is drawn',
    async (model) => {
      const family = findModelFamily(model);
      const space = parseSearchSpace(model, DEFAULT_SPACES[model], family.defaults);
      for (let seed = 0; seed < 4; seed++) {
        const config = withFields(family.defaults, sampleValues(space, createRandom(seed)));
        await expect(family.fit(checkerboard, config, quietContext())).resolves.toBeDefined();
      }
    },
  );
});

/** Plays a search on a function that is known: quality of a configuration at a number of epochs. */
function play(
  plan: TuningPlan,
  count: number,
  qualityOf: (trial: TriedTrial) => number | undefined,
  tried: TriedTrial[] = [],
): TriedTrial[] {
  while (tried.length < count) {
    const next = proposeTrial(plan, tried);
    if (next === undefined) break;
    const value = qualityOf(next);
    tried.push({ ...next, ...(value === undefined ? {} : { metric: { value } }) });
  }
  return tried;
}

const space = spaceOf({
  rate: { log: [0.0001, 1] },
  kind: { choice: ['x', 'y', 'z'] },
  a: { uniform: [0, 1] },
  size: { integer: [1, 100] },
});
const defaults = valuesOfDefaults(space, (field) => readField(base, field));
const plan: TuningPlan = { space, defaults, seed: 1, epochSteps: [] };
const quality = ({ values }: Pick<TriedTrial, 'values'>): number =>
  -((Math.log10(Number(values['rate'])) + 2.5) ** 2) -
  (values['kind'] === 'y' ? 0 : 1) -
  4 * (Number(values['a']) - 0.2) ** 2 -
  ((Number(values['size']) - 70) / 50) ** 2;

describe('proposeTrial', () => {
  it('tries the defaults first, then never anything twice', () => {
    const tried = play(plan, 40, quality);
    expect(tried[0]).toEqual({
      number: 1,
      origin: 'defaults',
      values: defaults,
      metric: { value: expect.any(Number) },
    });
    expect(new Set(tried.map(({ values }) => JSON.stringify(values))).size).toBe(40);
    expect(tried.map(({ number }) => number)).toEqual(tried.map((_, at) => at + 1));
    expect(tried.slice(1, 7).every(({ origin }) => origin === 'random')).toBe(true);
    expect(tried.slice(7).some(({ origin }) => origin === 'random')).toBe(true);
  });

  it('goes on after a stop as if there had been none', () => {
    const whole = play(plan, 30, quality);
    const stopped = play(plan, 11, quality);
    expect(play(plan, 30, quality, stopped)).toEqual(whole);
  });

  it('goes on past trials that fail', () => {
    const tried = play(plan, 30, (trial) => (Number(trial.values['size']) > 50 ? undefined : quality(trial)));
    expect(tried.length).toBe(30);
    expect(tried.some(({ metric }) => metric === undefined)).toBe(true);
  });

  it('ends when all of a small space was tried', () => {
    const small = spaceOf({ kind: { choice: ['x', 'y', 'z'] } });
    const tried = play({ ...plan, space: small, defaults: { kind: 'x' } }, 50, () => 1);
    expect(tried.map(({ values }) => String(values['kind'])).sort((a, b) => (a < b ? -1 : 1))).toEqual(['x', 'y', 'z']);
  });

  it('finds better ones with its model than by chance, on average over seeds', () => {
    let modelled = 0;
    let random = 0;
    const best = (values: readonly number[]): number => Math.max(...values);
    for (let seed = 0; seed < 20; seed++) {
      modelled += best(
        play({ ...plan, seed }, 40, quality)
          .slice(1)
          .map(quality),
      );
      const draws = createRandom(seed);
      random += best(Array.from({ length: 39 }, () => quality({ values: sampleValues(space, draws) })));
    }
    expect(modelled).toBeGreaterThan(random);
  });

  describe('of a model that is trained in epochs', () => {
    const halving: TuningPlan = { ...plan, epochSteps: epochStepsOf(40) };

    it('tries many with few epochs, and the best third with three times as many', () => {
      const tried = play(halving, 60, (trial) => quality(trial) + Math.log(trial.epochs ?? 0));
      expect(tried[0].epochs).toBe(40);
      const at = (epochs: number): readonly TriedTrial[] =>
        tried.filter((trial) => trial.epochs === epochs && trial.origin !== 'defaults');
      const [few, some, all] = [at(5), at(14), at(40)];
      expect(few.length).toBeGreaterThan(2 * some.length);
      // Not half: who is among the best third changes as more are tried, and nobody is taken back.
      expect(some.length).toBeGreaterThan(all.length);
      expect(all.length).toBeGreaterThan(0);
      const valuesOf = (trials: readonly TriedTrial[]) => trials.map(({ values }) => values);
      for (const { values } of some) expect(valuesOf(few)).toContainEqual(values);
      for (const { values } of all) expect(valuesOf(some)).toContainEqual(values);
      // The best of all with few epochs is always among those that went on.
      const best = [...few].sort((a, b) => quality(b) - quality(a))[0];
      expect(valuesOf(some)).toContainEqual(best.values);
    });

    it('does not train one again that failed with more epochs', () => {
      const tried = play(halving, 40, (trial) => (trial.epochs === 14 ? undefined : quality(trial)));
      const failed = tried.filter(({ epochs }) => epochs === 14).map(({ values }) => JSON.stringify(values));
      expect(failed.length).toBeGreaterThan(1);
      expect(new Set(failed).size).toBe(failed.length);
    });
  });
});

describe('proposeByDensities', () => {
  it('stays in the space whatever was tried, also with one good trial or all alike', () => {
    const random = createRandom(3);
    for (const count of [2, 3, 30]) {
      const observations = Array.from({ length: count }, () => ({ values: sampleValues(space, random), metric: 1 }));
      const { rate, kind, size } = proposeByDensities(space, observations, random);
      expect(rate).toBeGreaterThanOrEqual(0.0001);
      expect(rate).toBeLessThanOrEqual(1);
      expect(['x', 'y', 'z']).toContain(kind);
      expect(Number.isInteger(size)).toBe(true);
    }
  });
});

describe('epochStepsOf', () => {
  it('is a ninth, a third and all', () => {
    expect(epochStepsOf(40)).toEqual([5, 14, 40]);
    expect(epochStepsOf(2)).toEqual([1, 2]);
    expect(epochStepsOf(1)).toEqual([1]);
  });
});

describe('measureTrial', () => {
  const { interactions, userCount, items } = checkerboard;
  const itemCount = items.vocabulary.ids.length;
  const split = createSplit('temporal', { interactions, userCount, itemCount });
  const { validation, recallOver } = withoutTest(split);
  const options = { metric: 'ndcg@10', itemCount, recallOver, checkpoint: () => Promise.resolve() };
  const measure = async (model: string): Promise<Float64Array> => {
    const data = { userCount, items, interactions: validation.train, asOf: validation.trainAsOf };
    const fitted = await findModelFamily(model).fit(data, {}, quietContext());
    return measureTrial(fitted, validation, options);
  };

  it('gives one value a query, whose mean is what the evaluator reports, and pairs two models', async () => {
    const [knn, popularity] = [await measure('item-knn'), await measure('popularity')];
    const userIndices = Int32Array.from(validation.queries, ({ userIndex }) => userIndex);
    expect(knn.length).toBe(validation.queries.length);
    const config = { resampleCount: 200, seed: 1 };
    const { value, low, high } = estimateTrial(knn, userIndices, config);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    const gain = compareTrials(knn, popularity, userIndices, config);
    expect(gain.value).toBeCloseTo(value - estimateTrial(popularity, userIndices, config).value, 12);
    expect(compareTrials(knn, knn, userIndices, config)).toMatchObject({ value: 0, low: 0, high: 0 });
  });

  it('comes to the same whatever happens in the test', async () => {
    // From the test's first moment on everybody turns to the item that nobody had met.
    const itemIndices = interactions.itemIndices.map((item, row) =>
      interactions.timestamps[row] >= split.test.trainAsOf ? itemCount - 1 : item,
    );
    const other = createSplit('temporal', { interactions: { ...interactions, itemIndices }, userCount, itemCount });
    expect(other.test.queries[0].targets).not.toEqual(split.test.queries[0].targets);
    const { validation: same } = withoutTest(other);
    expect(same.train).toEqual(validation.train);
    const data = { userCount, items, interactions: same.train, asOf: same.trainAsOf };
    const fitted = await findModelFamily('item-knn').fit(data, {}, quietContext());
    expect(await measureTrial(fitted, same, options)).toEqual(await measure('item-knn'));
  });

  it('is given nothing of the test', () => {
    expect(JSON.stringify(Object.keys(withoutTest(split)))).not.toContain('test');
    expect(withoutTest(split).counts).toEqual({ interactions: interactions.count });
    // Not the fold itself under another name either.
    for (const part of Object.values(withoutTest(split))) expect(part).not.toBe(split.test);
  });
});
