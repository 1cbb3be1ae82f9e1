/**
 * Selects the `k` highest scores in descending order; ties go to the lower index, so equal input gives equal output.
 *
 * NaN and −Infinity mark positions that may not be selected, so fewer than `k` indices may come back.
 *
 * @param scores Length n; not modified.
 * @param excluded Non-zero = may not be selected either; nor may what it does not reach.
 * @returns Indices into `scores`, best first, length ≤ min(k, n).
 * @remarks O(n + k log k) for scores spread over their range, O(n log n) at worst.
 */
export function topK(scores: Float32Array, k: number, excluded?: Uint8Array): Int32Array {
  if (k <= 0) return new Int32Array(0);
  const floor = k < scores.length ? findFloor(scores, k, excluded) : Number.NEGATIVE_INFINITY;
  const selected = new Int32Array(scores.length);
  let count = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    // False for NaN, as every comparison with a score here.
    const isAllowed = excluded === undefined || excluded[index] === 0;
    if (isAllowed && score >= floor && score > Number.NEGATIVE_INFINITY) selected[count++] = index;
  }
  return sortByScore(selected.subarray(0, count), scores).slice(0, k);
}

const BINS = 1024;
const counts = new Int32Array(BINS);

/** A score that at least `k` reach and hardly more: the foot of a bin of a histogram over the range of the scores. */
function findFloor(scores: Float32Array, k: number, excluded: Uint8Array | undefined): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    if (score < lowest && score > Number.NEGATIVE_INFINITY) lowest = score;
    if (score > highest) highest = score;
  }
  const perUnit = BINS / (highest - lowest);
  // One value, or a range without an end: nothing to divide.
  if (!(perUnit > 0) || perUnit === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  counts.fill(0);
  for (let index = 0; index < scores.length; index++) {
    const bin = (scores[index] - lowest) * perUnit;
    const isAllowed = excluded === undefined || excluded[index] === 0;
    if (isAllowed && bin >= 0) counts[Math.min(BINS - 1, bin | 0)]++;
  }
  let reached = 0;
  for (let bin = BINS - 1; bin > 0; bin--) {
    reached += counts[bin];
    // Half a bin lower than its foot: rounding must not lose what was counted in it.
    if (reached >= k) return lowest + (bin - 0.5) / perUnit;
  }
  return Number.NEGATIVE_INFINITY;
}

const bits = new Int32Array(1);
const asFloat = new Float32Array(bits.buffer);
/** Positions that fit beside the 32 bits of a score into the 53 exact bits of a double. */
const POSITIONS = 2 ** 21;

/** Best first, ties by lower index. One number holds score and index, so that the engine's own sort is used. */
function sortByScore(indices: Int32Array, scores: Float32Array): Int32Array {
  if (scores.length > POSITIONS) return indices.sort((a, b) => scores[b] - scores[a] || a - b);
  const keys = new Float64Array(indices.length);
  for (let at = 0; at < indices.length; at++) {
    asFloat[0] = scores[indices[at]] + 0; // −0 becomes 0: they are equal
    // As integers, negative floats ascend towards −0: turned around, all of them ascend. Negated: best first.
    const ordered = bits[0] < 0 ? -(bits[0] & 0x7fffffff) : bits[0];
    keys[at] = -ordered * POSITIONS + indices[at];
  }
  keys.sort();
  for (let at = 0; at < keys.length; at++) {
    const index = keys[at] % POSITIONS;
    indices[at] = index < 0 ? index + POSITIONS : index;
  }
  return indices;
}
