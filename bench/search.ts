/** Measures the search index on a generated catalogue: building, memory, and queries of every kind. */
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import { createSearchIndex, type SearchableTitle } from '../apps/server/src/search/search-index.ts';

export const description = 'search on a generated catalogue: building, memory, time of a query [--titles 1000000]';

const SEED = 1;
const REPETITIONS = 20;
const FREQUENT = [
  'the',
  'of',
  'a',
  'and',
  'in',
  'to',
  'love',
  'man',
  'night',
  'day',
  'two',
  'ii',
  '2',
  'la',
  'dr',
  'part',
];
const SYLLABLES = [
  'ba',
  'con',
  'der',
  'fi',
  'gal',
  'ha',
  'in',
  'jo',
  'ka',
  'lo',
  'mar',
  'no',
  'or',
  'pi',
  'ra',
  'ster',
  'wa',
];

const QUERIES = [
  ...['t', 'th', 'the', 'ba', 'the man', 'love part 2', 'batbat', 'conder love', 'dr conder', 'the conder movie'],
  ...['condre galhamar', 'xqzwv', 'xqzwv kqjxz wvvqz zzqkx', 'derfi', 'ondergal', 'conderloveman', '1999', 'the 1999'],
  'the of a and in to love man night day the of a and in to love man night day xqzwv kqjxz',
];

export function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...options], options: { titles: { type: 'string', default: '1000000' } } });
  const titles = generateTitles(Number(values.titles));
  const before = heapMb();
  const start = performance.now();
  const index = createSearchIndex(titles);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${titles.length} titles, seed ${SEED}: built in ${seconds.toFixed(1)} s, ${heapMb() - before} MB`);
  for (const query of QUERIES) {
    const times: number[] = [];
    let total = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const at = performance.now();
      total = index.search(query, 12).total;
      times.push(performance.now() - at);
    }
    times.sort((a, b) => a - b);
    const median = times[REPETITIONS >> 1] as number;
    console.log(`${median.toFixed(2).padStart(8)} ms  ${String(total).padStart(7)} matches  ${query}`);
  }
  return Promise.resolve();
}

function generateTitles(count: number): SearchableTitle[] {
  const random = createRandom(SEED);
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T;
  const rare = Array.from({ length: Math.ceil(count / 4) }, () =>
    Array.from({ length: 2 + random.integer(3) }, () => pick(SYLLABLES)).join(''),
  );
  // Few words are in many titles, most in few: positions by the cube of a uniform number.
  const word = (): string =>
    random.next() < 0.35 ? pick(FREQUENT) : (rare[Math.floor(rare.length * random.next() ** 3)] as string);
  return Array.from({ length: count }, () => ({
    title: Array.from({ length: 1 + random.integer(5) }, word).join(' '),
    year: 1920 + random.integer(105),
    popularity: Math.floor(1000 * random.next() ** 8),
  }));
}

function heapMb(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}
