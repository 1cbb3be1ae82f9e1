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
  if (places.length < scores.length) {
    places = new Int32Array(scores.length);
    reached = new Float32Array(scores.length);
    bins = new Int16Array(scores.length);
  }
  const bound = likelyBound(scores, k, excluded);
  let count = reach(scores, bound, excluded);
  if (count < k && bound > EVERYTHING) count = reach(scores, EVERYTHING, excluded);
  return putInOrder(count, scores).slice(0, k);
}

// Filled and read within one call: what reached the bound, in the order of the scores.
let places = new Int32Array(0);
let reached = new Float32Array(0);
let bins = new Int16Array(0);

/** Below every score but −Infinity. */
const EVERYTHING = -Number.MAX_VALUE;
/** So many scores are looked at to see where the best of all may begin. */
const SAMPLE = 128;
/** Ascending. */
const bestOfSample = new Float64Array(SAMPLE);

/**
 * A score that k others probably reach, and not many more: putting half a thousand in order instead of four takes a third off the
 * whole. Of a sample it is the one that three standard deviations more than expected reach.
 */
function likelyBound(scores: Float32Array, k: number, excluded: Uint8Array | undefined): number {
  const step = Math.floor(scores.length / SAMPLE);
  const expected = k / step;
  const rank = Math.ceil(expected + 3 * Math.sqrt(expected) + 1);
  if (rank > SAMPLE / 2) return EVERYTHING;
  bestOfSample.fill(EVERYTHING, 0, rank);
  for (let index = step >> 1; index < scores.length; index += step) {
    const score = scores[index];
    // False for NaN.
    const isBetter = score > bestOfSample[0] && (excluded === undefined || excluded[index] === 0);
    if (!isBetter) continue;
    let at = 1;
    for (; at < rank && bestOfSample[at] < score; at++) bestOfSample[at - 1] = bestOfSample[at];
    bestOfSample[at - 1] = score;
  }
  return bestOfSample[0];
}

/** Gathers what is not below `bound`, and counts it. */
function reach(scores: Float32Array, bound: number, excluded: Uint8Array | undefined): number {
  let count = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    // False for NaN.
    if (score >= bound && (excluded === undefined || excluded[index] === 0)) {
      places[count] = index;
      reached[count] = score;
      count++;
    }
  }
  return count;
}

const BINS = 512;
// The highest score alone falls into the last bin.
const counts = new Int32Array(BINS + 1);
/** Where a bin's next index goes. */
const cursors = new Int32Array(BINS + 1);

/** The gathered ones best first: a histogram over their range, each bin put in order by itself. */
function putInOrder(count: number, scores: Float32Array): Int32Array {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const score = reached[at];
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  const perUnit = BINS / (highest - lowest);
  // One value, or a range without an end: nothing to divide.
  if (!(perUnit > 0) || perUnit === Number.POSITIVE_INFINITY) return sortByScore(places.slice(0, count), scores);
  counts.fill(0);
  for (let at = 0; at < count; at++) {
    const bin = ((reached[at] - lowest) * perUnit) | 0;
    bins[at] = bin;
    counts[bin]++;
  }
  for (let bin = BINS, start = 0; bin >= 0; start += counts[bin--]) cursors[bin] = start;
  const ordered = new Int32Array(count);
  for (let at = 0; at < count; at++) ordered[cursors[bins[at]]++] = places[at];
  for (let bin = BINS, start = 0; bin >= 0; start += counts[bin--]) {
    if (counts[bin] > FEW) sortByScore(ordered.subarray(start, start + counts[bin]), scores);
    else if (counts[bin] > 1) insert(ordered, start, start + counts[bin], scores);
  }
  return ordered;
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
