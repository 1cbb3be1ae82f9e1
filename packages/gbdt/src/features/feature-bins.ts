import { createRandom, MatineeError } from '@matinee/numerics';
import type { FeatureMatrix } from './feature-matrix.ts';
import { sortFloat32 } from './radix-sort.ts';

/** Bin 0 of every feature holds missing values; real values use bins 1 … `binCount`. */
export const MISSING_BIN = 0;
/** Histogram slots per feature: a bin index is one byte. */
export const BIN_SLOTS = 256;
/** Category codes are integers below this, so a split is a bit set of at most 8 KiB. */
const MAX_CATEGORY_CODE = 65536;

/** How the values of one feature map to bins. */
export type FeatureBins =
  | {
      readonly kind: 'numeric';
      /** Ascending. Bin `b` ≥ 1 holds `cuts[b − 2] < x ≤ cuts[b − 1]`; the first and last bins are unbounded. */
      readonly cuts: Float32Array;
      /** Number of bins for real values: `cuts.length + 1`. */
      readonly binCount: number;
    }
  | {
      readonly kind: 'categorical';
      /** `codes[b − 1]` is the category of bin `b`, most frequent first. Rarer codes count as missing. */
      readonly codes: Int32Array;
      readonly binCount: number;
      /** Codes left out because there were more than `maxBins`; for diagnostics only. */
      readonly droppedCodeCount: number;
    };

/**
 * Chooses quantile bins from at most `sampleRows` rows.
 *
 * A feature with at most `maxBins` distinct values gets one bin per value, cut at midpoints. Otherwise values are taken
 * in ascending order, and a bin closes when it holds its share of the remaining rows. A frequent value therefore gets a
 * bin of its own and the other bins are rebalanced. Sample weights do not affect the cuts.
 *
 * @param features Shape [rowCount, featureCount].
 * @param categorical Column numbers whose values are category codes: integers in [0, 65536).
 * @param maxBins Number of bins for real values, 2 … 255; missing values use one more.
 * @throws {MatineeError} `BAD_FEATURES` when a categorical column holds anything but codes and NaN.
 * @remarks Time O(featureCount · s) for s sampled rows; scratch memory of 8 bytes per sampled row.
 */
export function fitFeatureBins(
  features: FeatureMatrix,
  categorical: ReadonlySet<number>,
  maxBins: number,
  sampleRows: number,
  seed: number,
): readonly FeatureBins[] {
  const rows = features.rowCount > sampleRows ? sampleOfRows(features.rowCount, sampleRows, seed) : undefined;
  const scratch = new Float32Array(rows?.length ?? features.rowCount);
  const sortScratch = new Float32Array(scratch.length);
  return features.featureNames.map((name, feature) =>
    categorical.has(feature)
      ? categoricalBins(features, feature, name, maxBins)
      : numericBins(sortFloat32(presentValues(features, feature, rows, scratch), sortScratch), maxBins),
  );
}

/** Returns the bin of one raw value. The training kernel does the same for whole blocks. */
export function binOf(bins: FeatureBins, value: number): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  if (bins.kind === 'categorical') return bins.codes.indexOf(value) + 1;
  let low = 0;
  let high = bins.cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bins.cuts[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

/** Returns a random sample of row numbers, ascending so that the rows are read in memory order. */
function sampleOfRows(rowCount: number, sampleRows: number, seed: number): Int32Array {
  // Selection sampling (Knuth, TAOCP 2, algorithm S): each row is taken with probability needed / left.
  const random = createRandom(seed).fork('bins');
  const rows = new Int32Array(sampleRows);
  let taken = 0;
  for (let row = 0; taken < sampleRows; row++) {
    if (random.next() * (rowCount - row) < sampleRows - taken) rows[taken++] = row;
  }
  return rows;
}

function presentValues(
  { rowCount, featureNames, values }: FeatureMatrix,
  feature: number,
  rows: Int32Array | undefined,
  scratch: Float32Array,
): Float32Array {
  const stride = featureNames.length;
  const count = rows?.length ?? rowCount;
  let present = 0;
  for (let position = 0; position < count; position++) {
    const value = values[(rows ? rows[position] : position) * stride + feature];
    // Adding 0 turns −0 into 0, so the two count as one value.
    if (!Number.isNaN(value)) scratch[present++] = value + 0;
  }
  return scratch.subarray(0, present);
}

function numericBins(sorted: Float32Array, maxBins: number): FeatureBins {
  const distinct = countDistinct(sorted, maxBins);
  const cuts: number[] = [];
  let rowsLeft = sorted.length;
  let inBin = 0;
  for (let position = 0; position < sorted.length; ) {
    const value = sorted[position];
    let next = position + 1;
    while (next < sorted.length && sorted[next] === value) next++;
    if (next === sorted.length) break;
    inBin += next - position;
    const binsLeft = maxBins - cuts.length;
    if (distinct <= maxBins || inBin * binsLeft >= rowsLeft) {
      cuts.push(cutBetween(value, sorted[next]));
      rowsLeft -= inBin;
      inBin = 0;
      if (cuts.length === maxBins - 1) break;
    }
    position = next;
  }
  return { kind: 'numeric', cuts: new Float32Array(cuts), binCount: cuts.length + 1 };
}

/** Counts distinct values, but stops at `limit + 1`. */
function countDistinct(sorted: Float32Array, limit: number): number {
  let distinct = sorted.length > 0 ? 1 : 0;
  for (let position = 1; position < sorted.length && distinct <= limit; position++) {
    if (sorted[position] !== sorted[position - 1]) distinct++;
  }
  return distinct;
}

/** Returns a float32 `cut` with `lower ≤ cut < upper`: the midpoint, if float32 can represent one. */
function cutBetween(lower: number, upper: number): number {
  const middle = Math.fround(lower / 2 + upper / 2);
  return middle >= lower && middle < upper && Number.isFinite(middle) ? middle : lower;
}

function categoricalBins(
  { rowCount, featureNames, values }: FeatureMatrix,
  feature: number,
  name: string,
  maxBins: number,
): FeatureBins {
  const stride = featureNames.length;
  const counts = new Map<number, number>();
  for (let row = 0; row < rowCount; row++) {
    const code = values[row * stride + feature];
    if (Number.isNaN(code)) continue;
    if (!(Number.isInteger(code) && code >= 0 && code < MAX_CATEGORY_CODE)) {
      throw new MatineeError(
        'BAD_FEATURES',
        `row ${row} of categorical feature "${name}" is ${code}; categories are integers from 0 to ${MAX_CATEGORY_CODE - 1}, or NaN for missing`,
      );
    }
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const kept = ranked.slice(0, maxBins).map(([code]) => code);
  return {
    kind: 'categorical',
    codes: Int32Array.from(kept),
    binCount: kept.length,
    droppedCodeCount: ranked.length - kept.length,
  };
}
