import type { TrainingKernels } from './kernel-tasks.ts';
import {
  FEATURE_GROUP,
  FEATURE_HISTOGRAM_BYTES,
  MAXIMUM_PAGES,
  type TrainingMemory,
  webAssembly,
} from './training-memory.ts';
import { assembleModule } from './wasm-assembler.ts';
import { CONTROL, MAXIMUM_THREADS, TASKS, type TaskName } from './wasm-tasks.ts';

/** Runs a task on every thread and returns when all threads have finished. */
export type RunTask = (task: TaskName) => void;

let compiled: object | undefined;

/** Returns the module of all tasks; it is assembled and compiled once, in about 5 ms. */
export function compileKernels(): object {
  compiled ??= new webAssembly.Module(assembleModule(TASKS, MAXIMUM_PAGES));
  return compiled;
}

/** Instantiates the tasks on one memory, for the calling thread. */
export function instantiateKernels(
  memory: TrainingMemory,
): Record<TaskName, (thread: number, threads: number) => number> {
  return new webAssembly.Instance(compileKernels(), { env: { memory: memory.handle } }).exports;
}

/** Below this many rows (or rows × features, for histograms) waking other threads costs more than it saves. */
const LEAST_SHARED_ROWS = 16_384;
const LEAST_SHARED_CELLS = 65_536;

/**
 * Creates the fast kernels.
 *
 * @param runShared Runs a task on all threads; omit it for one thread.
 */
export function createWasmKernels(memory: TrainingMemory, runShared?: RunTask): TrainingKernels {
  const tasks = instantiateKernels(memory);
  const { at, rowCount, featureCount, stride, control, controlDoubles } = memory;
  const slotBytes = stride * FEATURE_HISTOGRAM_BYTES;

  const run = (
    task: TaskName,
    isLarge: boolean,
    words: readonly number[],
    doubles: readonly [number, number] = [0, 0],
  ): void => {
    for (let index = 0; index < words.length; index++) control[CONTROL.firstArgument + index] = words[index];
    controlDoubles.set(doubles, CONTROL.firstDouble / 2);
    if (isLarge && runShared) runShared(task);
    else tasks[task](0, 1);
  };

  return {
    binStagedRows(firstRow, count) {
      const target = at.bins + firstRow * stride;
      run('binRows', count * featureCount > LEAST_SHARED_CELLS, [
        at.staging,
        at.cuts,
        target,
        stride,
        featureCount,
        count,
        at.columns + firstRow,
        rowCount,
      ]);
    },
    logisticPairs(hasWeights, gradientScale, hessianScale) {
      const words = [at.scores, at.labels, hasWeights ? at.weights : 0, at.pairs, rowCount];
      run('logistic', rowCount > LEAST_SHARED_ROWS, words, [gradientScale, hessianScale]);
    },
    lambdamartPairs(sigma) {
      const { order, gains, starts, scales, discounts } = at;
      const words = [
        at.scores,
        gains,
        order,
        at.pairs,
        starts,
        scales,
        discounts,
        memory.scales.length,
        memory.cutoff,
        at.odds,
      ];
      run('lambdas', rowCount > LEAST_SHARED_ROWS, words, [sigma, 0]);
    },
    quantizePairs(gradientScale, hessianScale) {
      run('quantize', rowCount > LEAST_SHARED_ROWS, [at.pairs, rowCount], [gradientScale, hessianScale]);
    },
    buildHistogram(begin, end, slot, parentSlot) {
      run('histogram', (end - begin) * featureCount > LEAST_SHARED_CELLS, [
        at.rows + 4 * begin,
        at.rows + 4 * end,
        at.bins,
        stride,
        at.pairs,
        at.histograms + slot * slotBytes,
        parentSlot < 0 ? 0 : at.histograms + parentSlot * slotBytes,
        stride / FEATURE_GROUP,
      ]);
    },
    partitionRows(begin, end, feature) {
      const isLarge = end - begin > LEAST_SHARED_ROWS;
      const column = at.columns + feature * rowCount;
      const words = [at.rows + 4 * begin, end - begin, column, at.goesLeft, at.scratchRows + 4 * begin];
      control.fill(0, CONTROL.firstResult, CONTROL.firstResult + MAXIMUM_THREADS);
      run('separate', isLarge, words);
      let leftCount = 0;
      for (let thread = 0; thread < MAXIMUM_THREADS; thread++) leftCount += control[CONTROL.firstResult + thread];
      run('collect', isLarge, words);
      return leftCount;
    },
    addLeafValues(begins, ends, values) {
      const words = new Int32Array(memory.handle.buffer, at.leaves, values.length * 4);
      const doubles = new Float64Array(memory.handle.buffer, at.leaves, values.length * 2);
      values.forEach((value, leaf) => {
        words[4 * leaf] = begins[leaf];
        words[4 * leaf + 1] = ends[leaf];
        doubles[2 * leaf + 1] = value;
      });
      run('addValues', rowCount > LEAST_SHARED_ROWS, [at.rows, at.scores, at.leaves, values.length, rowCount]);
    },
  };
}
