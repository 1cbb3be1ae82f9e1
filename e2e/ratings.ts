import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const folder = new URL('../data/movielens-small/', import.meta.url);

/** Titles that a member of the bundled data set rated, in the catalogue's form. */
export function titlesRatedBy(userId: string): ReadonlySet<string> {
  const rated = new Set<string>();
  for (const line of gunzipSync(readFileSync(new URL('ratings.csv.gz', folder)))
    .toString()
    .split('\n')) {
    const [user, item] = line.split(',');
    if (user === userId && item !== undefined) rated.add(item);
  }
  const titles = new Set<string>();
  for (const line of readFileSync(new URL('movies.csv', folder), 'utf8').split('\n')) {
    const match = /^(\d+),(?:"((?:[^"]|"")*)"|([^",]*)),/.exec(line);
    if (match && rated.has(match[1]!)) titles.add((match[2] ?? match[3] ?? '').replaceAll('""', '"'));
  }
  return titles;
}

/** `Matrix, The (Other)` → `The Matrix`, as the page shows it. */
export const readingForm = (title: string): string =>
  title
    .replace(/( \([^()]*\))+$/, '')
    .replace(/^(.+), (The|A|An|La|Le|Les|Los|Las|El|Il|Lo|Die|Der|Das|Den|Det|Un|Une|Una)$/i, '$2 $1');
