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
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    if (score < lowest && score > Number.NEGATIVE_INFINITY) lowest = score;
    if (score > highest) highest = score;
  }
  const perUnit = BINS / (highest - lowest);
  // One value, or a range without an end: nothing to divide.
  if (!(perUnit > 0) || perUnit === Number.POSITIVE_INFINITY) return sortAll(scores, excluded).slice(0, k);
  return sortByBin(scores, k, excluded, lowest, perUnit).slice(0, k);
}

const BINS = 1024;
// Filled and read within one call. The highest score alone falls into the last bin.
const counts = new Int32Array(BINS + 1);
/** Where a bin's next index goes. */
const cursors = new Int32Array(BINS + 1);
/** By index; −1: may not be selected. */
let bins = new Int16Array(0);

/** A histogram over the range of the scores: its highest bins that hold `k` of them together, each bin put in order by itself. */
function sortByBin(
  scores: Float32Array,
  k: number,
  excluded: Uint8Array | undefined,
  lowest: number,
  perUnit: number,
): Int32Array {
  if (bins.length < scores.length) bins = new Int16Array(scores.length);
  counts.fill(0);
  for (let index = 0; index < scores.length; index++) {
    const bin = (scores[index] - lowest) * perUnit;
    // False for NaN and −Infinity.
    const isAllowed = bin >= 0 && (excluded === undefined || excluded[index] === 0);
    bins[index] = isAllowed ? bin : -1;
    if (isAllowed) counts[bin | 0]++;
  }
  let reached = 0;
  let lastBin = BINS + 1;
  while (lastBin > 0 && reached < k) {
    cursors[--lastBin] = reached;
    reached += counts[lastBin];
  }
  const selected = new Int32Array(reached);
  for (let index = 0; index < scores.length; index++) {
    const bin = bins[index];
    if (bin >= lastBin) selected[cursors[bin]++] = index;
  }
  for (let bin = BINS, start = 0; bin >= lastBin; start += counts[bin--]) {
    if (counts[bin] > FEW) sortByScore(selected.subarray(start, start + counts[bin]), scores);
    else if (counts[bin] > 1) insert(selected, start, start + counts[bin], scores);
  }
  return selected;
}

/** So many are faster sorted in place. */
const FEW = 24;

/** Puts `indices[start … end − 1]`, which ascend, in order: best first, ties by lower index. */
function insert(indices: Int32Array, start: number, end: number, scores: Float32Array): void {
  for (let next = start + 1; next < end; next++) {
    const index = indices[next];
    const score = scores[index];
    let at = next;
    for (; at > start && scores[indices[at - 1]] < score; at--) indices[at] = indices[at - 1];
    indices[at] = index;
  }
}

function sortAll(scores: Float32Array, excluded: Uint8Array | undefined): Int32Array {
  const selected = new Int32Array(scores.length);
  let count = 0;
  for (let index = 0; index < scores.length; index++) {
    const isAllowed = excluded === undefined || excluded[index] === 0;
    if (isAllowed && scores[index] > Number.NEGATIVE_INFINITY) selected[count++] = index;
  }
  return sortByScore(selected.subarray(0, count), scores);
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
