import type { ScoredItems } from './retrieval-model.ts';

/** Items with equal genres: they match every history alike, so popularity alone orders them. */
export interface GenreSets {
  /** By item; −1 for an item without a genre. */
  readonly setOf: Int32Array;
  /** One item of each set. */
  readonly examples: readonly number[];
  /** The items of each set that have a popularity, most popular first; ties by lower index. */
  readonly members: readonly Int32Array[];
}

/**
 * @param genrePointers Item i has `itemGenres[genrePointers[i] … genrePointers[i + 1] − 1]`.
 * @param popularityFactors By item; NaN = it cannot be found.
 */
export function groupByGenres(
  { genrePointers, itemGenres }: { readonly genrePointers: Int32Array; readonly itemGenres: Int32Array },
  popularityFactors: Float32Array,
): GenreSets {
  const setOf = new Int32Array(popularityFactors.length).fill(-1);
  const sets = new Map<string, number>();
  const examples: number[] = [];
  const members: number[][] = [];
  for (let item = 0; item < setOf.length; item++) {
    const [start, end] = [genrePointers[item], genrePointers[item + 1]];
    if (start === end) continue;
    const name = itemGenres.subarray(start, end).join();
    let set = sets.get(name);
    if (set === undefined) {
      set = examples.push(item) - 1;
      sets.set(name, set);
      members.push([]);
    }
    setOf[item] = set;
    if (!Number.isNaN(popularityFactors[item])) members[set].push(item);
  }
  const inOrder = (items: readonly number[]): Int32Array =>
    Int32Array.from(items).sort((a, b) => popularityFactors[b] - popularityFactors[a] || a - b);
  return { setOf, examples, members: members.map(inOrder) };
}

/**
 * Merges the sets, each in its order, until nothing left can be among the `n` best. The result is that of comparing all
 * scores.
 *
 * @remarks O(sets · log n + n · log sets + excluded items among the best).
 */
export function mergeSets(
  { members }: GenreSets,
  matches: Float64Array,
  popularityFactors: Float32Array,
  n: number,
  excluded: Uint8Array | undefined,
): ScoredItems {
  const found: number[] = [];
  const scores: number[] = [];
  // A heap of sets by the score of their next item, the best at the root.
  const heap: number[] = [];
  const cursors = new Int32Array(members.length);
  const heads = new Float32Array(members.length);
  const moveToOpen = (set: number): boolean => {
    const items = members[set];
    let at = cursors[set];
    while (at < items.length && excluded !== undefined && excluded[items[at]] !== 0) at++;
    cursors[set] = at;
    if (at === items.length) return false;
    heads[set] = matches[set] * popularityFactors[items[at]];
    return !Number.isNaN(heads[set]);
  };
  const sink = (from: number): void => {
    const set = heap[from];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heads[heap[child + 1]] > heads[heap[child]]) child++;
      if (!(heads[heap[child]] > heads[set])) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = set;
  };
  for (let set = 0; set < members.length; set++) if (moveToOpen(set)) heap.push(set);
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at);
  // Items that tie with the last one are all looked at, because ties go to the lower index.
  while (heap.length > 0 && n > 0 && (found.length < n || heads[heap[0]] === scores[n - 1])) {
    const set = heap[0];
    found.push(members[set][cursors[set]++]);
    scores.push(heads[set]);
    if (!moveToOpen(set)) {
      const last = heap.pop() as number;
      if (heap.length === 0 || last === set) continue;
      heap[0] = last;
    }
    sink(0);
  }
  const order = Array.from(found.keys()).sort((a, b) => scores[b] - scores[a] || found[a] - found[b]);
  const itemIndices = Int32Array.from(order.slice(0, n), (at) => found[at]);
  return { itemIndices, scores: Float32Array.from(order.slice(0, n), (at) => scores[at]) };
}
