import {
  type Calibration,
  type Calibrator,
  calibrate,
  firstTrees,
  fitCalibration,
  fitGbdt,
  type GbdtConfig,
  type GbdtModel,
  openThreadPool,
  predict,
  type ThreadPool,
  type TrainingSet,
} from '@matinee/gbdt';
import { auc, expectedCalibrationError, logLoss } from '../evaluation/probability-metrics.ts';
import type { FeatureSchema } from '../features/feature-schema.ts';
import type { FitContext } from '../training/fit-context.ts';
import { answeredRows, type RankingRows } from './collect-ranking-rows.ts';
import { crossFitScores, type StagedPart } from './cross-fit-scores.ts';
import { fitDeepRanker, type RankerEpoch, VALIDATION_DEPTH } from './deep-ranker.ts';
import type { DeepRanker } from './deep-ranker-model.ts';
import { createFeatureRanker, type FeatureRankerParts } from './feature-ranker.ts';
import { groupNdcg } from './group-ndcg.ts';
import type { Ranker } from './ranker.ts';
import { locateQueries, type QueryRows } from './ranking-table.ts';
import { combineParts, qualityOf, type ScoredPart, weighParts } from './score-parts.ts';

export interface FitRankerOptions {
  readonly kind: 'trees' | 'ensemble';
  readonly schema: FeatureSchema;
  /** Smallest rating that counts as liked, see {@link likedFrom}. */
  readonly likedFrom: number;
  readonly context: FitContext;
}

/** Share of the rating scale from which a rating counts as liked: 4 of 1 to 5, as in the confidence rule `graded`. */
const LIKED_SHARE = 0.75;

/** Smallest rating that counts as liked on the scale that the ratings show; NaN without ratings. */
export function likedFrom(ratings: Float32Array | undefined): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const rating of ratings ?? []) {
    if (rating < least) least = rating;
    if (rating > most) most = rating;
  }
  return least + LIKED_SHARE * (most - least);
}

/** Settings of all trees, chosen on validation; docs/models/rankers.md has the comparison. */
const TREES: Omit<GbdtConfig, 'objective'> = {
  treeCount: 500,
  learningRate: 0.05,
  maxLeaves: 31,
  minChildWeight: 2,
  l2Regularization: 5,
  featureFraction: 0.6,
  earlyStoppingTrees: 30,
  constantFeatures: 'ignore',
};

/** Minimum number of rated targets to train a model of liking. */
const MIN_RATED = 200;

/**
 * Fits a ranker on queries that the sources were not fitted on.
 *
 * @param fitRows Rows that trees are trained on.
 * @param stopping Rows of other users, for early stopping, the weights of the parts and the calibration. The calibration
 * is cross-fitted, so that no user's scores were chosen on that user ({@link crossFitScores}). With the rows of queries
 * whose target no source found: a probability is one of engagement, not of engagement given that a source found the
 * item. `queryCount` of both tables tells how many queries gave no rows.
 * @param reporting Rows of yet other users, only for the reported metrics; with misses as well.
 */
export async function fitRanker(
  fitRows: RankingRows,
  stopping: RankingRows,
  reporting: RankingRows,
  options: FitRankerOptions,
): Promise<Ranker> {
  const { kind, schema, context } = options;
  const answered = answeredRows(stopping);
  const seed = context.random.integer(2 ** 32);
  const pool = await openThreadPool(context.threadCount ?? 1);
  try {
    const grow = { pool, seed };
    const parts: FittedPart[] = [growPart('pointwise', fitRows, answered, { kind: 'logistic' }, grow)];
    let goals: FeatureRankerParts['goals'] = {};
    if (kind === 'ensemble') {
      const objective = { kind: 'lambdamart', truncation: 20 } as const;
      parts.push(growPart('lambdamart', fitRows, answered, objective, grow));
      parts.push(await trainNetworkPart(fitRows, answered, context));
      goals = growGoals(fitRows, answered, options.likedFrom, grow);
    }
    const { factors } = weighParts(await scoreParts(parts, answered), answered);
    const unchosen = await crossFitScores(
      parts.map(({ staged }) => staged),
      stopping,
      combineParts(await scoreParts(parts, stopping), factors),
    );
    const calibration = unchosen && calibrateScores(unchosen, stopping, foundShare([fitRows, stopping]));
    const counting = parts
      .map((part, index) => ({ ...part, factor: factors[index] }))
      .filter(({ factor }) => factor > 0);
    const deep = counting.find(({ network }) => network !== undefined);
    return createFeatureRanker({
      featureNames: schema.names,
      schemaHash: schema.hash,
      watch: counting.flatMap(({ name, factor, model }) => (model ? [{ name, factor, model }] : [])),
      ...(deep?.network && { deep: { factor: deep.factor, ranker: deep.network } }),
      goals,
      ...(calibration && { calibration }),
      mostEvents: largest(fitRows, 'item_events'),
      metrics: {
        'rows.fit': fitRows.rowCount,
        'queries.fit': fitRows.groupSizes.length,
        'queries.reported': reporting.queryCount,
        ...(await measureOrder(parts, factors, answeredRows(reporting))),
        ...(calibration &&
          measureChances(combineParts(await scoreParts(parts, reporting), factors), calibration, reporting)),
      },
    });
  } finally {
    await pool.close();
  }
}

/** One of several rankers before its weight is known. */
interface FittedPart {
  readonly name: string;
  readonly model?: GbdtModel;
  readonly network?: DeepRanker;
  /** The same with all stages of its training, for the calibration. */
  readonly staged: StagedPart;
  score(rows: RankingRows): Promise<Float64Array>;
}

/** Grows trees up to the best one on the stopping rows; all that were grown are its stages. */
function growPart(
  name: string,
  rows: RankingRows,
  stopping: RankingRows,
  objective: GbdtConfig['objective'],
  { pool, seed }: GrowContext,
): FittedPart {
  const queries = locateQueries(stopping);
  const metrics: number[] = [];
  const gains: Float64Array[] = [];
  const grown = fitGbdt(
    setOf(rows, objective),
    { ...TREES, objective, seed },
    {
      pool,
      validation: setOf(stopping, objective),
      keepTrees: 'all',
      onTree({ validationMetric = Number.NaN, validationScores }) {
        metrics.push(objective.kind === 'lambdamart' ? validationMetric : -validationMetric);
        if (validationScores) gains.push(gainsOf(objective, validationScores, stopping.labels, queries));
      },
    },
  );
  // The first of equally good ones, as the library's own early stop.
  const model = firstTrees(grown, metrics.indexOf(Math.max(...metrics)) + 1);
  return {
    name,
    model,
    staged: { name, gains, score: async (part, stage) => predict(firstTrees(grown, stage + 1), matrixOf(part)) },
    score: async (part) => predict(model, matrixOf(part)),
  };
}

/** By query, in the measure that stops the trees: NDCG, or the log-likelihood of its labels. */
function gainsOf(
  objective: GbdtConfig['objective'],
  scores: Float64Array,
  labels: Float32Array,
  queries: readonly QueryRows[],
): Float64Array {
  if (objective.kind === 'lambdamart') {
    const { truncation = queries.length } = objective;
    return Float64Array.from(queries, (query) => groupNdcg(scores, labels, query, truncation));
  }
  return Float64Array.from(queries, ({ start, end }) => {
    let sum = 0;
    for (let row = start; row < end; row++) {
      const z = labels[row] === 1 ? scores[row] : -scores[row];
      sum -= Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return sum;
  });
}

async function trainNetworkPart(rows: RankingRows, stopping: RankingRows, context: FitContext): Promise<FittedPart> {
  const epochs: RankerEpoch[] = [];
  const network = await fitDeepRanker(rows, stopping, {}, context, (epoch) => epochs.push(epoch));
  const queries = locateQueries(stopping);
  const scoreBy = async (ranker: DeepRanker, { values, rowCount }: RankingRows): Promise<Float64Array> =>
    Float64Array.from(await ranker.score(values, rowCount));
  const name = 'deep';
  const gains = epochs.map(({ scores }) =>
    Float64Array.from(queries, (query) => groupNdcg(scores, stopping.labels, query, VALIDATION_DEPTH)),
  );
  return {
    name,
    network,
    // A training that went on behind its last epoch has none left to choose from.
    staged: { name, gains, score: (part, stage) => scoreBy(epochs[stage]?.ranker ?? network, part) },
    score: (part) => scoreBy(network, part),
  };
}

function scoreParts(parts: readonly FittedPart[], rows: RankingRows): Promise<ScoredPart[]> {
  return Promise.all(parts.map(async ({ name, score }) => ({ name, scores: await score(rows) })));
}

interface GrowContext {
  readonly pool: ThreadPool;
  readonly seed: number;
}

function setOf(part: RankingRows, objective: GbdtConfig['objective']): TrainingSet {
  return {
    features: matrixOf(part),
    labels: part.labels,
    ...(objective.kind === 'lambdamart' && { groupSizes: part.groupSizes }),
  };
}

/** Fits trees that predict the opinion of a target, trained on targets only. */
function growGoals(
  rows: RankingRows,
  stopping: RankingRows,
  liking: number,
  context: GrowContext,
): FeatureRankerParts['goals'] {
  const liked = growGoal(rows, stopping, (part, row) => part.ratings[row] >= liking, context);
  const satisfied = growGoal(rows, stopping, (part, row) => part.ratings[row] >= part.userMeans[row], context);
  return { ...(liked && { liked }), ...(satisfied && { satisfied }) };
}

function growGoal(
  rows: RankingRows,
  stopping: RankingRows,
  isMet: (part: RankingRows, row: number) => boolean,
  { pool, seed }: GrowContext,
): GbdtModel | undefined {
  const [train, validation] = [rows, stopping].map((part) => {
    const rated = Array.from(part.labels.keys()).filter(
      (row) => part.labels[row] === 1 && !Number.isNaN(part.ratings[row]),
    );
    const width = part.featureNames.length;
    const values = new Float32Array(rated.length * width);
    for (const [place, row] of rated.entries()) {
      values.set(part.values.subarray(row * width, (row + 1) * width), place * width);
    }
    const labels = Float32Array.from(rated, (row) => (isMet(part, row) ? 1 : 0));
    return { features: { rowCount: rated.length, featureNames: part.featureNames, values }, labels };
  });
  const varies = ({ labels }: TrainingSet): boolean => labels.includes(0) && labels.includes(1);
  if (train.labels.length < MIN_RATED || !varies(train) || !varies(validation)) return undefined;
  const config: GbdtConfig = { ...TREES, objective: { kind: 'logistic' }, maxLeaves: 8, seed };
  return fitGbdt(train, config, { pool, validation });
}

/**
 * Maps scores to chances. How fast chances grow with the score is learned on these rows. How high they are as a whole is
 * a matter of how often a source finds the target, and a tenth of the users says little of it. The share of all users
 * says more, but holds for these users only as far as they are like all. The line is therefore moved half way from what
 * these users show to where chances sum to the share of all; with many users both are the same.
 *
 * @param found Share of all queries whose target is among the candidates.
 */
function calibrateScores(scores: Float64Array, rows: RankingRows, found: number): Calibration | undefined {
  if (!rows.labels.includes(1) || !rows.labels.includes(0)) return undefined;
  const segments = segmentsOfRows(rows);
  const fitted = fitCalibration({ scores, labels: rows.labels, segments }, { method: 'platt', minSegmentRows: 5000 });
  const sumAt = (shift: number): number => {
    const calibration = shiftCalibration(fitted, shift);
    return scores.reduce((sum, score, row) => sum + calibrate(calibration, score, segments[row]), 0);
  };
  let [low, high] = [-MOST_SHIFT, MOST_SHIFT];
  for (let halving = 0; halving < 20; halving++) {
    const middle = (low + high) / 2;
    if (sumAt(middle) < found * rows.queryCount) low = middle;
    else high = middle;
  }
  return shiftCalibration(fitted, (low + high) / 4);
}

/** In log-odds. Where the shares of two groups of users differ by more, they are not of the same people. */
const MOST_SHIFT = 3;

function shiftCalibration({ overall, segments }: Calibration, shift: number): Calibration {
  const shifted = (calibrator: Calibrator): Calibrator =>
    calibrator.method === 'platt' ? { ...calibrator, intercept: calibrator.intercept + shift } : calibrator;
  return {
    overall: shifted(overall),
    segments: Object.fromEntries(Object.entries(segments).map(([name, own]) => [name, shifted(own)])),
  };
}

/** Share of the queries whose target is among the candidates. */
function foundShare(tables: readonly RankingRows[]): number {
  const sum = (of: (rows: RankingRows) => number): number => tables.reduce((total, rows) => total + of(rows), 0);
  return sum(({ labels }) => labels.reduce((total, label) => total + label, 0)) / sum(({ queryCount }) => queryCount);
}

/** How the parts and the whole order the queries that have an answer, on rows that no choice depends on. */
async function measureOrder(
  fitted: readonly FittedPart[],
  factors: readonly number[],
  rows: RankingRows,
): Promise<Record<string, number>> {
  const parts = await scoreParts(fitted, rows);
  const width = rows.featureNames.length;
  const blendColumn = rows.featureNames.indexOf('blend_score');
  const blend = Float64Array.from(rows.labels, (_, row) => rows.values[row * width + blendColumn]);
  const metrics: Record<string, number> = {
    quality: qualityOf(combineParts(parts, factors), rows),
    'quality.blend': qualityOf(blend, rows),
  };
  for (const [index, part] of parts.entries()) {
    metrics[`factor.${part.name}`] = factors[index];
    metrics[`quality.${part.name}`] = qualityOf(part.scores, rows);
  }
  return onlyNumbers(metrics);
}

/**
 * How true the probabilities are, over all queries. `chances` is the mean sum of a query's probabilities, `found` the
 * share of queries whose target is among the candidates: they are equal where probabilities hold.
 */
function measureChances(scores: Float64Array, calibration: Calibration, rows: RankingRows): Record<string, number> {
  const segments = segmentsOfRows(rows);
  const chances = Array.from(scores, (score, row) => calibrate(calibration, score, segments[row]));
  const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
  const metrics: Record<string, number> = {
    auc: auc(scores, rows.labels),
    logLoss: logLoss(chances, rows.labels),
    ece: expectedCalibrationError(chances, rows.labels),
    chances: sum(chances) / rows.queryCount,
    found: sum(rows.labels) / rows.queryCount,
  };
  for (const segment of new Set(segments)) {
    const own = chances.map((_, row) => row).filter((row) => segments[row] === segment);
    metrics[`ece.${segment}`] = expectedCalibrationError(
      own.map((row) => chances[row]),
      own.map((row) => rows.labels[row]),
    );
  }
  return onlyNumbers(metrics);
}

/** Without metrics that the rows do not define. */
function onlyNumbers(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

function matrixOf({ rowCount, featureNames, values }: RankingRows) {
  return { rowCount, featureNames, values };
}

function segmentsOfRows({ groupSizes, segments }: RankingRows): string[] {
  return segments.flatMap((segment, query) => Array.from({ length: groupSizes[query] }, () => segment));
}

function largest({ featureNames, values, rowCount }: RankingRows, name: string): number {
  const column = featureNames.indexOf(name);
  let most = 0;
  for (let row = 0; row < rowCount; row++) {
    const value = values[row * featureNames.length + column];
    if (value > most) most = value; // false for NaN
  }
  return most;
}
