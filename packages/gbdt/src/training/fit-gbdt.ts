import { createRandom, MatineeError, type Random } from '@matinee/numerics';
import { BIN_SLOTS, type FeatureBins, fitFeatureBins } from '../features/feature-bins.ts';
import {
  checkSameFeatures,
  checkTrainingSet,
  type FeatureMatrix,
  type TrainingSet,
} from '../features/feature-matrix.ts';
import type { TrainingKernels } from '../kernels/kernel-tasks.ts';
import { createReferenceKernels } from '../kernels/kernels-reference.ts';
import { createWasmKernels } from '../kernels/kernels-wasm.ts';
import type { ThreadPool } from '../kernels/thread-pool.ts';
import { allocateTrainingMemory, STAGED_ROWS, type TrainingMemory } from '../kernels/training-memory.ts';
import { type CompleteConfig, completeConfig, type GbdtConfig } from '../model/gbdt-config.ts';
import { type DraftNode, type GbdtModel, packTrees } from '../model/gbdt-model.ts';
import {
  checkSomethingToRank,
  meanNdcg,
  prepareQueries,
  type RankingQueries,
  sortQueries,
} from '../objectives/lambdamart.ts';
import { baseScoreOf, pointwiseMetric, squaredErrorPairs } from '../objectives/pointwise-objective.ts';
import { addTreeScores } from '../prediction/predict.ts';
import { type GrowContext, type GrownTree, growTree } from './grow-tree.ts';
import { fillGoesLeft, type Split, type SplitRules } from './split-search.ts';

/** Progress after one tree. */
export interface FitProgress {
  /** Number of the tree, from 1. */
  readonly treeCount: number;
  readonly leafCount: number;
  /**
   * Validation metric after this tree: log-loss, root mean squared error or NDCG; undefined without a validation set.
   */
  readonly validationMetric: number | undefined;
  /** Raw scores of the validation set after this tree, one a row; overwritten by the next tree. */
  readonly validationScores: Float64Array | undefined;
}

export interface FitContext {
  /** Threads to train on; by default only the calling thread. The model's bytes do not depend on it. */
  readonly pool?: ThreadPool;
  /** Scored after every tree; must have the columns of the training set. */
  readonly validation?: TrainingSet;
  readonly onTree?: (progress: FitProgress) => void;
  /**
   * Which trees an early stop keeps: up to the best one (default), or all that were grown, for a caller who chooses
   * among them with `firstTrees`.
   */
  readonly keepTrees?: 'best' | 'all';
  /** 'reference' uses the readable kernels: the same bytes, several times slower. Default 'wasm'. */
  readonly kernels?: 'wasm' | 'reference';
}

/**
 * Fits gradient-boosted trees by histograms of binned features.
 *
 * @param set Features and labels, with weights and groups as the objective needs them. Not modified.
 * @param config See {@link GbdtConfig}; unknown fields are errors.
 * @returns The model after the last tree, or after the best one on `validation` when `earlyStoppingTrees` is set. It
 * has fewer than `treeCount` trees when no further split reduces the loss.
 * @throws {MatineeError} `BAD_CONFIG`, `BAD_FEATURES`, `CONSTANT_FEATURE`, `BAD_LABELS`, `ONE_CLASS`, `BAD_WEIGHTS`,
 * `BAD_GROUPS`, `FEATURE_MISMATCH` (validation), `OUT_OF_MEMORY`.
 * @remarks Deterministic: the same set, config and seed give the same bytes on any number of threads. Blocks the
 * calling thread. Memory besides the set: see {@link TrainingMemory}; about (2 · features + 32) bytes per row.
 * @see Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics 29(5). Ke et
 * al. (2017), LightGBM, NeurIPS: leaf-wise growth and histogram subtraction.
 * @example
 * const model = fitGbdt({ features, labels }, { objective: { kind: 'logistic' }, treeCount: 200 });
 */
export function fitGbdt(set: TrainingSet, config: GbdtConfig, context: FitContext = {}): GbdtModel {
  const complete = completeConfig(config, set.features.featureNames);
  const { objective } = complete;
  checkTrainingSet(set, objective.kind === 'lambdamart');
  const run = prepareObjective(set, complete);
  const validation = prepareValidation(set, complete, context);

  const categorical = new Set(complete.categorical.map((name) => set.features.featureNames.indexOf(name)));
  const bins = fitFeatureBins(set.features, categorical, complete.maxBins, complete.binSampleRows, complete.seed);
  checkConstantFeatures(bins, set.features.featureNames, complete);
  const memory = allocateTrainingMemory(
    set.features.rowCount,
    bins.length,
    complete.maxLeaves,
    rankingShape(run.queries),
  );
  const attached = context.pool && context.pool.threadCount > 1 ? context.pool.attach(memory) : undefined;
  try {
    const kernels =
      context.kernels === 'reference' ? createReferenceKernels(memory) : createWasmKernels(memory, attached?.runTask);
    fillBins(memory, kernels, set.features, bins);
    const features = set.features.featureNames.map((name, index) => ({
      index,
      bins: bins[index],
      direction: complete.monotone[name] ?? 0,
    }));
    const grow: GrowContext = { memory, kernels, config: complete, features };
    const drafts = boost(grow, set, run, validation, context);
    return {
      objective: objective.kind,
      featureNames: [...set.features.featureNames],
      baseScore: run.baseScore,
      trees: packTrees(drafts),
    };
  } finally {
    attached?.detach();
  }
}

function rankingShape(queries: RankingQueries | undefined) {
  return queries && { queryCount: queries.scales.length, cutoff: queries.cutoff };
}

interface ObjectiveRun {
  readonly baseScore: number;
  readonly queries: RankingQueries | undefined;
}

interface ValidationRun extends ObjectiveRun {
  readonly set: TrainingSet;
  readonly scores: Float64Array;
}

function prepareObjective(set: TrainingSet, { objective }: CompleteConfig): ObjectiveRun {
  if (objective.kind !== 'lambdamart') return { baseScore: baseScoreOf(objective.kind, set), queries: undefined };
  const queries = prepareQueries(set, objective, objective.truncation);
  checkSomethingToRank(queries);
  return { baseScore: 0, queries };
}

function prepareValidation(
  set: TrainingSet,
  { objective, earlyStoppingTrees }: CompleteConfig,
  { validation }: FitContext,
): (ValidationRun & { baseScore: number }) | undefined {
  if (!validation) {
    if (earlyStoppingTrees === 0) return undefined;
    throw new MatineeError('BAD_CONFIG', 'earlyStoppingTrees needs a validation set; pass one as context.validation');
  }
  checkTrainingSet(validation, objective.kind === 'lambdamart');
  checkSameFeatures(set.features.featureNames, validation.features.featureNames, 'validation.features');
  const queries =
    objective.kind === 'lambdamart' ? prepareQueries(validation, objective, objective.truncation) : undefined;
  return { baseScore: 0, queries, set: validation, scores: new Float64Array(validation.features.rowCount) };
}

function checkConstantFeatures(bins: readonly FeatureBins[], names: readonly string[], config: CompleteConfig): void {
  const constant = names.filter((_, feature) => bins[feature].binCount <= 1);
  const isUseless = constant.length === names.length;
  if (constant.length === 0 || (config.constantFeatures === 'ignore' && !isUseless)) return;
  throw new MatineeError(
    'CONSTANT_FEATURE',
    isUseless
      ? 'every feature has a single value (or none); there is nothing to split on'
      : `constant features: ${constant.join(', ')}; drop them, or set constantFeatures: 'ignore'`,
  );
}

function fillBins(
  memory: TrainingMemory,
  kernels: TrainingKernels,
  features: FeatureMatrix,
  bins: readonly FeatureBins[],
): void {
  const { featureCount, stride } = memory;
  memory.cuts.fill(Number.POSITIVE_INFINITY);
  bins.forEach((bin, feature) => {
    if (bin.kind === 'numeric') memory.cuts.set(bin.cuts, feature * BIN_SLOTS);
  });
  for (let firstRow = 0; firstRow < features.rowCount; firstRow += STAGED_ROWS) {
    const count = Math.min(STAGED_ROWS, features.rowCount - firstRow);
    memory.staging.set(features.values.subarray(firstRow * featureCount, (firstRow + count) * featureCount));
    kernels.binStagedRows(firstRow, count);
  }
  bins.forEach((bin, feature) => {
    if (bin.kind !== 'categorical') return;
    const binOfCode = new Map(Array.from(bin.codes, (code, index) => [code, index + 1]));
    for (let row = 0; row < features.rowCount; row++) {
      const index = binOfCode.get(features.values[row * featureCount + feature]) ?? 0;
      memory.bins[row * stride + feature] = index;
      memory.columns[feature * features.rowCount + row] = index;
    }
  });
}

function boost(
  grow: GrowContext,
  set: TrainingSet,
  run: ObjectiveRun,
  validation: ValidationRun | undefined,
  context: FitContext,
): readonly (readonly DraftNode[])[] {
  const { memory, config } = grow;
  const random = createRandom(config.seed).fork('trees');
  memory.scores.fill(run.baseScore);
  memory.labels.set(set.labels);
  if (set.weights) memory.weights.set(set.weights);
  if (run.queries) {
    for (const field of ['order', 'gains', 'starts', 'scales', 'discounts'] as const)
      memory[field].set(run.queries[field]);
  }
  validation?.scores.fill(run.baseScore);
  const drafts: (readonly DraftNode[])[] = [];
  const fixedPoint = fixedPointBits(memory.rowCount);
  const isSampled = config.rowFraction < 1 || config.featureFraction < 1;
  let best = { metric: Number.NaN, treeCount: 0 };
  fillRows(memory.rows, memory.rowCount);

  for (let treeCount = 1; treeCount <= config.treeCount; treeCount++) {
    const units = writePairs(grow, set, run, fixedPoint);
    const bagSize =
      config.rowFraction < 1 ? drawRows(memory, run.queries, config.rowFraction, random) : memory.rowCount;
    const tree = growTree(grow, bagSize, splitRules(config, units), random);
    if (!tree) {
      if (isSampled) continue;
      break;
    }
    if (bagSize < memory.rowCount) scoreUnsampledRows(memory, tree, bagSize);
    drafts.push(tree.nodes);
    const validationMetric = validation && scoreValidation(validation, tree.nodes, config);
    context.onTree?.({
      treeCount,
      leafCount: (tree.nodes.length + 1) / 2,
      validationMetric,
      validationScores: validation?.scores,
    });
    if (config.earlyStoppingTrees === 0 || validationMetric === undefined) continue;
    const isBetter =
      config.objective.kind === 'lambdamart' ? validationMetric > best.metric : validationMetric < best.metric;
    if (Number.isNaN(best.metric) || isBetter) best = { metric: validationMetric, treeCount: drafts.length };
    else if (drafts.length - best.treeCount >= config.earlyStoppingTrees) break;
  }
  return config.earlyStoppingTrees > 0 && context.keepTrees !== 'all' ? drafts.slice(0, best.treeCount) : drafts;
}

function splitRules(config: CompleteConfig, units: { gradient: number; hessian: number }): SplitRules {
  return {
    l1: config.l1Regularization,
    l2: config.l2Regularization,
    minChildWeight: config.minChildWeight,
    minSplitGain: config.minSplitGain,
    categoricalSmoothing: config.categoricalSmoothing,
    gradientUnit: units.gradient,
    hessianUnit: units.hessian,
  };
}

/** Returns the number of bits of a fixed-point gradient: it fits an int32, and no sum over all rows reaches 2^53. */
function fixedPointBits(rowCount: number): number {
  return Math.min(30, 52 - Math.ceil(Math.log2(rowCount + 1)));
}

/** Writes the fixed-point gradients of the current scores; returns the value of one fixed-point unit. */
function writePairs(
  { memory, kernels, config }: GrowContext,
  set: TrainingSet,
  run: ObjectiveRun,
  bits: number,
): { gradient: number; hessian: number } {
  const { objective } = config;
  if (objective.kind === 'logistic') {
    // |p − y| < 1 and p (1 − p) ≤ ¼, so both are bounded by the weights alone.
    const heaviest = set.weights ? set.weights.reduce((most, weight) => Math.max(most, weight), 0) : 1;
    const units = { gradient: unitFor(heaviest, bits), hessian: unitFor(heaviest / 4, bits) };
    kernels.logisticPairs(set.weights !== undefined, 1 / units.gradient, 1 / units.hessian);
    return units;
  }
  if (objective.kind === 'squared-error') squaredErrorPairs(memory.scores, set.labels, set.weights, memory.rawPairs);
  else {
    // Sorted here and not in the kernel: starting from the last order takes about one comparison per row.
    sortQueries({ ...(run.queries as RankingQueries), order: memory.order }, memory.scores);
    kernels.lambdamartPairs(objective.sigma);
  }
  let gradient = 0;
  let hessian = 0;
  for (let pair = 0; pair < memory.rawPairs.length; pair += 2) {
    gradient = Math.max(gradient, Math.abs(memory.rawPairs[pair]));
    hessian = Math.max(hessian, memory.rawPairs[pair + 1]);
  }
  if (!(Number.isFinite(gradient) && Number.isFinite(hessian))) {
    throw new MatineeError(
      'BAD_LABELS',
      'labels or weights are so large that their gradients overflow; scale them down',
    );
  }
  const units = { gradient: unitFor(gradient, bits), hessian: unitFor(hessian, bits) };
  kernels.quantizePairs(1 / units.gradient, 1 / units.hessian);
  return units;
}

/** Returns the power of two that makes `largest` fit into `bits` bits. */
function unitFor(largest: number, bits: number): number {
  return largest > 0 ? 2 ** (Math.ceil(Math.log2(largest)) - bits) : 1;
}

function fillRows(rows: Int32Array, count: number): void {
  for (let row = 0; row < count; row++) rows[row] = row;
}

/**
 * Moves the rows of this tree's sample to the front of `memory.rows`, ascending, and the others behind them.
 *
 * A ranking query is taken whole or not at all.
 *
 * @returns The number of rows in the sample.
 */
function drawRows(
  memory: TrainingMemory,
  queries: RankingQueries | undefined,
  fraction: number,
  random: Random,
): number {
  const { rows, scratchRows, rowCount } = memory;
  const unitCount = queries ? queries.starts.length - 1 : rowCount;
  let unitsNeeded = Math.max(1, Math.round(fraction * unitCount));
  let taken = 0;
  let left = 0;
  for (let unit = 0; unit < unitCount; unit++) {
    // Selection sampling: exactly the requested number, in one pass (Knuth, TAOCP 2, algorithm S).
    const isTaken = random.next() * (unitCount - unit) < unitsNeeded;
    if (isTaken) unitsNeeded--;
    const end = queries ? queries.starts[unit + 1] : unit + 1;
    for (let row = queries ? queries.starts[unit] : unit; row < end; row++) {
      if (isTaken) rows[taken++] = row;
      else scratchRows[left++] = row;
    }
  }
  rows.set(scratchRows.subarray(0, left), taken);
  return taken;
}

/** Adds the tree's values to the rows it was not grown on, following its splits by their bins. */
function scoreUnsampledRows(memory: TrainingMemory, tree: GrownTree, bagSize: number): void {
  const { bins, stride, rows, scores } = memory;
  const tables = tree.splits.map((split: Split | undefined) => {
    const table = new Uint8Array(BIN_SLOTS);
    if (split) fillGoesLeft(split, table);
    return table;
  });
  for (let position = bagSize; position < memory.rowCount; position++) {
    const row = rows[position];
    let node = 0;
    for (;;) {
      const { feature, leftChild, value } = tree.nodes[node];
      if (feature < 0) {
        scores[row] += value;
        break;
      }
      node = tables[node][bins[row * stride + feature]] === 1 ? leftChild : leftChild + 1;
    }
  }
}

function scoreValidation(validation: ValidationRun, tree: readonly DraftNode[], { objective }: CompleteConfig): number {
  const { set, scores, queries } = validation;
  addTreeScores(
    packTrees([tree]),
    set.features.values,
    set.features.rowCount,
    set.features.featureNames.length,
    scores,
  );
  if (objective.kind === 'lambdamart') return meanNdcg(queries as RankingQueries, scores);
  return pointwiseMetric(objective.kind, scores, set.labels, set.weights);
}
