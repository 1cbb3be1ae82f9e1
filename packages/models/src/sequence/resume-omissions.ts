import type { TimedHistory } from './sequence-data.ts';

/** A history without one of its newest items, as what is left to run from a state of the whole history. */
export interface ShortenedHistory {
  /** Number of the item that is left out. */
  readonly item: number;
  /** The item before it, whose wait changes, and those after it. Empty: nothing is left of the history. */
  readonly rest: TimedHistory;
  /** Steps of the whole history before `rest`: the state after them goes on. 0: a history that begins. */
  readonly stepsBefore: number;
}

/**
 * Returns the history without each of its newest items, newest first, at most `count`. An item that occurs more than once
 * is passed over: without it, earlier steps change as well.
 */
export function shortenHistory(history: TimedHistory, count: number): readonly ShortenedHistory[] {
  const { items, timestamps, confidences, asOf } = history;
  const shortened: ShortenedHistory[] = [];
  for (let position = items.length - 1; position >= 0 && position >= items.length - count; position--) {
    const item = items[position];
    if (items.indexOf(item) !== position || items.lastIndexOf(item) !== position) continue;
    const first = Math.max(0, position - 1);
    const isLeft = (_: number, at: number): boolean => at >= first && at !== position;
    shortened.push({
      item,
      rest: {
        items: items.filter(isLeft),
        timestamps: timestamps.filter(isLeft),
        confidences: confidences.filter(isLeft),
        asOf,
      },
      stepsBefore: first,
    });
  }
  return shortened;
}
