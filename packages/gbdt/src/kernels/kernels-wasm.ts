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

/** Writes the arguments of a task to the control block and runs it; large tasks run on all threads. */
type RunWith = (
  task: TaskName,
  isLarge: boolean,
  words: readonly number[],
  doubles?: readonly [number, number],
) => void;

/**
 * Creates the fast kernels.
 *
 * @param runShared Runs a task on all threads; omit it for one thread.
 */
export function createWasmKernels(memory: TrainingMemory, runShared?: RunTask): TrainingKernels {
  const { at, rowCount, featureCount, stride } = memory;
  const slotBytes = stride * FEATURE_HISTOGRAM_BYTES;
  const manyRows = rowCount > LEAST_SHARED_ROWS;
  const run = createRunner(memory, runShared);
  return {
    binStagedRows(firstRow, count) {
      const [bins, columns] = [at.bins + firstRow * stride, at.columns + firstRow];
      const words = [at.staging, at.cuts, bins, stride, featureCount, count, columns, rowCount];
      run('binRows', count * featureCount > LEAST_SHARED_CELLS, words);
    },
    logisticPairs(hasWeights, gradientScale, hessianScale) {
      const words = [at.scores, at.labels, hasWeights ? at.weights : 0, at.pairs, rowCount];
      run('logistic', manyRows, words, [gradientScale, hessianScale]);
    },
    lambdamartPairs(sigma) {
      const queryCount = memory.scales.length;
      const { scores, gains, order, pairs, starts, scales, discounts, odds } = at;
      const words = [scores, gains, order, pairs, starts, scales, discounts, queryCount, memory.cutoff, odds];
      run('lambdas', manyRows, words, [sigma, 0]);
    },
    quantizePairs(gradientScale, hessianScale) {
      run('quantize', manyRows, [at.pairs, rowCount], [gradientScale, hessianScale]);
    },
    buildHistogram(begin, end, slot, parentSlot) {
      const histogram = at.histograms + slot * slotBytes;
      const parent = parentSlot < 0 ? 0 : at.histograms + parentSlot * slotBytes;
      const [rowsBegin, rowsEnd] = [at.rows + 4 * begin, at.rows + 4 * end];
      const words = [rowsBegin, rowsEnd, at.bins, stride, at.pairs, histogram, parent, stride / FEATURE_GROUP];
      run('histogram', (end - begin) * featureCount > LEAST_SHARED_CELLS, words);
    },
    partitionRows: (begin, end, feature) => partitionRows(memory, run, begin, end, feature),
    addLeafValues(begins, ends, values) {
      writeLeaves(memory, begins, ends, values);
      run('addValues', manyRows, [at.rows, at.scores, at.leaves, values.length, rowCount]);
    },
  };
}

function createRunner(memory: TrainingMemory, runShared: RunTask | undefined): RunWith {
  const { control, controlDoubles } = memory;
  const tasks = instantiateKernels(memory);
  return (task, isLarge, words, doubles = [0, 0]) => {
    for (let index = 0; index < words.length; index++) control[CONTROL.firstArgument + index] = words[index];
    controlDoubles.set(doubles, CONTROL.firstDouble / 2);
    if (isLarge && runShared) runShared(task);
    else tasks[task](0, 1);
  };
}

function partitionRows(
  { at, rowCount, control }: TrainingMemory,
  run: RunWith,
  begin: number,
  end: number,
  feature: number,
): number {
  const isLarge = end - begin > LEAST_SHARED_ROWS;
  const column = at.columns + feature * rowCount;
  const words = [at.rows + 4 * begin, end - begin, column, at.goesLeft, at.scratchRows + 4 * begin];
  control.fill(0, CONTROL.firstResult, CONTROL.firstResult + MAXIMUM_THREADS);
  run('separate', isLarge, words);
  let leftCount = 0;
  for (let thread = 0; thread < MAXIMUM_THREADS; thread++) leftCount += control[CONTROL.firstResult + thread];
  run('collect', isLarge, words);
  return leftCount;
}

/** Writes {begin, end: int32, value: double} of every leaf to the memory. */
function writeLeaves(
  { at, handle }: TrainingMemory,
  begins: readonly number[],
  ends: readonly number[],
  values: readonly number[],
): void {
  const words = new Int32Array(handle.buffer, at.leaves, values.length * 4);
  const doubles = new Float64Array(handle.buffer, at.leaves, values.length * 2);
  values.forEach((value, leaf) => {
    words[4 * leaf] = begins[leaf];
    words[4 * leaf + 1] = ends[leaf];
    doubles[2 * leaf + 1] = value;
  });
}
