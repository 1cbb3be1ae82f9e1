/** Columns that say who did what and when, sorted by time. */
export interface TimedRows {
  readonly count: number;
  readonly userIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** Ascending. */
  readonly timestamps: Float64Array;
}

/** Seed of the order of ties; another one gives another order that is as good. */
const TIE_SEED = 1;

/**
 * Sorts rows that are tied in time by a hash of user and item, so that their order says nothing. A source file that is
 * sorted by id would otherwise give the last of a tie away to every model that compares ids. Rows of one user and item
 * keep their order.
 *
 * @param rows Row numbers; the range `start … end − 1` has one timestamp and is sorted in place.
 */
export function sortTie(
  rows: Int32Array,
  start: number,
  end: number,
  { userIndices, itemIndices }: Pick<TimedRows, 'userIndices' | 'itemIndices'>,
  seed = TIE_SEED,
): void {
  const count = end - start;
  const before = rows.slice(start, end);
  // One number holds hash and place, so that the built-in numeric sort can be used; it has 53 bits.
  const placeBits = Math.ceil(Math.log2(count));
  const hashShift = Math.max(0, 32 + placeBits - 53);
  const places = 2 ** placeBits;
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const row = before[at];
    keys[at] = (hashOf(userIndices[row], itemIndices[row], seed) >>> hashShift) * places + at;
  }
  keys.sort();
  for (let at = 0; at < count; at++) rows[start + at] = before[keys[at] % places];
}

/**
 * Returns the rows in order of time, ties as {@link sortTie} sorts them; `undefined` where no two rows are tied, or
 * all stand in that order already.
 *
 * @remarks O(rows · log largest tie).
 */
export function orderOfTies(table: TimedRows, seed = TIE_SEED): Int32Array | undefined {
  const { count, timestamps } = table;
  let order: Int32Array | undefined;
  let start = 0;
  while (start < count) {
    let end = start + 1;
    while (end < count && timestamps[end] === timestamps[start]) end++;
    if (end - start > 1) {
      order ??= Int32Array.from({ length: count }, (_, row) => row);
      sortTie(order, start, end, table, seed);
    }
    start = end;
  }
  return order?.some((row, at) => row !== at) ? order : undefined;
}

/** 32 bits of user, item and seed: two rounds of the finalizer of MurmurHash3. */
function hashOf(userIndex: number, itemIndex: number, seed: number): number {
  return mix(mix(userIndex ^ Math.imul(seed, 0x9e3779b1)) ^ Math.imul(itemIndex + 1, 0x85ebca6b)) >>> 0;
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
