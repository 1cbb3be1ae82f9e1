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
import type { RankingRows } from './collect-ranking-rows.ts';
import { createFeatureRanker, type FeatureRankerParts, type WeightedTrees } from './feature-ranker.ts';
import type { Ranker } from './ranker.ts';
import { qualityOf, weighParts } from './score-parts.ts';

export interface FitRankerOptions {
  readonly kind: 'trees' | 'ensemble';
  readonly schema: FeatureSchema;
  readonly seed: number;
  /** One a core where absent. Changes no result. */
  readonly threadCount?: number;
  checkpoint(done: number, total: number): Promise<void>;
}

/** Shared by all trees; chosen on validation, docs/models/rankers.md has the comparison. */
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

/** A rating from here up says "liked": 4 of 5. */
const LIKED_FROM = 4;
/** Fewer rated targets teach nobody what is liked. */
const MIN_RATED = 200;

/**
 * Fits a ranker on what the sources were not fitted on.
 *
 * @param fitRows What trees are grown on.
 * @param stopping Of other users: decides when to stop, how much each part counts, and the calibration.
 * @param reporting Of yet other users: only for the metrics that the ranker reports of itself.
 */
export async function fitRanker(
  fitRows: RankingRows,
  stopping: RankingRows,
  reporting: RankingRows,
  options: FitRankerOptions,
): Promise<Ranker> {
  const { kind, schema, seed, checkpoint } = options;
  const pool = await openThreadPool(options.threadCount ?? 1);
  try {
    const total = kind === 'trees' ? 1 : 4;
    const watch = [
      { name: 'pointwise', model: await growTrees(fitRows, stopping, { kind: 'logistic' }, { pool, seed }) },
    ];
    await checkpoint(1, total);
    if (kind === 'ensemble') {
      const objective = { kind: 'lambdamart', truncation: 20 } as const;
      watch.push({ name: 'lambdamart', model: await growTrees(fitRows, stopping, objective, { pool, seed }) });
      await checkpoint(2, total);
    }
    const goals = kind === 'ensemble' ? await growGoals(fitRows, stopping, { pool, seed }) : {};
    await checkpoint(total, total);
    const { factors } = weighParts(
      watch.map(({ name, model }) => ({ name, scores: predict(model, matrixOf(stopping)) })),
      stopping,
    );
    const weighted = watch.map((part, index) => ({ ...part, factor: factors[index] }));
    const calibration = calibrateScores(weighted, stopping);
    return createFeatureRanker({
      featureNames: schema.names,
      schemaHash: schema.hash,
      watch: weighted.filter(({ factor }) => factor > 0),
      goals,
      ...(calibration && { calibration }),
      mostEvents: largest(fitRows, 'item_events'),
      metrics: Object.fromEntries(
        Object.entries(measure(weighted, calibration, fitRows, reporting)).filter(([, value]) =>
          Number.isFinite(value),
        ),
      ),
    });
  } finally {
    await pool.close();
  }
}

interface GrowContext {
  readonly pool: ThreadPool;
  readonly seed: number;
}

async function growTrees(
  rows: RankingRows,
  stopping: RankingRows,
  objective: GbdtConfig['objective'],
  { pool, seed }: GrowContext,
): Promise<GbdtModel> {
  const setOf = (part: RankingRows): TrainingSet => ({
    features: matrixOf(part),
    labels: part.labels,
    ...(objective.kind === 'lambdamart' ? { groupSizes: part.groupSizes } : { weights: part.weights }),
  });
  return fitGbdt(setOf(rows), { ...TREES, objective, seed }, { pool, validation: setOf(stopping) });
}

/** Trees for what a target is thought of, grown on targets alone. */
async function growGoals(
  rows: RankingRows,
  stopping: RankingRows,
  context: GrowContext,
): Promise<FeatureRankerParts['goals']> {
  const liked = growGoal(rows, stopping, (part, row) => part.ratings[row] >= LIKED_FROM, context);
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

function calibrateScores(watch: readonly WeightedTrees[], rows: RankingRows): Calibration | undefined {
  if (!rows.labels.includes(1) || !rows.labels.includes(0)) return undefined;
  const scores = combine(watch, rows);
  // Through single precision, as requests see them.
  return fitCalibration(
    { scores, labels: rows.labels, weights: rows.weights, segments: segmentsOfRows(rows) },
    { method: 'platt', minSegmentRows: 5000 },
  );
}

function measure(
  watch: readonly WeightedTrees[],
  calibration: Calibration | undefined,
  fitRows: RankingRows,
  rows: RankingRows,
): Record<string, number> {
  const metrics: Record<string, number> = {
    'rows.fit': fitRows.rowCount,
    'queries.fit': fitRows.groupSizes.length,
    'queries.reported': rows.groupSizes.length,
  };
  for (const { name, factor, model } of watch) {
    metrics[`trees.${name}`] = model.trees.starts.length - 1;
    metrics[`factor.${name}`] = factor;
    metrics[`quality.${name}`] = qualityOf(predict(model, matrixOf(rows)), rows);
  }
  const scores = combine(watch, rows);
  metrics['quality'] = qualityOf(scores, rows);
  const blend = rows.featureNames.indexOf('blend_score');
  const width = rows.featureNames.length;
  metrics['quality.blend'] = qualityOf(
    Float64Array.from(rows.labels, (_, row) => rows.values[row * width + blend]),
    rows,
  );
  if (calibration === undefined || !rows.labels.includes(1)) return metrics;
  const segments = segmentsOfRows(rows);
  const chances = Array.from(scores, (score, row) => calibrate(calibration, score, segments[row]));
  metrics['auc'] = auc(scores, rows.labels);
  metrics['logLoss'] = logLoss(chances, rows.labels);
  metrics['ece'] = expectedCalibrationError(chances, rows.labels);
  for (const segment of new Set(segments)) {
    const own = chances.map((_, row) => row).filter((row) => segments[row] === segment);
    metrics[`ece.${segment}`] = expectedCalibrationError(
      own.map((row) => chances[row]),
      own.map((row) => rows.labels[row]),
    );
  }
  return metrics;
}

function combine(watch: readonly WeightedTrees[], rows: RankingRows): Float64Array {
  const total = new Float64Array(rows.rowCount);
  for (const { model, factor } of watch) {
    const scores = predict(model, matrixOf(rows));
    for (let row = 0; row < total.length; row++) total[row] += factor * scores[row];
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
  for (let row = 0; row < rowCount; row++) most = Math.max(most, values[row * featureNames.length + column]);
  return most;
}
