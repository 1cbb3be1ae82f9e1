import Type, { type Static } from 'typebox';
import { requireArray, requireRows } from '../artifacts/artifact-fields.ts';
import type { Catalogue } from '../data/dataset.ts';
import { growGenreRows } from '../data/genre-rows.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { sumOverPeople } from './count-people.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { type GenreSets, groupByGenres, mergeSets } from './genre-sets.ts';
import { historyStrengths } from './history-strengths.ts';
import { NOTHING_RETRIEVED, type RetrievalModel, type RetrievalQuery, type ScoredItems } from './retrieval-model.ts';
import { strongestContributors } from './strongest-contributors.ts';

const KIND = 'genre-affinity';
const VERSION = 1;

const genreAffinityConfigSchema = Type.Object(
  {
    /** Items of average taste added to every history: a short history says little. */
    smoothing: Type.Number({ exclusiveMinimum: 0, maximum: 10_000 }),
    /** Exponent of the item's popularity in its score: 0 = genres alone, 1 = popularity in full. */
    popularityExponent: Type.Number({ minimum: 0, maximum: 2 }),
    /** Exponent of the genre match in the score. */
    affinityExponent: Type.Number({ minimum: 0, maximum: 20 }),
    /** A history item with n later ones counts (1 + n)^−historyDecay; 0 = all count the same. */
    historyDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Number of newest history items that count. */
    maxHistoryItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

export type GenreAffinityConfig = Static<typeof genreAffinityConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'genres',
  readsOfItems: ['genres'],
  explains: 'genres',
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'never',
  role: 'prior',
  answerName: 'genre',
  searchSpace: {
    smoothing: { log: [0.1, 100] },
    popularityExponent: { uniform: [0.2, 1.6] },
    affinityExponent: { uniform: [0.2, 4] },
    historyDecay: { uniform: [0, 2] },
  },
  goodFor: ['whole-taste', 'same-genres'],
  notes: {
    summary: 'Popular titles of the genres that this history prefers more than people do on average.',
    code: 'packages/models/src/retrieval/genre-affinity.ts',
    card: 'docs/models/genre-affinity.md',
  },
};

/**
 * Retrieves popular items of the genres that a history prefers.
 *
 * Every item carries one unit, shared evenly among its genres. The profile of a history is the share of each genre in
 * it, smoothed towards everybody's: p(g) = max(0, Σ_i strength_i · share(i, g) + smoothing · global(g)) / (same, summed
 * over g). An item's match is the mean lift of its genres, Σ_g share(item, g) · p(g) / global(g), and its score
 * match^affinityExponent · popularity^popularityExponent: there are far more items than genre sets, so popularity
 * decides between items that match alike. Disliked and skipped items lower their genres.
 *
 * Items without a genre or without an interaction have no score. An empty history gives no scores at all: its profile
 * is everybody's, which the popularity model covers.
 *
 * fit O(interactions · genres per item); retrieve O(history · genres per item + genre sets + n · log genre sets): items
 * with equal genres are kept in one order.
 */
export const genreAffinityFamily: SourceFamily<GenreAffinityConfig> = defineFamily<GenreAffinityConfig>({
  kind: KIND,
  version: VERSION,
  schema: genreAffinityConfigSchema,
  defaults: {
    smoothing: 1,
    popularityExponent: 1,
    affinityExponent: 1,
    historyDecay: 1,
    maxHistoryItems: 200,
  },
  traits: TRAITS,
  async fit(data, config) {
    return createGenreAffinityModel(config, countGenres(data));
  },
  async load(artifact, config) {
    const popularity = requireArray(artifact, 'popularity', Float32Array);
    const parts = {
      genrePointers: requireArray(artifact, 'genrePointers', Int32Array, popularity.length + 1),
      itemGenres: requireArray(artifact, 'itemGenres', Int32Array),
      globalShares: requireArray(artifact, 'globalShares', Float64Array),
      popularity,
    };
    requireRows(KIND, parts.genrePointers, parts.itemGenres, parts.globalShares.length);
    return createGenreAffinityModel(config, parts);
  },
});

interface GenreAffinityParts {
  readonly genrePointers: Int32Array;
  readonly itemGenres: Int32Array;
  /** Share of each genre in what people engage with, everybody once an item; sums to 1. */
  readonly globalShares: Float64Array;
  readonly popularity: Float32Array;
}

function countGenres({ interactions, items }: TrainingData): GenreAffinityParts {
  const itemCount = items.vocabulary.ids.length;
  const genrePointers = new Int32Array(itemCount + 1);
  for (let item = 0; item < itemCount; item++)
    genrePointers[item + 1] = genrePointers[item] + items.genres[item].length;
  const itemGenres = new Int32Array(genrePointers[itemCount]);
  for (let item = 0; item < itemCount; item++) itemGenres.set(items.genres[item], genrePointers[item]);

  const popularity = sumOverPeople(interactions, itemCount, (row) => interactions.weights[row]);
  const globalShares = new Float64Array(items.genreNames.length);
  let total = 0;
  for (let item = 0; item < itemCount; item++) {
    const genres = items.genres[item];
    for (const genre of genres) globalShares[genre] += popularity[item] / genres.length;
    if (genres.length > 0) total += popularity[item];
  }
  for (let genre = 0; genre < globalShares.length; genre++) globalShares[genre] /= Math.max(total, Number.MIN_VALUE);
  return { genrePointers, itemGenres, globalShares, popularity: Float32Array.from(popularity) };
}

/** Leaves out genres without a training interaction: there is no global share to compare with. */
function growParts(parts: GenreAffinityParts, items: Catalogue): GenreAffinityParts {
  const { genrePointers, itemGenres, globalShares } = parts;
  const rows = growGenreRows({ pointers: genrePointers, genres: itemGenres }, items, globalShares.length);
  const popularity = new Float32Array(items.genres.length);
  popularity.set(parts.popularity);
  return { genrePointers: rows.pointers, itemGenres: rows.genres, globalShares, popularity };
}

function createGenreAffinityModel(config: GenreAffinityConfig, parts: GenreAffinityParts): RetrievalModel {
  const { genrePointers, itemGenres, popularity } = parts;
  const itemCount = popularity.length;
  // match^a · popularity^b; the second factor never changes.
  const popularityFactors = popularity.map((count) => (count > 0 ? count ** config.popularityExponent : Number.NaN));
  const strengthsOf = ({ history }: RetrievalQuery): WeighedItems => {
    const { start, strengths } = historyStrengths(history, config.historyDecay, config.maxHistoryItems);
    return { items: history.itemIndices.subarray(start), strengths };
  };
  const liftsOf = (query: RetrievalQuery): Float64Array | undefined =>
    genreLifts(parts, strengthsOf(query), config.smoothing);

  let genreSets: GenreSets | undefined;
  const setsOf = (): GenreSets => {
    genreSets ??= groupByGenres(parts, popularityFactors);
    return genreSets;
  };
  /** By genre set, match^a; undefined for a history without any genre. */
  const matchesOf = (query: RetrievalQuery): Float64Array | undefined => {
    const lifts = liftsOf(query);
    return lifts && matchSets(parts, setsOf(), lifts, config.affinityExponent);
  };
  const scoreOf = (matches: Float64Array, item: number): number => {
    const set = setsOf().setOf[item];
    return set < 0 ? Number.NaN : matches[set] * popularityFactors[item];
  };
  const topOf = (matches: Float64Array | undefined, n: number, excluded: Uint8Array | undefined): ScoredItems =>
    matches === undefined ? NOTHING_RETRIEVED.items : mergeSets(setsOf(), matches, popularityFactors, n, excluded);

  return {
    kind: KIND,
    traits: TRAITS,
    itemCount,
    async scoreAll(query, scores) {
      const matches = matchesOf(query);
      if (matches === undefined) scores.fill(Number.NaN);
      else for (let item = 0; item < itemCount; item++) scores[item] = scoreOf(matches, item);
    },
    retrieve: async (query, n, excluded) => topOf(matchesOf(query), n, excluded),
    async retrieveAndScore(query, n, excluded) {
      const matches = matchesOf(query);
      return {
        items: topOf(matches, n, excluded),
        writeScores(itemIndices, scores) {
          for (let at = 0; at < itemIndices.length; at++) {
            scores[at] = matches === undefined ? Number.NaN : scoreOf(matches, itemIndices[at]);
          }
        },
      };
    },
    async contributors(query, itemIndex, limit) {
      return strongestContributors(contributionsTo(parts, strengthsOf(query), itemIndex), limit);
    },
    evidence(query, itemIndex) {
      const lifts = liftsOf(query);
      if (lifts === undefined) return {};
      const genres = [...itemGenres.subarray(genrePointers[itemIndex], genrePointers[itemIndex + 1])];
      return { genres: genres.filter((genre) => lifts[genre] > 1).sort((a, b) => lifts[b] - lifts[a] || a - b) };
    },
    // A new item counts in histories by its genres; it is retrieved once a training has seen engagements with it.
    grow: async (items) => createGenreAffinityModel(config, growParts(parts, items)),
    save: () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { ...parts } }),
  };
}

function matchSets(
  parts: GenreAffinityParts,
  { examples }: GenreSets,
  lifts: Float64Array,
  exponent: number,
): Float64Array {
  const { genrePointers, itemGenres } = parts;
  const matches = new Float64Array(examples.length);
  for (let set = 0; set < matches.length; set++) {
    const item = examples[set];
    let match = 0;
    for (let at = genrePointers[item]; at < genrePointers[item + 1]; at++) match += lifts[itemGenres[at]];
    matches[set] = (match / countGenresOf(parts, item)) ** exponent;
  }
  return matches;
}

/** The history items that count, oldest first, and how much. */
interface WeighedItems {
  readonly items: Int32Array;
  readonly strengths: Float64Array;
}

function countGenresOf({ genrePointers }: GenreAffinityParts, item: number): number {
  return genrePointers[item + 1] - genrePointers[item];
}

/** Returns, by genre, the history's share of it over everybody's; undefined for a history without any genre. */
function genreLifts(
  parts: GenreAffinityParts,
  { items, strengths }: WeighedItems,
  smoothing: number,
): Float64Array | undefined {
  const { genrePointers, itemGenres, globalShares } = parts;
  const profile = globalShares.map((share) => share * smoothing);
  let isInformed = false;
  for (let position = 0; position < items.length; position++) {
    const item = items[position];
    const share = strengths[position] / countGenresOf(parts, item);
    for (let at = genrePointers[item]; at < genrePointers[item + 1]; at++) {
      profile[itemGenres[at]] += share;
      isInformed = true;
    }
  }
  if (!isInformed) return undefined;
  let total = 0;
  for (let genre = 0; genre < profile.length; genre++) {
    profile[genre] = Math.max(0, profile[genre]);
    total += profile[genre];
  }
  if (!(total > 0)) return undefined;
  // A genre that no training interaction has gets the lift of an average one.
  return profile.map((value, genre) => (globalShares[genre] > 0 ? value / total / globalShares[genre] : 1));
}

/** Returns what each history item adds to the match of a candidate: the lifts of the genres that they share. */
function contributionsTo(
  parts: GenreAffinityParts,
  { items, strengths }: WeighedItems,
  candidate: number,
): Map<number, number> {
  const { genrePointers, itemGenres, globalShares } = parts;
  const sharedWeight = new Float64Array(globalShares.length);
  const genreCount = countGenresOf(parts, candidate);
  for (let at = genrePointers[candidate]; at < genrePointers[candidate + 1]; at++) {
    const genre = itemGenres[at];
    if (globalShares[genre] > 0) sharedWeight[genre] = 1 / genreCount / globalShares[genre];
  }
  const found = new Map<number, number>();
  for (const [position, item] of items.entries()) {
    let contribution = 0;
    for (let at = genrePointers[item]; at < genrePointers[item + 1]; at++) {
      contribution += (strengths[position] / countGenresOf(parts, item)) * sharedWeight[itemGenres[at]];
    }
    found.set(item, (found.get(item) ?? 0) + contribution);
  }
  return found;
}
