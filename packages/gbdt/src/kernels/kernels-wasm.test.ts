import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exponential } from '../objectives/exponential.ts';
import type { TrainingKernels } from './kernel-tasks.ts';
import { createReferenceKernels } from './kernels-reference.ts';
import { createWasmKernels } from './kernels-wasm.ts';
import { openThreadPool } from './thread-pool.ts';
import { allocateTrainingMemory, type TrainingMemory } from './training-memory.ts';

/** Fills the inputs of all kernels from one seed, so that two memories start equal. */
function fillMemory(memory: TrainingMemory, seed: number): void {
  const random = createRandom(seed);
  const { rowCount, featureCount, stride } = memory;
  memory.cuts.fill(Number.POSITIVE_INFINITY);
  for (let feature = 0; feature < featureCount; feature++) {
    const cutCount = random.integer(255);
    const cuts = Float32Array.from({ length: cutCount }, () => random.normal()).sort();
    memory.cuts.set(cuts, feature * 256);
  }
  for (let index = 0; index < memory.staging.length; index++) {
    memory.staging[index] = random.next() < 0.1 ? Number.NaN : random.normal();
  }
  memory.staging[0] = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rowCount; row++) {
    memory.rows[row] = row;
    memory.scores[row] = 20 * random.normal();
    memory.labels[row] = random.integer(2);
    memory.weights[row] = random.next() * 3;
    for (let feature = 0; feature < featureCount; feature++) {
      const bin = random.integer(256);
      memory.bins[row * stride + feature] = bin;
      memory.columns[feature * rowCount + row] = bin;
    }
    memory.pairs[2 * row] = Math.round((random.next() - 0.5) * 2 ** 30);
    memory.pairs[2 * row + 1] = Math.round(random.next() * 2 ** 30);
  }
  for (let query = 0; query <= memory.scales.length; query++)
    memory.starts[query] = Math.round((query * rowCount) / memory.scales.length);
  for (let query = 0; query < memory.scales.length; query++) {
    memory.scales[query] = query % 3 === 0 ? 0 : random.next();
    memory.order
      .subarray(memory.starts[query], memory.starts[query + 1])
      .set(
        random.shuffle(
          Int32Array.from(
            { length: memory.starts[query + 1] - memory.starts[query] },
            (_, row) => memory.starts[query] + row,
          ),
        ),
      );
  }
  for (let row = 0; row < rowCount; row++) memory.gains[row] = random.integer(4);
  for (let rank = 0; rank < memory.cutoff; rank++) memory.discounts[rank] = 1 / Math.log2(rank + 2);
  for (let bin = 0; bin < 256; bin++) memory.goesLeft[bin] = random.integer(2);
}

const steps: Readonly<Record<string, (kernels: TrainingKernels, memory: TrainingMemory) => number>> = {
  buildHistogram: (kernels, { rowCount }) => {
    kernels.buildHistogram(0, rowCount, 0, -1);
    kernels.buildHistogram(0, rowCount >> 1, 1, 0);
    return 0;
  },
  partitionRows: (kernels, { rowCount, featureCount }) => {
    const left = kernels.partitionRows(0, rowCount, 0);
    return left + kernels.partitionRows(0, left, featureCount - 1);
  },
  addLeafValues: (kernels, { rowCount }) => {
    kernels.addLeafValues([0, rowCount >> 1], [rowCount >> 1, rowCount], [0.25, -1 / 3]);
    return 0;
  },
  logisticPairs: (kernels) => {
    kernels.logisticPairs(true, 2 ** 28, 2 ** 30);
    return 0;
  },
  lambdamartPairs: (kernels) => {
    kernels.lambdamartPairs(1.25);
    return 0;
  },
  quantizePairs: (kernels, { pairs, rawPairs }) => {
    for (let index = 0; index < pairs.length; index++) rawPairs[index] = pairs[index] / 2 ** 27;
    kernels.quantizePairs(2 ** 26, 2 ** 27);
    return 0;
  },
  binStagedRows: (kernels, { staging, featureCount }) => {
    kernels.binStagedRows(0, staging.length / featureCount);
    return 0;
  },
};

function expectSameBytes(actual: TrainingMemory, expected: TrainingMemory): void {
  for (const region of ['bins', 'columns', 'pairs', 'rows', 'scores', 'histograms'] as const) {
    const bytes = (memory: TrainingMemory): Buffer =>
      Buffer.from(memory[region].buffer, memory[region].byteOffset, memory[region].byteLength);
    expect(bytes(actual).equals(bytes(expected)), region).toBe(true);
  }
}

describe('createWasmKernels', () => {
  test.each(Object.keys(steps))('%s gives the bits of the reference on any shape', (step) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.integer({ min: 1, max: 19 }),
        fc.nat(),
        (rows, features, seed) => {
          const fast = allocateTrainingMemory(rows, features, 2, { queryCount: 7, cutoff: 5 });
          const slow = allocateTrainingMemory(rows, features, 2, { queryCount: 7, cutoff: 5 });
          for (const memory of [fast, slow]) fillMemory(memory, seed);
          const result = steps[step](createWasmKernels(fast), fast);
          expect(result).toBe(steps[step](createReferenceKernels(slow), slow));
          expectSameBytes(fast, slow);
        },
      ),
      { numRuns: 15 },
    );
  });

  test.each([2, 3])('gives the same bits on %i threads', async (threadCount) => {
    const shared = allocateTrainingMemory(20_011, 11, 2, { queryCount: 500, cutoff: 5 });
    const alone = allocateTrainingMemory(20_011, 11, 2, { queryCount: 500, cutoff: 5 });
    const pool = await openThreadPool(threadCount);
    const attached = pool.attach(shared);
    for (const [name, step] of Object.entries(steps)) {
      for (const memory of [shared, alone]) fillMemory(memory, 5);
      const result = step(createWasmKernels(shared, attached.runTask), shared);
      expect(result, name).toBe(step(createWasmKernels(alone), alone));
      expectSameBytes(shared, alone);
    }
    attached.detach();
    await pool.close();
  });
});

describe('exponential', () => {
  test('is within two units in the last place of Math.exp', () => {
    for (let x = -59.9; x < 60; x += 0.0371) expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(5e-16);
  });
});

describe('openThreadPool', () => {
  test('rejects an invalid thread count', async () => {
    await expect(openThreadPool(0)).rejects.toThrow(/threadCount is 0/);
  });

  test('rejects work after it is closed', async () => {
    const pool = await openThreadPool(2);
    await pool.close();
    expect(() => pool.attach(allocateTrainingMemory(10, 1, 2))).toThrow(/the thread pool is closed/);
  });
});

describe('allocateTrainingMemory', () => {
  test('takes two bytes per row and feature, 32 per row and the histograms of the leaves', () => {
    const [rowCount, featureCount, leafCount] = [100_000, 24, 15];
    const perRow = rowCount * (2 * featureCount + 32);
    const perLeaf = leafCount * featureCount * 4368;
    const perFeature = featureCount * (1024 + 8192 * 4);
    const { byteLength } = allocateTrainingMemory(rowCount, featureCount, leafCount);
    expect(byteLength).toBeGreaterThanOrEqual(perRow + perLeaf + perFeature);
    expect(byteLength).toBeLessThan(perRow + perLeaf + perFeature + 2 ** 17);
  });

  test('reports the required size when it exceeds the limit', () => {
    expect(() => allocateTrainingMemory(1_000_000, 4000, 31)).toThrow(/training needs \d+ MiB .*use fewer rows/);
  });
});
