import { createRandom } from '@matinee/numerics';
import type { Catalogue } from '../data/dataset.ts';
import type { History } from '../data/interactions.ts';
import { createVocabulary } from '../data/vocabulary.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';

/** A fit context without progress reports. */
export function quietContext(seed = 1): FitContext {
  return { random: createRandom(seed), checkpoint: () => Promise.resolve() };
}

export interface TinyEvent {
  readonly user: number;
  readonly item: number;
  readonly weight?: number;
  /** Seconds since 1970; default: the position in the list. */
  readonly time?: number;
}

/** Training data from a list of events in order of time. */
export function worldOf(
  events: readonly TinyEvent[],
  { userCount, genresOfItems }: { userCount: number; genresOfItems: readonly (readonly string[])[] },
): TrainingData {
  const timestamps = Float64Array.from(events, ({ time }, row) => time ?? 1_000_000 + row * 60);
  return {
    userCount,
    items: catalogueOf(genresOfItems),
    asOf: timestamps.at(-1) ?? 0,
    interactions: {
      count: events.length,
      userIndices: Int32Array.from(events, ({ user }) => user),
      itemIndices: Int32Array.from(events, ({ item }) => item),
      timestamps,
      weights: Float32Array.from(events, ({ weight = 1 }) => weight),
      labels: Uint8Array.from(events, ({ weight = 1 }) => (weight > 0 ? 1 : 0)),
    },
  };
}

function catalogueOf(genresOfItems: readonly (readonly string[])[]): Catalogue {
  const itemCount = genresOfItems.length;
  const genreNames = [...new Set(genresOfItems.flat())].sort((a, b) => (a < b ? -1 : 1));
  return {
    vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => `i${item}`)),
    titles: Array.from({ length: itemCount }, (_, item) => `Item ${item}`),
    years: new Int32Array(itemCount),
    genreNames,
    genres: genresOfItems.map((genres) => Int32Array.from(genres, (name) => genreNames.indexOf(name)).sort()),
    posterUrls: new Array<undefined>(itemCount).fill(undefined),
    attributes: new Array<undefined>(itemCount).fill(undefined),
  };
}

export function historyOf(items: readonly number[], weights: readonly number[] = items.map(() => 1)): History {
  return {
    itemIndices: Int32Array.from(items),
    timestamps: Float64Array.from(items, (_, position) => 2_000_000 + position * 60),
    weights: Float32Array.from(weights),
  };
}

const COLOURS = 2;
const ITEMS_A_COLOUR = 6;
const USERS_A_COLOUR = 12;
const COLOUR_GENRES = ['Drama', 'Comedy'];

/**
 * Two worlds in one: even users engage only with even items, odd users only with odd ones. Every user has left out one
 * item of their colour, which is the only right answer. Item 12 is cold and has a genre.
 */
export const checkerboard: TrainingData = worldOf(
  Array.from({ length: COLOURS * USERS_A_COLOUR }, (_, user) =>
    itemsOfUser(user).map((item, turn) => ({ user, item, turn })),
  )
    .flat()
    .sort((a, b) => a.turn - b.turn || a.user - b.user),
  {
    userCount: COLOURS * USERS_A_COLOUR,
    genresOfItems: [
      ...Array.from({ length: COLOURS * ITEMS_A_COLOUR }, (_, item) => [COLOUR_GENRES[item % COLOURS]]),
      ['Drama'],
    ],
  },
);

export const UNMET_ITEM = COLOURS * ITEMS_A_COLOUR;

/** The items of a checkerboard user, oldest first, each user starting at another one. */
export function itemsOfUser(user: number): number[] {
  const colour = user % COLOURS;
  const place = (user - colour) / COLOURS;
  return Array.from({ length: ITEMS_A_COLOUR - 1 }, (_, turn) => {
    const step = (place + 1 + turn) % ITEMS_A_COLOUR;
    return step * COLOURS + colour;
  });
}

/** The one item of their colour that a checkerboard user has not met. */
export function missingItemOf(user: number): number {
  const colour = user % COLOURS;
  return (((user - colour) / COLOURS) % ITEMS_A_COLOUR) * COLOURS + colour;
}

/** A random world: popularity falls off with the item index, some weights are negative, some items are never met. */
export function randomWorld(seed: number): TrainingData {
  const random = createRandom(seed);
  const userCount = 2 + random.integer(12);
  const itemCount = 3 + random.integer(20);
  const genres = ['Action', 'Comedy', 'Drama', 'War'];
  const eventCount = 5 + random.integer(120);
  const events = Array.from({ length: eventCount }, () => ({
    user: random.integer(userCount),
    item: Math.floor(itemCount * random.next() ** 2),
    weight: random.next() < 0.15 ? -0.5 : 0.25 + random.next(),
  }));
  // At least one user has two positive events, the minimum for a sequence model.
  return worldOf([{ user: 0, item: 0 }, { user: 0, item: 1 }, ...events], {
    userCount,
    genresOfItems: Array.from({ length: itemCount }, () => genres.filter(() => random.next() < 0.4)),
  });
}

/** A random history over `itemCount` items, sometimes with repeats and with items of negative weight. */
export function randomHistory(seed: number, itemCount: number): History {
  const random = createRandom(seed).fork('history');
  const length = random.integer(10);
  const items = Array.from({ length }, () => random.integer(itemCount));
  return historyOf(
    items,
    items.map(() => (random.next() < 0.3 ? -1 : 1)),
  );
}
