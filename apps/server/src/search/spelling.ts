/** Finds the nearest spelling of a word by its letter triples, without comparing it with every word. */
export interface SpellingIndex {
  /**
   * Returns at most `limit` known words at the smallest distance from `word`; none if it exceeds 1 to 3 edits, by
   * length.
   */
  nearest(word: string, limit: number): readonly string[];
  /** Returns the known words that have these letters (at least three) inside; at most some thousand of them. */
  containing(letters: string): readonly string[];
  /** Adds a word that is not known yet; it loses all ties. */
  add(word: string): void;
}

/** A query is compared with so many words: more would be noticed by whoever types. */
const MAX_COMPARED = 1500;
/** No word is that long. */
const MAX_LENGTH = 60;

/** @param first Distinct; earlier ones win ties. */
export function createSpellingIndex(first: readonly string[]): SpellingIndex {
  const words: string[] = [];
  const byTriple = new Map<string, number[]>();
  const add = (word: string): void => {
    for (const triple of triplesOf(word)) {
      const held = byTriple.get(triple);
      if (held === undefined) byTriple.set(triple, [words.length]);
      else held.push(words.length);
    }
    words.push(word);
  };
  for (const word of first) add(word);
  /** Returns the words that share the most triples, and at least `needed`; at most {@link MAX_COMPARED}. */
  const mostShared = (triples: ReadonlySet<string>, needed: number): readonly number[] => {
    const counts = new Uint8Array(words.length);
    const byCount: number[][] = Array.from({ length: triples.size + 1 }, () => []);
    for (const triple of triples) {
      for (const index of byTriple.get(triple) ?? []) {
        counts[index] = (counts[index] as number) + 1;
        byCount[counts[index] as number]?.push(index);
      }
    }
    const chosen: number[] = [];
    for (let count = triples.size; count >= needed && chosen.length < MAX_COMPARED; count--) {
      for (const index of byCount[count] as number[]) if (counts[index] === count) chosen.push(index);
    }
    return chosen.slice(0, MAX_COMPARED);
  };
  return {
    add,
    containing(letters) {
      const inside = Array.from({ length: Math.max(0, letters.length - 2) }, (_, at) => letters.slice(at, at + 3));
      const lists = inside.map((triple) => byTriple.get(triple) ?? []).sort((a, b) => a.length - b.length);
      const candidates = (lists[0] ?? []).map((index) => words[index] as string);
      return candidates.filter((word) => word.includes(letters)).slice(0, MAX_COMPARED);
    },
    nearest(word, limit) {
      const maxDistance = word.length <= 3 ? 1 : word.length <= 7 ? 2 : 3;
      if (word.length > MAX_LENGTH) return [];
      const triples = triplesOf(word);
      // One edit breaks at most three triples.
      const needed = Math.max(1, triples.size - 3 * maxDistance);
      const found: { index: number; distance: number }[] = [];
      for (const index of mostShared(triples, needed)) {
        const distance = editDistance(word, words[index] ?? '', maxDistance);
        if (distance <= maxDistance) found.push({ index, distance });
      }
      found.sort((a, b) => a.distance - b.distance || a.index - b.index);
      const best = found[0]?.distance;
      return found
        .filter(({ distance }) => distance === best)
        .slice(0, limit)
        .map(({ index }) => words[index] ?? '');
    },
  };
}

/** "mad" → "␣␣m", "␣ma", "mad", "ad␣": the ends count too. */
function triplesOf(word: string): Set<string> {
  const padded = `  ${word} `;
  const triples = new Set<string>();
  for (let start = 0; start + 3 <= padded.length; start++) triples.add(padded.slice(start, start + 3));
  return triples;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each letter touched
 * once. Anything above `max` comes back as `max + 1`.
 *
 * @see Damerau (1964), A technique for computer detection and correction of spelling errors, CACM 7(3).
 */
export function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let beforeLast = new Uint16Array(b.length + 1);
  let last = Uint16Array.from({ length: b.length + 1 }, (_, column) => column);
  let current = new Uint16Array(b.length + 1);
  for (let row = 1; row <= a.length; row++) {
    current[0] = row;
    let smallest = row;
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + cost,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] as number) + 1);
      }
      current[column] = best;
      smallest = Math.min(smallest, best);
    }
    if (smallest > max) return max + 1;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return Math.min(last[b.length] ?? 0, max + 1);
}
