/**
 * Returns a name without letters and digits, such as "!!!" or "🎬", as it is compared: in one case, without blanks and
 * without the mark that asks for a coloured sign.
 */
export function signsOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\uFE0F|\s+/g, '');
}

/** Returns the word by which such a name is found: no other word begins so. */
export function signsWord(signs: string): string {
  return `"${signs}`;
}
