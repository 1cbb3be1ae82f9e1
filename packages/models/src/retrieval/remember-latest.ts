/** Requests answered at one time, and then some. */
const REMEMBERED = 16;

/**
 * A function that remembers what it made of the last few arguments, by identity: one answer asks about many items with one query object.
 *
 * Not a WeakMap: from an old one, a young key's value is freed only by a full collection, so that every request's history would live on for
 * seconds.
 */
export function rememberLatest<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const latest = new Map<Key, Value>();
  return (key) => {
    const known = latest.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    latest.set(key, made);
    if (latest.size > REMEMBERED) latest.delete(latest.keys().next().value as Key);
    return made;
  };
}
