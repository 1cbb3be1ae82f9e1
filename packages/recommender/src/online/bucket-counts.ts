import type { ItemIndex } from '@matinee/models/data';

/**
 * Recent event counts per item, in buckets of five minutes. Memory is bounded by the buckets of a week, and undone
 * events are subtracted exactly.
 */
export interface BucketCounts {
  /** Adds 1, or subtracts it from the bucket it was added to; expired buckets do not change. */
  count(itemIndex: ItemIndex, atMs: number, sign: 1 | -1): void;
  /** Count of the last `ms` before `nowMs`, rounded to buckets; allocates nothing. */
  within(itemIndex: ItemIndex, ms: number, nowMs: number): number;
  /** Items with a count. */
  items(): IterableIterator<number>;
}

const BUCKET_MS = 300_000;
const WEEK_MS = 7 * 86_400_000;

/** An item's non-empty buckets, oldest first. */
interface Buckets {
  readonly starts: number[];
  readonly counts: number[];
}

/** Creates counts over one week; older buckets are dropped as newer ones begin. */
export function createBucketCounts(): BucketCounts {
  const byItem = new Map<number, Buckets>();
  let newest = 0;

  /** Drops old buckets of all items, once per day of events, so that inactive items use no memory. */
  function forget(): void {
    for (const [itemIndex, { starts, counts }] of byItem) {
      const kept = starts.findIndex((start) => start > newest - WEEK_MS);
      starts.splice(0, kept < 0 ? starts.length : kept);
      counts.splice(0, kept < 0 ? counts.length : kept);
      if (starts.length === 0) byItem.delete(itemIndex);
    }
  }

  return {
    count(itemIndex, atMs, sign) {
      const start = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
      if (Math.floor(start / 86_400_000) > Math.floor(newest / 86_400_000)) {
        newest = start;
        forget();
      }
      newest = Math.max(newest, start);
      const buckets = byItem.get(itemIndex) ?? { starts: [], counts: [] };
      const { starts, counts } = buckets;
      let place = starts.length;
      while (place > 0 && starts[place - 1]! >= start) place--;
      if (starts[place] === start) counts[place]! += sign;
      else if (sign > 0) {
        starts.splice(place, 0, start);
        counts.splice(place, 0, sign);
        byItem.set(itemIndex, buckets);
      }
      if (counts[place] === 0) {
        starts.splice(place, 1);
        counts.splice(place, 1);
        if (starts.length === 0) byItem.delete(itemIndex);
      }
    },
    within(itemIndex, ms, nowMs) {
      const buckets = byItem.get(itemIndex);
      if (buckets === undefined) return 0;
      const { starts, counts } = buckets;
      let sum = 0;
      for (let at = starts.length - 1; at >= 0 && starts[at]! > nowMs - ms; at--) {
        if (starts[at]! <= nowMs) sum += counts[at]!;
      }
      return sum;
    },
    items: () => byItem.keys(),
  };
}
