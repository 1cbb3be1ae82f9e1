import { MatineeError } from '@matinee/numerics';
import type { TrainingSet } from '../features/feature-matrix.ts';

/**
 * Returns a sum that does not depend on the order of its terms.
 *
 * Each term is rounded to a common fixed point that keeps the sum below 2^53, where doubles add without error. The
 * precision is about n · 2^−52 of the largest term.
 */
function orderFreeSum(count: number, term: (index: number) => number): number {
  let largest = 0;
  for (let index = 0; index < count; index++) largest = Math.max(largest, Math.abs(term(index)));
  if (largest === 0) return 0;
  const unit = 2 ** (Math.ceil(Math.log2(largest)) + Math.ceil(Math.log2(count + 1)) - 52);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += Math.round(term(index) / unit);
  return sum * unit;
}

/**
 * Returns the constant that minimises the loss: log-odds of the positive share, or the mean.
 *
 * LambdaMART starts from 0.
 *
 * @throws {MatineeError} `BAD_LABELS` for logistic labels other than 0 and 1; `ONE_CLASS` when all labels are the same.
 */
export function baseScoreOf(kind: 'logistic' | 'squared-error', { labels, weights }: TrainingSet): number {
  if (kind === 'logistic') {
    const bad = labels.findIndex((label) => label !== 0 && label !== 1);
    if (bad >= 0) {
      throw new MatineeError('BAD_LABELS', `labels[${bad}] is ${labels[bad]}; the logistic objective needs 0 or 1`);
    }
  }
  const first = weights ? labels[weights.findIndex((weight) => weight > 0)] : labels[0];
  if (!labels.some((label, row) => label !== first && (weights ? weights[row] > 0 : true))) {
    throw new MatineeError(
      'ONE_CLASS',
      `every label with a positive weight is ${first}; there is nothing to learn, so check how labels were made`,
    );
  }
  const total = weights ? orderFreeSum(labels.length, (row) => weights[row]) : labels.length;
  const mean = orderFreeSum(labels.length, (row) => labels[row] * (weights ? weights[row] : 1)) / total;
  return kind === 'logistic' ? Math.log(mean / (1 - mean)) : mean;
}

/** Writes float32 (gradient, hessian) pairs of the loss ½ w (score − label)². */
export function squaredErrorPairs(
  scores: Float64Array,
  labels: Float32Array,
  weights: Float32Array | undefined,
  pairs: Float32Array,
): void {
  for (let row = 0; row < labels.length; row++) {
    const weight = weights ? weights[row] : 1;
    pairs[2 * row] = weight * (scores[row] - labels[row]);
    pairs[2 * row + 1] = weight;
  }
}

/** Returns the weighted loss of raw scores: mean log-loss (nats) or root mean squared error. */
export function pointwiseMetric(
  kind: 'logistic' | 'squared-error',
  scores: Float64Array,
  labels: Float32Array,
  weights?: Float32Array,
): number {
  let total = 0;
  let weightTotal = 0;
  for (let row = 0; row < labels.length; row++) {
    const weight = weights ? weights[row] : 1;
    weightTotal += weight;
    if (kind === 'logistic') {
      // log(1 + e^−m) for margin m, in a form that does not overflow.
      const margin = labels[row] === 1 ? scores[row] : -scores[row];
      total += weight * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
    } else {
      total += weight * (scores[row] - labels[row]) ** 2;
    }
  }
  return kind === 'logistic' ? total / weightTotal : Math.sqrt(total / weightTotal);
}
