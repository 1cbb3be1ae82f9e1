import type { NamedSource } from '@matinee/models/blend';
import { buildInteractions, createVocabulary, type Dataset, EVENT_TYPES } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { createRandom } from '@matinee/numerics';

/** A world small enough to fit in milliseconds and large enough to fill every row. */
export interface SmallWorld {
  readonly dataset: Dataset;
  readonly release: Release;
}

const USER_COUNT = 90;
const ITEM_COUNT = 240;
const EVENTS_PER_USER = 24;
const GENRES = ['Action', 'Comedy', 'Drama', 'Horror', 'Romance', 'Sci-Fi'];
const START = 1_500_000_000;

/**
 * Six camps of users who mostly rate titles of one genre, earlier titles more often than later ones; item `i` has genre
 * `i % 6`, so what belongs together is known without looking. Titles 238 and 239 are rated by nobody; 237 has no title.
 */
export async function createSmallWorld(seed = 1): Promise<SmallWorld> {
  const dataset = createDataset(seed);
  return { dataset, release: await fitRelease(dataset, seed) };
}

function createDataset(seed: number): Dataset {
  const random = createRandom(seed);
  const rows: { user: number; item: number; value: number; time: number }[] = [];
  for (let user = 0; user < USER_COUNT; user++) {
    const seen = new Set<number>();
    while (seen.size < EVENTS_PER_USER) {
      const genre = random.next() < 0.8 ? user % GENRES.length : random.integer(GENRES.length);
      const item = Math.floor(random.next() ** 2 * ((ITEM_COUNT - 6) / GENRES.length)) * GENRES.length + genre;
      if (seen.has(item)) continue;
      seen.add(item);
      rows.push({ user, item, value: 1 + random.integer(5), time: START + random.integer(400 * 86_400) });
    }
  }
  rows.sort((a, b) => a.time - b.time);
  const titles = Array.from({ length: ITEM_COUNT }, (_, item) =>
    item === 237 ? undefined : `${GENRES[item % GENRES.length]} Story ${String(item).padStart(3, '0')}`,
  );
  return {
    name: 'small-world',
    hash: `small-world-${seed}`,
    users: createVocabulary(Array.from({ length: USER_COUNT }, (_, user) => `u${user}`)),
    items: {
      vocabulary: createVocabulary(Array.from({ length: ITEM_COUNT }, (_, item) => `m${item}`)),
      titles,
      years: Int32Array.from({ length: ITEM_COUNT }, (_, item) => (item === 236 ? 0 : 1960 + (item % 60))),
      genreNames: GENRES,
      genres: Array.from({ length: ITEM_COUNT }, (_, item) => Int32Array.of(item % GENRES.length)),
      posterUrls: new Array<undefined>(ITEM_COUNT).fill(undefined),
      attributes: new Array<undefined>(ITEM_COUNT).fill(undefined),
    },
    events: {
      count: rows.length,
      userIndices: Int32Array.from(rows, ({ user }) => user),
      itemIndices: Int32Array.from(rows, ({ item }) => item),
      timestamps: Float64Array.from(rows, ({ time }) => time),
      values: Float32Array.from(rows, ({ value }) => value),
      types: new Uint8Array(rows.length).fill(EVENT_TYPES.indexOf('rate')),
    },
  };
}

/** V1's families by hand with equal weights: nothing here depends on how well they are tuned. */
async function fitRelease(dataset: Dataset, seed: number): Promise<Release> {
  const interactions = buildInteractions(dataset.events);
  const asOf = interactions.timestamps.at(-1) ?? START;
  const sources: NamedSource[] = [];
  const names = ['popularity', 'recent-popularity', 'genre-affinity', 'item-knn', 'user-knn'];
  for (const name of names) {
    const family = findModelFamily(name);
    const model = await family.fit(
      { userCount: USER_COUNT, items: dataset.items, interactions, asOf },
      family.defaults,
      { random: createRandom(seed), checkpoint: () => Promise.resolve() },
    );
    sources.push({ name, model, weight: 1 / names.length });
  }
  return {
    version: '0123456789abcdef',
    generation: 'v1',
    sources,
    datasetHash: dataset.hash,
    trainedAsOf: asOf,
  };
}
