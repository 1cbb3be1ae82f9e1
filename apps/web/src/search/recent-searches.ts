import { createStoredValue } from '../api/stored.ts';

const KEY = 'matinee.searches';
const MAX = 6;

/** The latest searches, newest first. */
export const recentSearches = createStoredValue<readonly string[]>(KEY, []);

export function rememberSearch(text: string): void {
  const isOther = (known: string) => known.toLowerCase() !== text.toLowerCase();
  recentSearches.update((stored) => [text, ...stored.filter(isOther)].slice(0, MAX));
}
