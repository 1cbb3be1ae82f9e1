import { type FeatureBins, MISSING_BIN } from '../features/feature-bins.ts';

/** Constraints and regularisation of a split. Gradients and hessians are in units of the loss, not fixed point. */
export interface SplitRules {
  readonly l1: number;
  readonly l2: number;
  readonly minChildWeight: number;
  readonly minSplitGain: number;
  readonly categoricalSmoothing: number;
  /** Loss units per fixed-point unit; powers of two. */
  readonly gradientUnit: number;
  readonly hessianUnit: number;
}

/** A feature that a leaf may be split on. */
export interface SplitFeature {
  /** Column number. */
  readonly index: number;
  readonly bins: FeatureBins;
  /** Monotone constraint: 1, −1, or 0 for none. */
  readonly direction: number;
}

/** Sums and bounds of the leaf to split. Sums are fixed point. */
export interface LeafTotals {
  readonly gradient: number;
  readonly hessian: number;
  /** Bounds on the leaf's value (monotone constraints). */
  readonly lowest: number;
  readonly highest: number;
}

export interface Split {
  readonly feature: number;
  /** Loss reduction: half the usual difference of scores, without the learning rate. */
  readonly gain: number;
  /** Numeric: bins ≤ `bin` go left. */
  readonly bin: number;
  /** Categorical: these bins go to the side that missing values do not take. */
  readonly categoryBins: readonly number[] | undefined;
  readonly missingLeft: boolean;
  /** Fixed point. */
  readonly leftGradient: number;
  readonly leftHessian: number;
}

/**
 * Returns the best leaf value without the learning rate: −T(G) / (H + l2), within the bounds.
 *
 * T is the soft threshold by l1.
 */
export function leafWeight(
  gradient: number,
  hessian: number,
  rules: SplitRules,
  lowest: number,
  highest: number,
): number {
  const denominator = hessian * rules.hessianUnit + rules.l2;
  if (!(denominator > 0)) return Math.min(Math.max(0, lowest), highest);
  const weight = -softThreshold(gradient * rules.gradientUnit, rules.l1) / denominator;
  return Math.min(Math.max(weight, lowest), highest);
}

function softThreshold(gradient: number, l1: number): number {
  if (gradient > l1) return gradient - l1;
  if (gradient < -l1) return gradient + l1;
  return 0;
}

/** Returns the loss at the best value within the bounds: G w + ½ (H + l2) w² + l1 |w|. */
function leafLoss(gradient: number, hessian: number, rules: SplitRules, lowest: number, highest: number): number {
  const weight = leafWeight(gradient, hessian, rules, lowest, highest);
  const curvature = hessian * rules.hessianUnit + rules.l2;
  return gradient * rules.gradientUnit * weight + 0.5 * curvature * weight * weight + rules.l1 * Math.abs(weight);
}

/**
 * Returns the best split of one leaf on one feature, or undefined if none gains more than `minSplitGain`.
 *
 * @param cells Histograms; the feature's cells start at `cellsAt` as [256][gradient, hessian], fixed point.
 * @remarks Ties go to the lower bin, then to missing values on the left.
 */
export function findSplit(
  feature: SplitFeature,
  cells: Float64Array,
  cellsAt: number,
  leaf: LeafTotals,
  rules: SplitRules,
): Split | undefined {
  if (feature.bins.kind === 'categorical') return findCategoricalSplit(feature, cells, cellsAt, leaf, rules);
  const isBounded = leaf.lowest > Number.NEGATIVE_INFINITY || leaf.highest < Number.POSITIVE_INFINITY;
  return feature.direction === 0 && !isBounded && rules.l1 === 0
    ? findPlainSplit(feature, cells, cellsAt, leaf, rules)
    : findBoundedSplit(feature, cells, cellsAt, leaf, rules);
}

/**
 * The fast search for the common case: no constraint and no l1.
 *
 * It works in fixed-point units throughout (l2 and the minimum weight are scaled once) and compares G_L² / (H_L + l2) +
 * G_R² / (H_R + l2), since the parent's term is the same for all splits.
 */
export function findPlainSplit(
  feature: SplitFeature,
  cells: Float64Array,
  cellsAt: number,
  leaf: LeafTotals,
  rules: SplitRules,
): Split | undefined {
  const { binCount } = feature.bins;
  const { gradient, hessian } = leaf;
  const l2 = rules.l2 / rules.hessianUnit;
  const leastWeight = Math.max(rules.minChildWeight / rules.hessianUnit, 1);
  const missingGradient = cells[cellsAt + 2 * MISSING_BIN];
  const missingHessian = cells[cellsAt + 2 * MISSING_BIN + 1];
  const hasMissing = missingGradient !== 0 || missingHessian !== 0;
  const parentScore = (gradient * gradient) / (hessian + l2);
  const gainUnit = (0.5 * rules.gradientUnit * rules.gradientUnit) / rules.hessianUnit;
  // A gain below the rounding error of the scores does not count.
  let bestScore = parentScore * (1 + 1e-12) + rules.minSplitGain / gainUnit;
  let bestBin = 0;
  let bestMissingLeft = false;
  let bestGradient = 0;
  let bestHessian = 0;
  let leftGradient = 0;
  let leftHessian = 0;
  // A split after the last bin separates missing values from all others.
  const lastBin = hasMissing ? binCount : binCount - 1;
  for (let bin = 1; bin <= lastBin; bin++) {
    const binHessian = cells[cellsAt + 2 * bin + 1];
    leftGradient += cells[cellsAt + 2 * bin];
    leftHessian += binHessian;
    if (hasMissing && leftHessian + missingHessian >= leastWeight) {
      const rightHessian = hessian - leftHessian - missingHessian;
      if (rightHessian >= leastWeight) {
        const withMissing = leftGradient + missingGradient;
        const rightGradient = gradient - withMissing;
        const score =
          (withMissing * withMissing) / (leftHessian + missingHessian + l2) +
          (rightGradient * rightGradient) / (rightHessian + l2);
        if (score > bestScore) {
          bestScore = score;
          bestBin = bin;
          bestMissingLeft = true;
          bestGradient = withMissing;
          bestHessian = leftHessian + missingHessian;
        }
      }
    }
    const rightHessian = hessian - leftHessian;
    if (leftHessian >= leastWeight && rightHessian >= leastWeight) {
      const rightGradient = gradient - leftGradient;
      const score =
        (leftGradient * leftGradient) / (leftHessian + l2) + (rightGradient * rightGradient) / (rightHessian + l2);
      if (score > bestScore) {
        bestScore = score;
        bestBin = bin;
        bestMissingLeft = !hasMissing && 2 * leftHessian >= hessian;
        bestGradient = leftGradient;
        bestHessian = leftHessian;
      }
    }
  }
  if (bestBin === 0) return undefined;
  return {
    feature: feature.index,
    gain: (bestScore - parentScore) * gainUnit,
    bin: bestBin,
    categoryBins: undefined,
    missingLeft: bestMissingLeft,
    leftGradient: bestGradient,
    leftHessian: bestHessian,
  };
}

/** The general search, written from the definition: supports l1, bounds on leaf values, and a monotone direction. */
export function findBoundedSplit(
  feature: SplitFeature,
  cells: Float64Array,
  cellsAt: number,
  leaf: LeafTotals,
  rules: SplitRules,
): Split | undefined {
  const { direction } = feature;
  const { binCount } = feature.bins;
  const missing = { gradient: cells[cellsAt + 2 * MISSING_BIN], hessian: cells[cellsAt + 2 * MISSING_BIN + 1] };
  const hasMissing = missing.gradient !== 0 || missing.hessian !== 0;
  let best: Split | undefined;
  let leftGradient = 0;
  let leftHessian = 0;
  for (let bin = 1; bin <= (hasMissing ? binCount : binCount - 1); bin++) {
    leftGradient += cells[cellsAt + 2 * bin];
    leftHessian += cells[cellsAt + 2 * bin + 1];
    for (const missingLeft of hasMissing ? [true, false] : [2 * leftHessian >= leaf.hessian]) {
      const left =
        hasMissing && missingLeft
          ? { gradient: leftGradient + missing.gradient, hessian: leftHessian + missing.hessian }
          : { gradient: leftGradient, hessian: leftHessian };
      const gain = splitGain(left, leaf, direction, rules);
      if (gain > (best?.gain ?? rules.minSplitGain)) {
        const { gradient, hessian } = left;
        best = {
          feature: feature.index,
          gain,
          bin,
          categoryBins: undefined,
          missingLeft,
          leftGradient: gradient,
          leftHessian: hessian,
        };
      }
    }
  }
  return best;
}

/** Returns the loss reduction of a split; −Infinity if a child is too light or violates the direction. */
function splitGain(
  left: { readonly gradient: number; readonly hessian: number },
  leaf: LeafTotals,
  direction: number,
  rules: SplitRules,
): number {
  const { lowest, highest } = leaf;
  const rightGradient = leaf.gradient - left.gradient;
  const rightHessian = leaf.hessian - left.hessian;
  const leastWeight = Math.max(rules.minChildWeight / rules.hessianUnit, 1);
  if (!(left.hessian >= leastWeight && rightHessian >= leastWeight)) return Number.NEGATIVE_INFINITY;
  if (direction !== 0) {
    const leftWeight = leafWeight(left.gradient, left.hessian, rules, lowest, highest);
    const rightWeight = leafWeight(rightGradient, rightHessian, rules, lowest, highest);
    if (direction * (rightWeight - leftWeight) < 0) return Number.NEGATIVE_INFINITY;
  }
  const parentLoss = leafLoss(leaf.gradient, leaf.hessian, rules, lowest, highest);
  const leftLoss = leafLoss(left.gradient, left.hessian, rules, lowest, highest);
  const rightLoss = leafLoss(rightGradient, rightHessian, rules, lowest, highest);
  const gain = parentLoss - leftLoss - rightLoss;
  return gain > 1e-12 * Math.abs(parentLoss) ? gain : Number.NEGATIVE_INFINITY;
}

/**
 * Finds the best split on a categorical feature.
 *
 * Categories that occur in the leaf are ordered by gradient ÷ (hessian + smoothing). For a convex loss without
 * smoothing, the best two-way partition is a prefix of that order (Fisher 1958). Missing values and categories that do
 * not occur in the leaf go to the same side, chosen by gain.
 */
function findCategoricalSplit(
  feature: SplitFeature,
  cells: Float64Array,
  cellsAt: number,
  leaf: LeafTotals,
  rules: SplitRules,
): Split | undefined {
  const { binCount } = feature.bins;
  const smoothing = rules.categoricalSmoothing / rules.hessianUnit;
  const present: { bin: number; gradient: number; hessian: number; ratio: number }[] = [];
  for (let bin = 1; bin <= binCount; bin++) {
    const gradient = cells[cellsAt + 2 * bin];
    const hessian = cells[cellsAt + 2 * bin + 1];
    if (gradient !== 0 || hessian !== 0)
      present.push({ bin, gradient, hessian, ratio: gradient / (hessian + smoothing) });
  }
  present.sort((a, b) => a.ratio - b.ratio || a.bin - b.bin);
  const missing = { gradient: cells[cellsAt + 2 * MISSING_BIN], hessian: cells[cellsAt + 2 * MISSING_BIN + 1] };
  const hasMissing = missing.gradient !== 0 || missing.hessian !== 0;

  let best: { gain: number; count: number; missingLeft: boolean; gradient: number; hessian: number } | undefined;
  let leftGradient = 0;
  let leftHessian = 0;
  for (let count = 1; count <= present.length; count++) {
    leftGradient += present[count - 1].gradient;
    leftHessian += present[count - 1].hessian;
    for (const missingLeft of hasMissing ? [true, false] : [2 * leftHessian >= leaf.hessian]) {
      const joins = hasMissing && missingLeft;
      const gradient = leftGradient + (joins ? missing.gradient : 0);
      const hessian = leftHessian + (joins ? missing.hessian : 0);
      const gain = splitGain({ gradient, hessian }, leaf, 0, rules);
      if (gain > (best?.gain ?? rules.minSplitGain)) best = { gain, count, missingLeft, gradient, hessian };
    }
  }
  if (!best) return undefined;
  const { count } = best;
  const away = best.missingLeft ? present.slice(count) : present.slice(0, count);
  return {
    feature: feature.index,
    gain: best.gain,
    bin: 0,
    categoryBins: away.map(({ bin }) => bin),
    missingLeft: best.missingLeft,
    leftGradient: best.gradient,
    leftHessian: best.hessian,
  };
}

/** Fills `goesLeft` [256] for a split. Partitioning and the scoring of unsampled rows share this rule. */
export function fillGoesLeft(split: Split, goesLeft: Uint8Array): void {
  if (split.categoryBins) {
    goesLeft.fill(split.missingLeft ? 1 : 0);
    for (const bin of split.categoryBins) goesLeft[bin] = split.missingLeft ? 0 : 1;
    return;
  }
  goesLeft.fill(0);
  goesLeft.fill(1, 1, split.bin + 1);
  goesLeft[MISSING_BIN] = split.missingLeft ? 1 : 0;
}
