import {
  type Calibration,
  calibrate,
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
import { fitDeepRanker } from './deep-ranker.ts';
import type { DeepRanker } from './deep-ranker-model.ts';
import { createFeatureRanker, type FeatureRankerParts } from './feature-ranker.ts';
import type { Ranker } from './ranker.ts';
import { qualityOf, type ScoredPart, weighParts } from './score-parts.ts';

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
 * @param stopping Rows of other users, for early stopping, the weights of the parts and the calibration. With the rows of
 * queries whose target no source found: a probability is one of engagement, not of engagement given that a source
 * found the item.
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
    const parts: FittedPart[] = [treesPart('pointwise', growTrees(fitRows, answered, { kind: 'logistic' }, grow))];
    let goals: FeatureRankerParts['goals'] = {};
    if (kind === 'ensemble') {
      const objective = { kind: 'lambdamart', truncation: 20 } as const;
      parts.push(treesPart('lambdamart', growTrees(fitRows, answered, objective, grow)));
      parts.push(networkPart(await fitDeepRanker(fitRows, answered, {}, context)));
      goals = growGoals(fitRows, answered, options.likedFrom, grow);
    }
    const { factors } = weighParts(await scoreParts(parts, answered), answered);
    const calibration = calibrateScores(combine(await scoreParts(parts, stopping), factors), stopping);
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
          measureChances(combine(await scoreParts(parts, reporting), factors), calibration, reporting)),
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
  score(rows: RankingRows): Promise<Float64Array>;
}

function treesPart(name: string, model: GbdtModel): FittedPart {
  return { name, model, score: async (rows) => predict(model, matrixOf(rows)) };
}

function networkPart(network: DeepRanker): FittedPart {
  return {
    name: 'deep',
    network,
    score: async ({ values, rowCount }) => Float64Array.from(await network.score(values, rowCount)),
  };
}

function scoreParts(parts: readonly FittedPart[], rows: RankingRows): Promise<ScoredPart[]> {
  return Promise.all(parts.map(async ({ name, score }) => ({ name, scores: await score(rows) })));
}

interface GrowContext {
  readonly pool: ThreadPool;
  readonly seed: number;
}

function growTrees(
  rows: RankingRows,
  stopping: RankingRows,
  objective: GbdtConfig['objective'],
  { pool, seed }: GrowContext,
): GbdtModel {
  const setOf = (part: RankingRows): TrainingSet => ({
    features: matrixOf(part),
    labels: part.labels,
    ...(objective.kind === 'lambdamart' && { groupSizes: part.groupSizes }),
  });
  return fitGbdt(setOf(rows), { ...TREES, objective, seed }, { pool, validation: setOf(stopping) });
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

function calibrateScores(scores: Float64Array, rows: RankingRows): Calibration | undefined {
  if (!rows.labels.includes(1) || !rows.labels.includes(0)) return undefined;
  return fitCalibration(
    { scores, labels: rows.labels, segments: segmentsOfRows(rows) },
    { method: 'platt', minSegmentRows: 5000 },
  );
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
    quality: qualityOf(combine(parts, factors), rows),
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

function combine(parts: readonly ScoredPart[], factors: readonly number[]): Float64Array {
  const total = new Float64Array(parts[0].scores.length);
  for (const [index, { scores }] of parts.entries()) {
    for (let row = 0; row < total.length; row++) total[row] += factors[index] * scores[row];
  }
  return total;
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
