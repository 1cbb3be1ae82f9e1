/**
 * Returns why a text may not become the id of a user or an item; undefined if it may. `matinee prepare` cuts blanks off
 * the ends of ids and leaves out ids with control characters, so they would be other ids in the data set.
 */
export function problemOfOwnId(id: string): string | undefined {
  if (id !== id.trim()) return 'must not begin or end with a blank; leave the blanks out, as matinee prepare does';
  if (CONTROL.test(id)) return 'must not hold control characters; matinee prepare leaves such ids out';
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0001-\u0008\u000e-\u001f]/;
