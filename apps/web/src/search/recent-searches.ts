import { readStored, writeStored } from '../api/stored.ts';
import { createValueStore } from '../feedback/value-store.ts';

const KEY = 'matinee.searches';
const MAX = 6;

/** The latest searches, newest first. */
export const recentSearches = createValueStore<readonly string[]>(readStored<readonly string[]>(KEY) ?? []);

export function rememberSearch(text: string): void {
  const others = recentSearches.get().filter((known) => known.toLowerCase() !== text.toLowerCase());
  recentSearches.set([text, ...others].slice(0, MAX));
  writeStored(KEY, recentSearches.get());
}
