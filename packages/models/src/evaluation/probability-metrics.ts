import { MatineeError } from '@matinee/numerics';

/** Probabilities are clipped this far from 0 and 1, so that one confident mistake does not make a mean infinite. */
const EPSILON = 1e-7;

/**
 * Mean negative log-likelihood of the labels, natural logarithm: −(1/n) Σ (y ln p + (1 − y) ln(1 − p)), p clipped to
 * [1e-7, 1 − 1e-7].
 *
 * @param probabilities In [0, 1], length n ≥ 1.
 * @param labels 0 or 1, length n.
 * @throws {MatineeError} `BAD_PROBABILITIES` when the lengths differ, the input is empty or a value is out of range.
 */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPredictions(probabilities, labels);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const probability = Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[row]));
    sum -= labels[row] === 1 ? Math.log(probability) : Math.log(1 - probability);
  }
  return sum / labels.length;
}

/**
 * Normalised entropy: log-loss divided by the log-loss of always predicting the base rate. Below 1 = better than the
 * base rate; NaN when all labels are equal.
 *
 * @throws {MatineeError} `BAD_PROBABILITIES` as {@link logLoss}.
 * @see He et al. (2014), Practical lessons from predicting clicks on ads at Facebook, ADKDD.
 */
export function normalisedEntropy(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPredictions(probabilities, labels);
  let positives = 0;
  for (let row = 0; row < labels.length; row++) positives += labels[row];
  const baseRate = positives / labels.length;
  if (baseRate === 0 || baseRate === 1) return Number.NaN;
  const baseLoss = -(baseRate * Math.log(baseRate) + (1 - baseRate) * Math.log(1 - baseRate));
  return logLoss(probabilities, labels) / baseLoss;
}

/**
 * Area under the ROC curve: the probability that a positive is scored above a negative, ties counting one half
 * (Mann–Whitney U). NaN when one class is missing. Scores need not be probabilities. O(n log n).
 *
 * @throws {MatineeError} `BAD_PROBABILITIES` when the lengths differ, the input is empty, a label is not 0 or 1, or a
 * score is NaN.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkLengths(scores, labels);
  const order = Array.from({ length: labels.length }, (_, row) => row).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let positiveRanks = 0;
  for (let first = 0; first < order.length; ) {
    let end = first;
    let positivesHere = 0;
    while (end < order.length && scores[order[end]] === scores[order[first]]) positivesHere += labels[order[end++]];
    if (end === first) throw new MatineeError('BAD_PROBABILITIES', `score ${order[first]} is NaN`);
    // Tied rows share the mean of the ranks first + 1 … end.
    positiveRanks += positivesHere * ((first + 1 + end) / 2);
    positives += positivesHere;
    first = end;
  }
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (positiveRanks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Expected calibration error with equal-width bins: Σ_b (n_b / n) |mean label − mean probability| over the bins [0,
 * 1/B), …, [1 − 1/B, 1]. In [0, 1]; 0 = perfectly calibrated.
 *
 * @param binCount B ≥ 1.
 * @throws {MatineeError} `BAD_PROBABILITIES` as {@link logLoss}, or when `binCount` is below 1.
 * @see Guo et al. (2017), On calibration of modern neural networks, ICML.
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  binCount = 15,
): number {
  checkPredictions(probabilities, labels);
  if (!(binCount >= 1)) throw new MatineeError('BAD_PROBABILITIES', `binCount must be at least 1; got ${binCount}`);
  const gaps = new Float64Array(binCount); // Σ label − Σ probability; the bin's size cancels
  for (let row = 0; row < labels.length; row++) {
    const bin = Math.min(binCount - 1, Math.floor(probabilities[row] * binCount));
    gaps[bin] += labels[row] - probabilities[row];
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length;
}

function checkLengths(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores.length !== labels.length || labels.length === 0) {
    throw new MatineeError(
      'BAD_PROBABILITIES',
      `need as many predictions as labels, and at least one; got ${scores.length} and ${labels.length}`,
    );
  }
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== 0 && labels[row] !== 1) {
      throw new MatineeError('BAD_PROBABILITIES', `label ${row} is ${labels[row]}; labels are 0 or 1`);
    }
  }
}

function checkPredictions(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void {
  checkLengths(probabilities, labels);
  for (let row = 0; row < labels.length; row++) {
    if (!(probabilities[row] >= 0 && probabilities[row] <= 1)) {
      throw new MatineeError('BAD_PROBABILITIES', `probability ${row} is ${probabilities[row]}; it must be in [0, 1]`);
    }
  }
}
