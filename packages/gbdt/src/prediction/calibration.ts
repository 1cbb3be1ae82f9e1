import { MatineeError } from '@matinee/numerics';

/** A non-decreasing function from raw score to probability. Plain data, so `JSON.stringify` saves it. */
export type Calibrator =
  | { readonly method: 'platt'; readonly slope: number; readonly intercept: number }
  | {
      readonly method: 'isotonic';
      /** Ascending. Between two scores the probability is interpolated; outside their range it is constant. */
      readonly scores: readonly number[];
      readonly probabilities: readonly number[];
    };

/** One calibrator for all rows, and one for each segment with enough rows. */
export interface Calibration {
  readonly overall: Calibrator;
  readonly segments: Readonly<Record<string, Calibrator>>;
}

export interface CalibrationSet {
  /** Raw scores of rows that were not used in training. */
  readonly scores: Float64Array;
  /** 0 or 1. */
  readonly labels: Float32Array;
  readonly weights?: Float32Array;
  /** Segment of each row, such as its country or device. */
  readonly segments?: readonly string[];
}

export interface CalibrationConfig {
  readonly method: Calibrator['method'];
  /** A segment with fewer rows, or without both classes, uses the overall calibrator. Default 1000. */
  readonly minSegmentRows?: number;
}

/**
 * Fits calibration on held-out scores.
 *
 * Platt scaling fits σ(slope · score + intercept) by Newton's method, with the labels moved towards the middle as Platt
 * advises: (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2). Isotonic regression pools adjacent violators and interpolates between
 * the mean scores of the blocks; rows of equal score are one point. Neither changes the order of two scores in one
 * segment.
 *
 * @throws {MatineeError} `BAD_LABELS`, `ONE_CLASS` or `BAD_CALIBRATION_SET` naming the field at fault.
 * @see Platt (1999), Probabilistic outputs for support vector machines; Zadrozny & Elkan (2002), KDD.
 */
export function fitCalibration(set: CalibrationSet, config: CalibrationConfig): Calibration {
  checkCalibrationSet(set);
  const rowCount = set.scores.length;
  const all = Int32Array.from({ length: rowCount }, (_, row) => row);
  if (!hasBothClasses(set, all)) {
    throw new MatineeError('ONE_CLASS', 'every label is the same; calibration needs rows of both classes');
  }
  const fit = config.method === 'platt' ? fitPlatt : fitIsotonic;
  const minSegmentRows = config.minSegmentRows ?? 1000;
  const rowsOf = new Map<string, number[]>();
  for (const row of set.segments ? all : []) {
    const segment = (set.segments as readonly string[])[row];
    const rows = rowsOf.get(segment);
    if (rows) rows.push(row);
    else rowsOf.set(segment, [row]);
  }
  const segments: Record<string, Calibrator> = {};
  for (const [segment, rows] of [...rowsOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = Int32Array.from(rows);
    if (own.length >= minSegmentRows && hasBothClasses(set, own)) segments[segment] = fit(set, own);
  }
  return { overall: fit(set, all), segments };
}

/** Returns the probability for a raw score. Unknown and small segments use the overall calibrator. */
export function calibrate(calibration: Calibration, score: number, segment?: string): number {
  const { overall, segments } = calibration;
  const calibrator = segment !== undefined && Object.hasOwn(segments, segment) ? segments[segment] : overall;
  if (calibrator.method === 'platt') return 1 / (1 + Math.exp(-(calibrator.slope * score + calibrator.intercept)));
  return interpolate(calibrator.scores, calibrator.probabilities, score);
}

function checkCalibrationSet({ scores, labels, weights, segments }: CalibrationSet): void {
  const columns = { labels, weights, segments };
  for (const [name, column] of Object.entries(columns)) {
    if (column && column.length !== scores.length) {
      throw new MatineeError(
        'BAD_CALIBRATION_SET',
        `${name} has ${column.length} rows and scores has ${scores.length}`,
      );
    }
  }
  const badScore = scores.findIndex((score) => !Number.isFinite(score));
  if (badScore >= 0) {
    throw new MatineeError('BAD_CALIBRATION_SET', `scores[${badScore}] is ${scores[badScore]}; it must be finite`);
  }
  const badWeight = weights ? weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight))) : -1;
  if (badWeight >= 0) {
    throw new MatineeError('BAD_CALIBRATION_SET', `weights[${badWeight}] must be finite and ≥ 0`);
  }
  const badLabel = labels.findIndex((label) => label !== 0 && label !== 1);
  if (badLabel >= 0) {
    throw new MatineeError('BAD_LABELS', `labels[${badLabel}] is ${labels[badLabel]}; calibration needs 0 or 1`);
  }
}

function hasBothClasses({ labels, weights }: CalibrationSet, rows: Int32Array): boolean {
  const counts = [0, 0];
  for (const row of rows) if (!weights || weights[row] > 0) counts[labels[row]]++;
  return counts[0] > 0 && counts[1] > 0;
}

function fitPlatt({ scores, labels, weights }: CalibrationSet, rows: Int32Array): Calibrator {
  const weightOf = (row: number): number => (weights ? weights[row] : 1);
  const totals = [0, 0];
  for (const row of rows) totals[labels[row]] += weightOf(row);
  const targets = [1 / (totals[0] + 2), (totals[1] + 1) / (totals[1] + 2)];
  const loss = (slope: number, intercept: number): number => {
    let sum = 0;
    for (const row of rows) {
      const z = slope * scores[row] + intercept;
      sum += weightOf(row) * (Math.max(z, 0) - z * targets[labels[row]] + Math.log1p(Math.exp(-Math.abs(z))));
    }
    return sum;
  };
  let slope = 0;
  let intercept = Math.log((totals[1] + 1) / (totals[0] + 1));
  let current = loss(slope, intercept);
  for (let round = 0; round < 100; round++) {
    let [gradientSlope, gradientIntercept, h11, h12, h22] = [0, 0, 1e-12, 0, 1e-12];
    for (const row of rows) {
      const score = scores[row];
      const probability = 1 / (1 + Math.exp(-(slope * score + intercept)));
      const residual = weightOf(row) * (probability - targets[labels[row]]);
      const curvature = weightOf(row) * probability * (1 - probability);
      gradientSlope += residual * score;
      gradientIntercept += residual;
      h11 += curvature * score * score;
      h12 += curvature * score;
      h22 += curvature;
    }
    const determinant = h11 * h22 - h12 * h12;
    if (!(determinant > 0)) break; // all scores are equal, and the intercept alone is already optimal
    const stepSlope = (h22 * gradientSlope - h12 * gradientIntercept) / determinant;
    const stepIntercept = (h11 * gradientIntercept - h12 * gradientSlope) / determinant;
    // Halve the step until the loss falls; close to the optimum no step lowers it.
    let share = 1;
    let next = loss(slope - stepSlope, intercept - stepIntercept);
    while (!(next <= current) && share > 1e-6) {
      share /= 2;
      next = loss(slope - share * stepSlope, intercept - share * stepIntercept);
    }
    if (!(next <= current)) break;
    slope -= share * stepSlope;
    intercept -= share * stepIntercept;
    if (current - next <= 1e-12 * Math.abs(current)) break;
    current = next;
  }
  // A negative slope would silently reverse the ranking of the model.
  if (slope < 0) return { method: 'platt', slope: 0, intercept: Math.log((totals[1] + 1) / (totals[0] + 1)) };
  return { method: 'platt', slope, intercept };
}

interface Block {
  weight: number;
  /** Weighted sums. */
  score: number;
  label: number;
}

function fitIsotonic({ scores, labels, weights }: CalibrationSet, rows: Int32Array): Calibrator {
  const sorted = rows.slice().sort((a, b) => scores[a] - scores[b]);
  const blocks: Block[] = [];
  const mean = ({ label, weight }: Block): number => label / weight;
  let lastScore = Number.NaN;
  const pool = (): void => {
    const top = blocks.pop() as Block;
    const below = blocks[blocks.length - 1];
    below.weight += top.weight;
    below.score += top.score;
    below.label += top.label;
  };
  const settle = (): void => {
    while (blocks.length > 1 && mean(blocks[blocks.length - 2]) >= mean(blocks[blocks.length - 1])) pool();
  };
  for (const row of sorted) {
    const weight = weights ? weights[row] : 1;
    if (weight === 0) continue;
    const isTied = scores[row] === lastScore;
    if (!isTied) settle();
    blocks.push({ weight, score: weight * scores[row], label: weight * labels[row] });
    if (isTied) pool();
    lastScore = scores[row];
  }
  settle();
  return {
    method: 'isotonic',
    scores: blocks.map(({ score, weight }) => score / weight),
    probabilities: blocks.map(mean),
  };
}

function interpolate(scores: readonly number[], probabilities: readonly number[], score: number): number {
  const last = scores.length - 1;
  if (!(score > scores[0])) return probabilities[0];
  if (score >= scores[last]) return probabilities[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle] <= score) low = middle;
    else high = middle;
  }
  const share = (score - scores[low]) / (scores[high] - scores[low]);
  return probabilities[low] + share * (probabilities[high] - probabilities[low]);
}
