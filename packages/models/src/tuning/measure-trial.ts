import {
  type Bootstrap,
  type BootstrapConfig,
  bootstrapUsers,
  type Estimate,
  estimate,
  type PairedDifference,
  pairedDifference,
} from '../evaluation/bootstrap.ts';
import { ACCURACY_METRICS, CUTOFFS, measureAccuracy } from '../evaluation/measure.ts';
import { totalByUser } from '../evaluation/observation-table.ts';
import { rankFold, type Scorer } from '../evaluation/rank-fold.ts';
import type { Fold, RecallOver } from '../splits/split.ts';

/** What a search can be for: `ndcg@10`, `recall@100`, … */
export const TUNING_METRICS: readonly string[] = ACCURACY_METRICS.flatMap((name) => CUTOFFS.map((k) => `${name}@${k}`));

export interface MeasureTrialOptions {
  /** One of {@link TUNING_METRICS}. */
  readonly metric: string;
  readonly itemCount: number;
  readonly recallOver: RecallOver;
  checkpoint(done: number, total: number): Promise<void>;
}

/**
 * One metric of a fitted model on every query of a fold, full catalogue.
 *
 * @param validation Of the model's own validation, never of a test: what is chosen by this has seen its answers.
 * @returns In the order of the queries.
 */
export async function measureTrial(
  model: Scorer,
  validation: Fold,
  { metric, itemCount, recallOver, checkpoint }: MeasureTrialOptions,
): Promise<Float64Array> {
  const depth = Number(metric.split('@')[1]);
  const rankings = await rankFold(model, validation, depth, { itemCount, checkpoint });
  const { columns, values } = measureAccuracy(rankings, validation.queries, ({ targets }) => targets, recallOver);
  const column = columns.indexOf(metric);
  return Float64Array.from(validation.queries, (_, query) => values[query * columns.length + column]);
}

/**
 * @param values One a query.
 * @param userIndices User of each query: whole users are resampled.
 */
export function estimateTrial(values: Float64Array, userIndices: Int32Array, config: BootstrapConfig): Estimate {
  return estimate(resample(values, userIndices, config), 'metric');
}

/** `a` minus `b` on the same queries; see {@link estimateTrial}. */
export function compareTrials(
  a: Float64Array,
  b: Float64Array,
  userIndices: Int32Array,
  config: BootstrapConfig,
): PairedDifference {
  return pairedDifference(resample(a, userIndices, config), resample(b, userIndices, config), 'metric');
}

function resample(values: Float64Array, userIndices: Int32Array, config: BootstrapConfig): Bootstrap {
  return bootstrapUsers(totalByUser({ columns: ['metric'], userIndices, values }), config);
}
