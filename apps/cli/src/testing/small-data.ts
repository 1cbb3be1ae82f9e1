import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRandom } from '@matinee/numerics';

/** MovieLens files of forty users and sixty items: prepared and trained in a second. Ids are index + 1. */
export async function writeSmallData(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const random = createRandom(3);
  const genres = ['Action', 'Comedy', 'Drama'];
  const itemLines = Array.from({ length: 60 }, (_, item) => `${item + 1},Title ${item + 1} (1999),${genres[item % 3]}`);
  const ratings: string[] = [];
  for (let user = 0; user < 40; user++) {
    for (const item of random.shuffle(Array.from({ length: 60 }, (_, index) => index)).slice(0, 20)) {
      if (item % 3 !== user % 3 && random.next() < 0.5) continue;
      ratings.push(`${user + 1},${item + 1},${1 + random.integer(5)},${1_600_000_000 + random.integer(10_000_000)}`);
    }
  }
  await writeFile(path.join(target, 'movies.csv'), `movieId,title,genres\n${itemLines.join('\n')}\n`);
  await writeFile(path.join(target, 'ratings.csv'), `userId,movieId,rating,timestamp\n${ratings.join('\n')}\n`);
}
