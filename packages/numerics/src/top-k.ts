/**
 * Returns the indices of the `k` highest scores in descending order; ties go to the lower index.
 *
 * NaN and −Infinity mark positions that cannot be selected, so the result may have fewer than `k` indices.
 *
 * @param scores Length n; not modified.
 * @param excluded Non-zero excludes a position. Positions beyond its length are excluded too.
 * @returns Indices into `scores`, best first, length ≤ min(k, n).
 * @remarks O(n + k log k) for scores spread over their range, O(n log n) in the worst case.
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

// Scratch, filled and read within one call: positions that reached the bound, in the order of the scores.
let places = new Int32Array(0);
let reached = new Float32Array(0);
let bins = new Int16Array(0);

/** Below every score except −Infinity. */
const EVERYTHING = -Number.MAX_VALUE;
/** Number of scores sampled to estimate where the top k begin. */
const SAMPLE = 128;
/** The best sampled scores, ascending. */
const bestOfSample = new Float64Array(SAMPLE);

/**
 * Returns a score that probably at least k scores reach, and not many more.
 *
 * It is the sampled score whose rank is three standard deviations beyond the expected share of the top k in the sample.
 * Sorting about 500 scores instead of 4,000 saves a third of the total time.
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

/** Collects the scores that reach `bound`; returns their number. */
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
// Only the highest score falls into the last bin.
const counts = new Int32Array(BINS + 1);
/** Position of the next index of each bin. */
const cursors = new Int32Array(BINS + 1);

/** Returns the collected indices best first: a histogram over their range, with each bin sorted separately. */
function putInOrder(count: number, scores: Float32Array): Int32Array {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const score = reached[at];
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  const perUnit = BINS / (highest - lowest);
  // A single value or an unbounded range cannot be divided into bins.
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

/** Up to this many are faster sorted by insertion. */
const FEW = 24;

/** Sorts ascending `indices[start … end − 1]` by score: best first, ties by lower index. */
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
/** Number of positions that fit, together with the 32 bits of a score, into the 53 exact bits of a double. */
const POSITIONS = 2 ** 21;

/**
 * Sorts best first, ties by lower index. One number holds score and index, so the built-in numeric sort can be used.
 */
function sortByScore(indices: Int32Array, scores: Float32Array): Int32Array {
  if (scores.length > POSITIONS) return indices.sort((a, b) => scores[b] - scores[a] || a - b);
  const keys = new Float64Array(indices.length);
  for (let at = 0; at < indices.length; at++) {
    asFloat[0] = scores[indices[at]] + 0; // −0 becomes 0, so the two are equal
    // As integers, negative floats are in descending order. Flipping them makes all floats ascend; negating gives best
    // first.
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
