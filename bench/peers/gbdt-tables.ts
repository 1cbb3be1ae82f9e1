import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRandom } from '@matinee/numerics';

/** A table on disk, as raw little-endian arrays, so that every library reads the same bytes. */
export interface TableFiles {
  readonly folder: string;
  readonly featureCount: number;
  readonly trainRows: number;
}

/** A synthetic binary problem: a score of eight features with products, waves and steps, the rest noise. */
export function writeDenseTable(folder: string, trainRows: number, heldRows: number, featureCount: number): TableFiles {
  const files = { folder, featureCount, trainRows };
  if (existsSync(join(folder, 'held.labels'))) return files;
  mkdirSync(folder, { recursive: true });
  const random = createRandom(20);
  for (const [name, rowCount] of Object.entries({ train: trainRows, held: heldRows })) {
    const values = new Float32Array(rowCount * featureCount);
    const labels = new Float32Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const at = row * featureCount;
      for (let feature = 0; feature < featureCount; feature++) values[at + feature] = random.normal();
      const [a, b, c, d, e, f, g, h] = values.subarray(at, at + 8);
      const score = a + 0.5 * b * c + Math.sin(2 * d) + (e > 0.5 ? 1 : 0) - 0.3 * f * f + 0.2 * g * Math.abs(h);
      labels[row] = random.next() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
    }
    writeFileSync(join(folder, `${name}.features`), values);
    writeFileSync(join(folder, `${name}.labels`), labels);
  }
  return files;
}

interface Rating {
  readonly user: number;
  readonly itemId: number;
  readonly rating: number;
  readonly timestamp: number;
}

const NEGATIVES_PER_USER = 80;
const RECENT_ITEMS = 20;

/**
 * A ranking table from MovieLens 1M: for each user the last fifth of the ratings as graded candidates among unseen titles
 * drawn by popularity, with features of the earlier four fifths. Good for comparing trainers on equal terms; NDCG on
 * drawn negatives says nothing about a recommender.
 */
export function writeRankingTable(folder: string, dataFolder: string): TableFiles {
  const { genres, years } = readGenres(dataFolder);
  const histories = readHistories(dataFolder);
  const genreNames = [...new Set([...genres.values()].flat())].sort((a, b) => (a < b ? -1 : 1));
  const featureCount = 13 + genreNames.length;
  const known = histories.map((ratings) => ratings.slice(0, Math.floor(ratings.length * 0.8)));
  const itemIds = [...years.keys()].sort((a, b) => a - b);
  const indexOf = new Map(itemIds.map((itemId, index) => [itemId, index]));
  const items = itemIds.map((itemId) => ({
    year: years.get(itemId) ?? 0,
    genres: (genres.get(itemId) ?? []).map((name) => genreNames.indexOf(name)),
    count: 0,
    recent: 0,
    sum: 0,
    squares: 0,
  }));
  const together = new Float32Array(items.length * items.length);
  for (const ratings of known) {
    for (const [position, { itemId, rating }] of ratings.entries()) {
      const index = indexOf.get(itemId) as number;
      const item = items[index];
      item.count++;
      item.sum += rating;
      item.squares += rating * rating;
      if (position >= ratings.length - RECENT_ITEMS) item.recent++;
      for (const other of ratings) together[index * items.length + (indexOf.get(other.itemId) as number)]++;
    }
  }
  const byPopularity = items.flatMap((item, index) => new Array<number>(item.count).fill(index));
  const random = createRandom(7);
  const out = {
    train: { values: [] as number[], labels: [] as number[], groups: [] as number[] },
    held: { values: [] as number[], labels: [] as number[], groups: [] as number[] },
  };

  for (const [user, ratings] of histories.entries()) {
    const past = known[user];
    const future = ratings.slice(past.length);
    const seen = new Set(ratings.map(({ itemId }) => indexOf.get(itemId) as number));
    const grades = new Map(
      future.map(({ itemId, rating }) => [indexOf.get(itemId) as number, Math.max(0, rating - 2)]),
    );
    for (let drawn = 0; drawn < NEGATIVES_PER_USER; drawn++) {
      const index = byPopularity[random.integer(byPopularity.length)];
      if (!seen.has(index)) grades.set(index, 0);
    }
    const affinity = new Float64Array(genreNames.length);
    for (const { itemId, rating } of past)
      for (const genre of items[indexOf.get(itemId) as number].genres) affinity[genre] += rating - 3;
    const mean = past.reduce((sum, { rating }) => sum + rating, 0) / past.length;
    const meanYear = past.reduce((sum, { itemId }) => sum + (years.get(itemId) ?? 0), 0) / past.length;
    const recent = past.slice(-RECENT_ITEMS).map(({ itemId }) => indexOf.get(itemId) as number);
    const target = user % 10 < 7 ? out.train : out.held;
    const rows = random.shuffle([...grades]);
    for (const [index, grade] of rows) {
      const { count, recent: recentCount, sum, squares, year, genres: own } = items[index];
      const similar = recent.map(
        (other) => together[index * items.length + other] / Math.sqrt(count * items[other].count + 25),
      );
      const itemMean = count > 0 ? sum / count : Number.NaN;
      target.values.push(
        Math.log1p(count),
        Math.log1p(recentCount),
        itemMean,
        count > 0 ? squares / count - itemMean ** 2 : Number.NaN,
      );
      target.values.push(
        year,
        year - meanYear,
        past.length,
        mean,
        Math.max(...similar),
        similar.reduce((total, value) => total + value, 0),
      );
      const liked = own.map((genre) => affinity[genre] / past.length);
      target.values.push(
        liked.reduce((total, value) => total + value, 0),
        liked.length > 0 ? Math.max(...liked) : Number.NaN,
        own.length,
      );
      for (let genre = 0; genre < genreNames.length; genre++) target.values.push(own.includes(genre) ? 1 : 0);
      target.labels.push(grade);
    }
    target.groups.push(rows.length);
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, { values, labels, groups }] of Object.entries(out)) {
    writeFileSync(join(folder, `${name}.features`), Float32Array.from(values));
    writeFileSync(join(folder, `${name}.labels`), Float32Array.from(labels));
    writeFileSync(join(folder, `${name}.groups`), Int32Array.from(groups));
  }
  return { folder, featureCount, trainRows: out.train.labels.length };
}

function readGenres(dataFolder: string): { genres: Map<number, string[]>; years: Map<number, number> } {
  const genres = new Map<number, string[]>();
  const years = new Map<number, number>();
  for (const line of readFileSync(join(dataFolder, 'movies.dat'), 'latin1').trim().split('\n')) {
    const [itemId, title, list] = line.trim().split('::');
    genres.set(Number(itemId), list.split('|'));
    years.set(Number(itemId), Number(/\((\d{4})\)$/.exec(title)?.[1] ?? 1990));
  }
  return { genres, years };
}

/** Ratings by user, each in time order; users with fewer than ten are left out. */
function readHistories(dataFolder: string): Rating[][] {
  const byUser = new Map<number, Rating[]>();
  const text = gunzipSync(readFileSync(join(dataFolder, 'ratings.csv.gz'))).toString('utf8');
  for (const line of text.trim().split('\n').slice(1)) {
    const [user, itemId, rating, timestamp] = line.split(',').map(Number);
    const ratings = byUser.get(user) ?? [];
    ratings.push({ user, itemId, rating, timestamp });
    byUser.set(user, ratings);
  }
  return [...byUser.values()]
    .filter((ratings) => ratings.length >= 10)
    .map((ratings) => ratings.sort((a, b) => a.timestamp - b.timestamp || a.itemId - b.itemId));
}
