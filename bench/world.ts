/**
 * Writes a data set of any size with planted structure, for `matinee train --data FOLDER` and the benchmarks of
 * serving.
 *
 * Options: `--out FOLDER` (made), `--titles N` (60,000), `--users N` (20,000), `--events N` (500,000). Seed 3.
 *
 * Titles form √titles groups of like genres and years, popularity within a group falls with the rank. A user likes two
 * groups and goes on within one for some titles before changing; in a third of the steps the title that stands next in
 * the group follows. Titles that nobody has met remain, as in every large catalogue.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '@matinee/numerics';

export const description = 'write a data set with planted structure: --out FOLDER --titles N --users N --events N';

const SEED = 3;
const GENRES = ['Action', 'Comedy', 'Drama', 'Horror', 'Romance', 'Sci-Fi', 'Thriller', 'War', 'Western', 'Musical'];
const START = 1_500_000_000;
const DAY = 86_400;
/** Likelihood that a user stays with a group, and that the next title of the group follows. */
const STAYS = 0.9;
const FOLLOWS = 0.33;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      out: { type: 'string' },
      titles: { type: 'string', default: '60000' },
      users: { type: 'string', default: '20000' },
      events: { type: 'string', default: '500000' },
    },
  });
  if (values.out === undefined) throw new Error('--out is needed: the folder to write');
  const [titles, users, events] = [values.titles, values.users, values.events].map(Number) as [number, number, number];
  mkdirSync(values.out, { recursive: true });
  const random = createRandom(SEED);
  const groups = Math.round(Math.sqrt(titles));
  await writeLines(path.join(values.out, 'movies.csv'), titleRows(titles, groups, random.fork('titles')));
  await writeLines(path.join(values.out, 'ratings.csv'), eventRows({ titles, users, events, groups }, random));
  console.log(`${titles} titles in ${groups} groups, ${users} users, ${events} events, seed ${SEED}: ${values.out}`);
}

function* titleRows(titles: number, groups: number, random: Random): Generator<string> {
  yield 'movieId,title,genres';
  for (let title = 0; title < titles; title++) {
    const group = title % groups;
    const own = new Set([group % GENRES.length, (group * 7) % GENRES.length, random.integer(GENRES.length)]);
    const genres = [...own].map((genre) => GENRES[genre]).join('|');
    yield `${title + 1},${wordOf(random)} ${wordOf(random)} ${title + 1} (${1950 + ((group * 13) % 70)}),${genres}`;
  }
}

interface WorldSize {
  readonly titles: number;
  readonly users: number;
  readonly events: number;
  readonly groups: number;
}

function* eventRows({ titles, users, events, groups }: WorldSize, random: Random): Generator<string> {
  yield 'userId,movieId,rating,timestamp';
  const perGroup = Math.floor(titles / groups);
  for (let user = 0; user < users; user++) {
    const liked = [random.integer(groups), random.integer(groups)] as const;
    let group: number = liked[0];
    let rank = 0;
    let time = START + random.integer(300 * DAY);
    const count = Math.floor((events * (user + 1)) / users) - Math.floor((events * user) / users);
    for (let event = 0; event < count; event++) {
      if (random.next() > STAYS) group = liked[random.integer(2)] as number;
      rank = random.next() < FOLLOWS ? (rank + 1) % perGroup : Math.floor(random.next() ** 3 * perGroup);
      time += 60 + random.integer(3 * DAY);
      yield `${user + 1},${rank * groups + group + 1},${3 + random.integer(3)},${time}`;
    }
  }
}

function wordOf(random: Random): string {
  const syllables = Array.from(
    { length: 1 + random.integer(3) },
    () => `${'bcdfghklmnprstvz'[random.integer(16)]}${'aeiouy'[random.integer(6)]}${'nrst'[random.integer(4)]}`,
  ).join('');
  return syllables.charAt(0).toUpperCase() + syllables.slice(1);
}

async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file);
  let waiting = '';
  for (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < 65_536) continue;
    if (!stream.write(waiting)) await once(stream, 'drain');
    waiting = '';
  }
  stream.end(waiting);
  await once(stream, 'finish');
}
