import { timeBucket } from './elapsed-time.ts';
import type { TimedHistory } from './sequence-data.ts';

/** So many histories are remembered at least, and twice as many at most. */
const REMEMBERED = 1024;

/**
 * Returns a function that remembers what it made of the latest histories, so that a user whose history has not changed
 * costs no network. Two histories are the same where a network would read the same: items, times and confidences of the
 * newest `length` items, and how long ago each was, as {@link timeBucket} has it.
 *
 * Results are kept in two tables. When the younger is full it becomes the older, and the older is dropped whole: a
 * table that loses entries one by one leaves garbage that lives long (docs/decisions/0017-garbage-of-requests.md).
 *
 * @param length Newest items that the result depends on.
 * @param make Depends on the history alone. What fails is not remembered.
 */
export function rememberHistories<Value>(
  length: number,
  make: (history: TimedHistory) => Promise<Value>,
): (history: TimedHistory) => Promise<Value> {
  let young = new Map<number, Remembered<Value>>();
  let old = new Map<number, Remembered<Value>>();

  const remember = (hash: number, entry: Remembered<Value>): void => {
    if (young.size >= REMEMBERED && !young.has(hash)) {
      old = young;
      young = new Map();
    }
    young.set(hash, entry);
  };

  return async (history) => {
    const words = wordsOf(history, length);
    const hash = hashWords(words);
    const known = young.get(hash) ?? old.get(hash);
    if (known !== undefined && isSame(known.words, words)) {
      if (!young.has(hash)) remember(hash, known);
      return known.value;
    }
    const entry = { words, value: make(history) };
    remember(hash, entry);
    try {
      return await entry.value;
    } catch (error) {
      for (const table of [young, old]) if (table.get(hash) === entry) table.delete(hash);
      throw error;
    }
  };
}

interface Remembered<Value> {
  readonly words: Int32Array;
  readonly value: Promise<Value>;
}

/** Everything that a network reads of a history, as 32-bit words. */
function wordsOf({ items, timestamps, confidences, asOf }: TimedHistory, length: number): Int32Array {
  const start = Math.max(0, items.length - length);
  const count = items.length - start;
  const words = new Int32Array(count * 5);
  words.set(items.subarray(start));
  words.set(new Int32Array(timestamps.slice(start).buffer), count);
  words.set(new Int32Array(confidences.slice(start).buffer), count * 3);
  for (let at = 0; at < count; at++) words[count * 4 + at] = timeBucket(asOf - timestamps[start + at]);
  return words;
}

/** MurmurHash3's mixing of 32-bit words; equal hashes are compared word by word. */
function hashWords(words: Int32Array): number {
  let hash = words.length;
  for (let at = 0; at < words.length; at++) {
    let word = Math.imul(words[at], 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return hash;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
