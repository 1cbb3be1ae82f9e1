/** Requests that compute at one time, and then some. */
const REMEMBERED = 4;

/**
 * A function that remembers what it made of the last few arguments, by identity: one answer asks about many items with
 * one query object.
 *
 * In two arrays whose places are written over. From an old WeakMap, a young key's value is freed only by a full
 * collection; a Map leaves a table behind at every few deletions, and once one of them is old, what it still points to
 * grows old with it: a request's tables, ten times a second.
 */
export function rememberLatest<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const keys = new Array<Key | undefined>(REMEMBERED).fill(undefined);
  const values = new Array<Value | undefined>(REMEMBERED).fill(undefined);
  let oldest = 0;
  return (key) => {
    const place = keys.indexOf(key);
    if (place >= 0) return values[place] as Value;
    const made = make(key);
    keys[oldest] = key;
    values[oldest] = made;
    oldest = (oldest + 1) % REMEMBERED;
    return made;
  };
}
