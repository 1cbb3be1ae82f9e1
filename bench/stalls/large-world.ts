import type { NamedSource } from '@matinee/models/blend';
import { buildInteractions, createVocabulary, type Dataset, EVENT_TYPES } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { createRandom, type Random } from '@matinee/numerics';

/** A catalogue of any size with the sources of a V1 release: what a server can be held by grows with it. */
export interface LargeWorld {
  readonly dataset: Dataset;
  readonly release: Release;
}

const GENRES = ['Action', 'Comedy', 'Drama', 'Horror', 'Romance', 'Sci-Fi', 'Thriller', 'War', 'Western', 'Musical'];
const START = 1_500_000_000;
const USERS = 1000;
const EVENTS_PER_USER = 100;
const SOURCES = ['popularity', 'recent-popularity', 'genre-affinity', 'item-knn', 'user-knn'];

/** Returns a world of `itemCount` titles of two to five words, 1,000 users and 100,000 ratings; equal seeds, equal worlds. */
export async function createLargeWorld(itemCount: number, seed = 1): Promise<LargeWorld> {
  const dataset = createDataset(itemCount, createRandom(seed));
  const interactions = buildInteractions(dataset.events);
  const asOf = interactions.timestamps.at(-1) ?? START;
  const sources: NamedSource[] = [];
  for (const name of SOURCES) {
    const family = findModelFamily(name);
    const model = await family.fit({ userCount: USERS, items: dataset.items, interactions, asOf }, family.defaults, {
      random: createRandom(seed),
      checkpoint: () => Promise.resolve(),
    });
    sources.push({ name, model, weight: 1 / SOURCES.length });
  }
  const release: Release = {
    version: `${'0'.repeat(15)}${seed}`,
    generation: 'v1',
    sources,
    datasetHash: dataset.hash,
    trainedAsOf: asOf,
  };
  return { dataset, release };
}

function createDataset(itemCount: number, random: Random): Dataset {
  const words = Array.from({ length: Math.max(100, itemCount / 5) }, () => wordOf(random));
  const draw = (): string => words[Math.floor(random.next() ** 2 * words.length)] ?? '';
  const rows: { user: number; item: number; value: number; time: number }[] = [];
  for (let user = 0; user < USERS; user++) {
    for (let event = 0; event < EVENTS_PER_USER; event++) {
      const item = Math.floor(random.next() ** 2 * itemCount);
      rows.push({ user, item, value: 1 + random.integer(5), time: START + random.integer(400 * 86_400) });
    }
  }
  rows.sort((a, b) => a.time - b.time);
  return {
    name: `large-${itemCount}`,
    hash: `large-${itemCount}`,
    users: createVocabulary(Array.from({ length: USERS }, (_, user) => `u${user}`)),
    items: {
      vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => `m${item}`)),
      titles: Array.from({ length: itemCount }, () => Array.from({ length: 2 + random.integer(4) }, draw).join(' ')),
      years: Int32Array.from({ length: itemCount }, () => 1950 + random.integer(75)),
      genreNames: GENRES,
      genres: Array.from({ length: itemCount }, () => Int32Array.of(random.integer(5), 5 + random.integer(5))),
      posterUrls: Array.from(
        { length: itemCount },
        (_, item) => `https://images${item % 5}.example/posters/${item}.jpg`,
      ),
      attributes: new Array<undefined>(itemCount).fill(undefined),
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

function wordOf(random: Random): string {
  const syllables = Array.from(
    { length: 1 + random.integer(3) },
    () => `${'bcdfghklmnprstvz'[random.integer(16)]}${'aeiouy'[random.integer(6)]}${'nrst'[random.integer(4)]}`,
  );
  const word = syllables.join('');
  return word.charAt(0).toUpperCase() + word.slice(1);
}
