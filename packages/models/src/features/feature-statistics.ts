import { type CsrMatrix, csrFromTriplets, transposeCsr } from '@matinee/numerics';
import { requireArray, requireArtifact, requireRows } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { ItemContent } from '../data/dataset.ts';
import { findNeighbors } from '../retrieval/co-occurrence-neighbors.ts';
import { positiveMatrix } from '../retrieval/interaction-matrix.ts';
import { buildUserTimelines } from '../splits/user-timelines.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import { buildItemActivity, type ItemActivity } from './item-activity.ts';

/** Statistics for features, counted on training data only. Immutable. */
export interface FeatureStatistics {
  readonly itemCount: number;
  /** Release years by item; 0 = unknown. */
  readonly years: Int32Array;
  readonly genreCount: number;
  /** Genres of item i: `genres[genrePointers[i] … genrePointers[i + 1] − 1]`. */
  readonly genrePointers: Int32Array;
  readonly genres: Int32Array;
  readonly activity: ItemActivity;
  /** Mean of all ratings of the training data; NaN without ratings. */
  readonly meanRating: number;
  /** Row i: the items with the highest co-occurrence cosine with i, ascending by index. */
  readonly neighbors: CsrMatrix;
  /** Row i: the share of each item among those that came directly after i. */
  readonly nexts: CsrMatrix;
  /** Row i: items within {@link WINDOW} steps after i, weighted by 1 / step; rows sum to 1. */
  readonly followers: CsrMatrix;
  /** The transposes of both: row i has the items that i came after. Derived, not saved. */
  readonly nextsBack: CsrMatrix;
  readonly followersBack: CsrMatrix;
}

/** What the statistics hold of the item table. */
export const STATISTICS_READ: readonly ItemContent[] = ['genres', 'years'];

const FEATURE_STATISTICS_KIND = 'feature-statistics';
const VERSION = 1;
/** Largest number of steps between an item and its follower. */
const WINDOW = 5;
const MAX_NEIGHBORS = 300;
/** Shrinkage of co-occurrence counts: number of common users attributed to chance. */
const NEIGHBOR_SHRINKAGE = 10;

/**
 * Computes all statistics from the training data.
 *
 * @remarks Time and memory O(interactions · {@link WINDOW} + Σ n_u²) for users with n_u items.
 */
export async function fitFeatureStatistics(data: TrainingData, context: FitContext): Promise<FeatureStatistics> {
  const { items, interactions } = data;
  const itemCount = items.vocabulary.ids.length;
  const genrePointers = new Int32Array(itemCount + 1);
  for (let item = 0; item < itemCount; item++)
    genrePointers[item + 1] = genrePointers[item] + items.genres[item].length;
  const genres = new Int32Array(genrePointers[itemCount]);
  for (let item = 0; item < itemCount; item++) genres.set(items.genres[item], genrePointers[item]);
  const nexts = countFollowers(data, itemCount, 1);
  const followers = countFollowers(data, itemCount, WINDOW);
  return {
    itemCount,
    years: items.years,
    genreCount: items.genreNames.length,
    genrePointers,
    genres,
    activity: buildItemActivity(interactions, itemCount),
    meanRating: meanOf(interactions.ratings ?? new Float32Array(0)),
    neighbors: await countNeighbors(data, itemCount, context),
    nexts,
    followers,
    nextsBack: transposeCsr(nexts),
    followersBack: transposeCsr(followers),
  };
}

async function countNeighbors(data: TrainingData, itemCount: number, context: FitContext): Promise<CsrMatrix> {
  const matrix = positiveMatrix(data);
  matrix.values.fill(1);
  const norms = new Float64Array(itemCount);
  for (const item of matrix.columnIndices) norms[item]++;
  for (let item = 0; item < itemCount; item++) norms[item] = Math.sqrt(norms[item]);
  const { pointers, neighbors, similarities } = await findNeighbors(
    matrix,
    { sourceNorms: norms, targetNorms: norms, shrinkage: NEIGHBOR_SHRINKAGE },
    MAX_NEIGHBORS,
    context.checkpoint,
  );
  return csrFromTriplets(itemCount, itemCount, rowsOf(pointers), neighbors, similarities);
}

/** Counts each user's positive events within `window` steps after each other; rows are normalised to sum 1. */
function countFollowers(
  { interactions, userCount, items }: TrainingData,
  itemCount: number,
  window: number,
): CsrMatrix {
  const timelines = buildUserTimelines({ interactions, userCount, itemCount });
  const from: number[] = [];
  const to: number[] = [];
  const strengths: number[] = [];
  const positives: number[] = [];
  for (let user = 0; user < userCount; user++) {
    positives.length = 0;
    for (let at = timelines.pointers[user]; at < timelines.pointers[user + 1]; at++) {
      if (timelines.weights[at] > 0 && timelines.isFirst[at] === 1) positives.push(timelines.itemIndices[at]);
    }
    for (let at = 0; at < positives.length; at++) {
      for (let step = 1; step <= window && at + step < positives.length; step++) {
        from.push(positives[at]);
        to.push(positives[at + step]);
        strengths.push(1 / step);
      }
    }
  }
  const counts = csrFromTriplets(
    itemCount,
    items.vocabulary.ids.length,
    Int32Array.from(from),
    Int32Array.from(to),
    Float32Array.from(strengths),
  );
  for (let item = 0; item < itemCount; item++) {
    let total = 0;
    for (let at = counts.rowPointers[item]; at < counts.rowPointers[item + 1]; at++) total += counts.values[at];
    for (let at = counts.rowPointers[item]; at < counts.rowPointers[item + 1]; at++) counts.values[at] /= total;
  }
  return counts;
}

function meanOf(ratings: Float32Array): number {
  let total = 0;
  let count = 0;
  for (const rating of ratings) {
    if (Number.isNaN(rating)) continue;
    total += rating;
    count++;
  }
  return total / count;
}

function rowsOf(pointers: Int32Array): Int32Array {
  const rows = new Int32Array(pointers[pointers.length - 1]);
  for (let row = 0; row + 1 < pointers.length; row++) rows.fill(row, pointers[row], pointers[row + 1]);
  return rows;
}

const MATRICES = ['neighbors', 'nexts', 'followers'] as const;

/** Saves the statistics as an artefact. */
export function saveFeatureStatistics(statistics: FeatureStatistics): ModelArtifact {
  const { itemCount, genreCount, years, genrePointers, genres, activity, meanRating } = statistics;
  const matrices = MATRICES.flatMap((name) => {
    const { rowPointers, columnIndices, values } = statistics[name];
    return [
      [`${name}.rowPointers`, rowPointers],
      [`${name}.columnIndices`, columnIndices],
      [`${name}.values`, values],
    ] as const;
  });
  return {
    kind: FEATURE_STATISTICS_KIND,
    version: VERSION,
    config: { itemCount, genreCount },
    arrays: {
      years,
      genrePointers,
      genres,
      ...Object.fromEntries(matrices),
      ...Object.fromEntries(Object.entries(activity).map(([name, array]) => [`activity.${name}`, array])),
      meanRating: Float64Array.of(meanRating),
    },
  };
}

/** @throws {MatineeError} `BAD_ARTIFACT` when parts are missing or do not fit together. */
export function loadFeatureStatistics(artifact: ModelArtifact): FeatureStatistics {
  requireArtifact(artifact, FEATURE_STATISTICS_KIND, VERSION);
  const years = requireArray(artifact, 'years', Int32Array);
  const itemCount = years.length;
  const genrePointers = requireArray(artifact, 'genrePointers', Int32Array, itemCount + 1);
  const genres = requireArray(artifact, 'genres', Int32Array);
  const genreCount = Number(artifact.config['genreCount']);
  requireRows(FEATURE_STATISTICS_KIND, genrePointers, genres, genreCount);
  const pointers = requireArray(artifact, 'activity.pointers', Int32Array, itemCount + 1);
  const eventCount = pointers[itemCount];
  const matrixOf = (name: (typeof MATRICES)[number]): CsrMatrix => {
    const rowPointers = requireArray(artifact, `${name}.rowPointers`, Int32Array, itemCount + 1);
    const columnIndices = requireArray(artifact, `${name}.columnIndices`, Int32Array);
    requireRows(FEATURE_STATISTICS_KIND, rowPointers, columnIndices, itemCount);
    const values = requireArray(artifact, `${name}.values`, Float32Array, columnIndices.length);
    return { rowCount: itemCount, columnCount: itemCount, rowPointers, columnIndices, values };
  };
  const nexts = matrixOf('nexts');
  const followers = matrixOf('followers');
  return {
    itemCount,
    years,
    genreCount,
    genrePointers,
    genres,
    activity: {
      pointers,
      times: requireArray(artifact, 'activity.times', Float64Array, eventCount),
      ratingSums: requireArray(artifact, 'activity.ratingSums', Float64Array, eventCount),
      ratingCounts: requireArray(artifact, 'activity.ratingCounts', Int32Array, eventCount),
      fadedCounts: requireArray(artifact, 'activity.fadedCounts', Float32Array, eventCount),
      moments: requireArray(artifact, 'activity.moments', Float64Array, eventCount),
    },
    meanRating: requireArray(artifact, 'meanRating', Float64Array, 1)[0],
    neighbors: matrixOf('neighbors'),
    nexts,
    followers,
    nextsBack: transposeCsr(nexts),
    followersBack: transposeCsr(followers),
  };
}
