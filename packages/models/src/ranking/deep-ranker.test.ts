import { createRandom, MatineeError } from '@matinee/numerics';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { quietContext } from '../testing/tiny-worlds.ts';
import type { FitContext, FitProgress } from '../training/fit-context.ts';
import { type DeepRankerConfig, fitDeepRanker, loadDeepRanker } from './deep-ranker.ts';
import type { DeepRanker } from './deep-ranker-model.ts';
import { meanGroupNdcg } from './group-ndcg.ts';
import { locateQueries, type RankingTable } from './ranking-table.ts';
import { PLANTED_FEATURES, plantedTable } from './testing/planted-table.ts';

const train = plantedTable(400, 1);
const validation = plantedTable(100, 2);
const test = plantedTable(200, 3);
const width = PLANTED_FEATURES.length;

const small: Partial<DeepRankerConfig> = { hiddenDims: [16], maxEpochs: 12, patience: 12, learningRate: 0.01 };
const short: Partial<DeepRankerConfig> = { ...small, maxEpochs: 3 };

const fit = (config: Partial<DeepRankerConfig>, context: Partial<FitContext> = {}): Promise<DeepRanker> =>
  fitDeepRanker(train, validation, config, { ...quietContext(3), ...context });

async function ndcgOf(ranker: DeepRanker, table: RankingTable): Promise<number> {
  return meanGroupNdcg(await ranker.score(table.values, table.rowCount), table.labels, locateQueries(table), 10);
}

describe('fitDeepRanker', () => {
  it('finds a rule that no weighted sum of features can', async () => {
    const linear = await fit({ ...small, crossLayers: 0, hiddenDims: [] });
    expect(await ndcgOf(linear, test)).toBeLessThan(0.65);
    expect(await ndcgOf(await fit(small), test)).toBeGreaterThan(0.95);
  });

  it.each<[string, Partial<DeepRankerConfig>]>([
    ['crosses alone', { hiddenDims: [] }],
    ['crosses of low rank', { hiddenDims: [], crossRank: 2 }],
    ['a perceptron alone', { crossLayers: 0, hiddenDims: [32], maxEpochs: 30 }],
    ['the logistic loss', { loss: 'logistic' }],
    ['some rows of each query', { rowsPerQuery: 4 }],
  ])('finds it by %s', async (_, config) => {
    expect(await ndcgOf(await fit({ ...small, ...config }), test)).toBeGreaterThan(0.9);
  });

  it('gives probabilities with the logistic loss', async () => {
    const ranker = await fit({ ...small, loss: 'logistic' });
    const scores = await ranker.score(test.values, test.rowCount);
    const expected = scores.reduce((sum, score) => sum + 1 / (1 + Math.exp(-score)), 0);
    expect(expected / test.groupSizes.length).toBeGreaterThan(0.8);
    expect(expected / test.groupSizes.length).toBeLessThan(1.2);
  });

  it('starts the logistic loss at the log-odds of a positive', async () => {
    const linear: Partial<DeepRankerConfig> = { loss: 'logistic', crossLayers: 0, hiddenDims: [], maxEpochs: 1 };
    const ranker = await fit({ ...linear, learningRate: 1e-9 });
    const scores = await ranker.score(train.values, train.rowCount);
    const queryCount = train.groupSizes.length;
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(Math.abs(mean - Math.log(queryCount / (train.rowCount - queryCount)))).toBeLessThan(0.7);
  });

  it('leaves queries without a positive out of training', async () => {
    const barren = plantedTable(50, 9);
    const longer = append(train, { ...barren, labels: new Float32Array(barren.rowCount) });
    const reports: FitProgress[] = [];
    const seen = { ...quietContext(3), onProgress: (report: FitProgress) => reports.push(report) };
    await fitDeepRanker(longer, validation, short, seen);
    const steps = reports.at(-1)?.step;
    reports.length = 0;
    await fitDeepRanker(train, validation, short, seen);
    expect(reports.at(-1)?.step).toBe(steps);
  });

  it('counts validation queries without a positive as 0', async () => {
    const bestOf = async (table: RankingTable): Promise<number> => {
      const reports: FitProgress[] = [];
      await fitDeepRanker(train, table, small, { ...quietContext(3), onProgress: (report) => reports.push(report) });
      return reports.at(-1)?.bestValidation ?? Number.NaN;
    };
    const barren = { ...validation, labels: new Float32Array(validation.rowCount) };
    expect(await bestOf(append(validation, barren))).toBeCloseTo((await bestOf(validation)) / 2, 6);
  });

  it('gives equal bytes for equal seeds, on one thread or two, and others for another seed', async () => {
    const bytesOf = async (context: Partial<FitContext>): Promise<Uint8Array> =>
      encodeArtifact((await fit(short, context)).save());
    const first = await bytesOf({ threadCount: 1 });
    expect(await bytesOf({ threadCount: 2 })).toEqual(first);
    expect(await bytesOf({ random: createRandom(4) })).not.toEqual(first);
  });

  it('goes on from a snapshot, wherever it was stopped, to the same bytes', async () => {
    const undisturbed = encodeArtifact((await fit(short)).save());
    for (const stopAfter of [1, 30, 60]) {
      let snapshot: Uint8Array | undefined;
      const snapshots = {
        read: async () => snapshot,
        write: async (bytes: Uint8Array) => {
          snapshot = bytes;
        },
      };
      let calls = 0;
      const stopped = fit(short, {
        snapshots,
        checkpoint: async () => {
          if (++calls > stopAfter) throw new MatineeError('CANCELLED', 'stopped');
        },
      });
      await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(snapshot === undefined).toBe(stopAfter === 1);
      expect(encodeArtifact((await fit(short, { snapshots })).save())).toEqual(undisturbed);
    }
  });

  it('reports progress and every validation, and stops when patience is over', async () => {
    const reports: FitProgress[] = [];
    let last: readonly [number, number] = [0, 0];
    await fit(
      { ...small, maxEpochs: 60, patience: 1, learningRate: 0.1 },
      {
        onProgress: (report) => reports.push(report),
        checkpoint: async (done, total) => {
          expect(done).toBeGreaterThanOrEqual(last[0]);
          last = [done, total];
        },
      },
    );
    const ends = reports.filter(({ validation: measured }) => measured !== undefined);
    expect(ends.map(({ epoch }) => epoch)).toEqual(ends.map((_, index) => index + 1));
    expect(ends.length).toBeLessThan(60);
    expect(ends.at(-1)?.bestEpoch).toBe(ends.length - 1);
    expect(last[0]).toBe(last[1]);
  });

  it('names what is wrong with its input', async () => {
    const fitOn = (
      change: { train?: Partial<RankingTable>; validation?: Partial<RankingTable> },
      config: object = {},
      context: Partial<FitContext> = {},
    ): Promise<DeepRanker> =>
      fitDeepRanker({ ...train, ...change.train }, { ...validation, ...change.validation }, config, {
        ...quietContext(),
        ...context,
      });
    const renamed = PLANTED_FEATURES.with(3, 'counts' as never);
    await expect(fitOn({ validation: { featureNames: renamed } })).rejects.toThrow(
      'validation: feature 3 is "counts" and must be "count"',
    );
    await expect(fitOn({ train: { labels: new Float32Array(train.rowCount) } })).rejects.toThrow(
      `train: none of ${train.rowCount} rows has label 1`,
    );
    await expect(fitOn({ validation: { labels: new Float32Array(validation.rowCount) } })).rejects.toThrow(
      'validation: none of',
    );
    await expect(fitOn({ train: { groupSizes: Int32Array.of(5) } })).rejects.toMatchObject({ code: 'BAD_GROUPS' });
    await expect(fitOn({}, { hiddenDims: [0] })).rejects.toThrow('deep-ranker, field "hiddenDims.0"');
    await expect(fitOn({}, { layers: 3 })).rejects.toThrow('deep-ranker has no field "layers"');
    const warmStart = { artifact: { kind: 'deep-ranker', version: 1, config: {}, arrays: {} }, itemIds: [] };
    await expect(fitOn({}, {}, { warmStart })).rejects.toMatchObject({ code: 'BAD_WARM_START' });
  });
});

describe('DeepRanker', () => {
  it('gives finite scores where values are missing, infinite or far from all of training', async () => {
    const ranker = await fit(short);
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, -1e30, 0];
    const scores = await ranker.score(Float32Array.from(odd.flatMap((value) => Array(width).fill(value))), odd.length);
    expect(scores.every(Number.isFinite)).toBe(true);
  });

  it('scores a row alike in any company, for every number of rows', async () => {
    const ranker = await fit(short);
    const all = await ranker.score(test.values, test.rowCount);
    expect(test.rowCount).toBeGreaterThan(1024);
    for (const rowCount of [0, 1, 31, 32, 33, 500, 1025]) {
      const scores = await ranker.score(test.values.subarray(0, rowCount * width), rowCount);
      expect(scores.length).toBe(rowCount);
      expectClose(scores, all.subarray(0, rowCount));
    }
    const at = 700;
    expectClose(await ranker.score(test.values.subarray(at * width, (at + 1) * width), 1), all.subarray(at, at + 1));
    await expect(ranker.score(test.values, 3)).rejects.toThrow('3 rows of 5 features need 15');
  });

  it('answers several questions at once', async () => {
    const ranker = await fit(short);
    const parts = [0, 40, 80].map((first) => test.values.subarray(first * width, (first + 40) * width));
    const together = await Promise.all(parts.map((rows) => ranker.score(rows, 40)));
    for (const [index, rows] of parts.entries()) expect(await ranker.score(rows, 40)).toEqual(together[index]);
  });

  it('gives equal scores and bytes after it was saved and loaded', async () => {
    for (const config of [short, { ...short, loss: 'logistic', crossRank: 1 } as const]) {
      const ranker = await fit(config);
      const bytes = encodeArtifact(ranker.save());
      const loaded = await loadDeepRanker(decodeArtifact(bytes));
      expect(await loaded.score(test.values, test.rowCount)).toEqual(await ranker.score(test.values, test.rowCount));
      expect(encodeArtifact(loaded.save())).toEqual(bytes);
    }
  });

  it('refuses an artefact whose parts do not fit', async () => {
    const artifact = (await fit(short)).save();
    for (const broken of [
      { ...artifact, kind: 'other' },
      { ...artifact, version: 99 },
      { ...artifact, config: { ...artifact.config, featureNames: undefined } },
      { ...artifact, arrays: { ...artifact.arrays, plain: Int32Array.of(0, width) } },
      { ...artifact, arrays: { ...artifact.arrays, means: new Float32Array(1) } },
      { ...artifact, arrays: { ...artifact.arrays, 'parameters/output.cross': new Float32Array(1) } },
    ]) {
      await expect(loadDeepRanker(broken)).rejects.toMatchObject({ code: 'BAD_ARTIFACT' });
    }
  });

  it('exports ONNX that takes raw rows, any number of them, and gives the same scores', async () => {
    const ranker = await fit(short);
    const session = await InferenceSession.create(ranker.exportOnnx());
    for (const rowCount of [1, 77, test.rowCount]) {
      const values = test.values.slice(0, rowCount * width);
      const { scores } = await session.run({ features: new Tensor('float32', values, [rowCount, width]) });
      expect(scores.dims).toEqual([rowCount, 1]);
      expectClose(scores.data as Float32Array, await ranker.score(values, rowCount));
    }
  });
});

/** One table after the other. */
function append(first: RankingTable, second: RankingTable): RankingTable {
  return {
    featureNames: first.featureNames,
    rowCount: first.rowCount + second.rowCount,
    values: Float32Array.of(...first.values, ...second.values),
    labels: Float32Array.of(...first.labels, ...second.labels),
    groupSizes: Int32Array.of(...first.groupSizes, ...second.groupSizes),
  };
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  for (let row = 0; row < actual.length; row++) expect(Math.abs(actual[row] - expected[row])).toBeLessThan(1e-4);
}
