import { type CsrMatrix, topK, transposeCsr } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { requireArray, requireRows } from '../artifacts/artifact-fields.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { historyStrengths } from './history-strengths.ts';
import { positiveMatrix } from './interaction-matrix.ts';
import { rememberLatest } from './remember-latest.ts';
import type { RetrievalModel, RetrievalQuery } from './retrieval-model.ts';
import { retrieveBySums, type SummedScores } from './sparse-sums.ts';
import { strongestContributors } from './strongest-contributors.ts';

const KIND = 'user-knn';
const VERSION = 1;

const userKnnConfigSchema = Type.Object(
  {
    /** Neighbours used of a query. */
    maxNeighbors: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Added to the denominator of the similarity: little in common means little. In squared-weight units. */
    shrinkage: Type.Number({ minimum: 0, maximum: 1_000_000 }),
    /** An item that n people engaged with counts (log(1 + userCount / n))^rarityExponent in the similarity. */
    rarityExponent: Type.Number({ minimum: 0, maximum: 4 }),
    /** A neighbour's weight is similarity^similarityExponent; larger values favour the nearest. */
    similarityExponent: Type.Number({ minimum: 0, maximum: 10 }),
    /** A history item with n later ones counts (1 + n)^−historyDecay; 0 = all count the same. */
    historyDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Number of newest history items that count. */
    maxHistoryItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

export type UserKnnConfig = Static<typeof userKnnConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'history',
  explains: 'neighbors',
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'never',
  role: 'collaborative',
  answerName: 'v2_user_user',
  searchSpace: {
    maxNeighbors: { logInteger: [10, 500] },
    shrinkage: { log: [0.5, 500] },
    rarityExponent: { uniform: [0, 2] },
    similarityExponent: { uniform: [0.5, 8] },
    historyDecay: { uniform: [0, 2] },
  },
  goodFor: ['whole-taste'],
  notes: {
    summary: 'Titles that people with a similar history engaged with.',
    code: 'packages/models/src/retrieval/user-knn.ts',
    card: 'docs/models/user-knn.md',
    paper: { name: 'Herlocker et al. 1999', url: 'https://doi.org/10.1145/312624.312682' },
  },
};

/**
 * User-user nearest neighbours: what people with a similar history engaged with.
 *
 * The query's history, which need not be a known user's, is compared with every training user who shares an item with
 * it, through an index from items to users: sim(q, u) = (q · u) / (‖q‖ ‖u‖ + shrinkage), both sides weighed by item
 * rarity; disliked items count against users who liked them. The `maxNeighbors` most similar, except the user of the
 * query, each give similarity^similarityExponent · weight to their items. Users with similarity ≤ 0 do not count.
 *
 * fit O(interactions); retrieve O(Σ popularity of the history's items + users + maxNeighbors · items per user), and
 * O(items) more where the neighbours have a large part of them.
 *
 * @see Herlocker, Konstan, Borchers & Riedl (1999), An algorithmic framework for performing collaborative filtering,
 * SIGIR; Breese, Heckerman & Kadie (1998), Empirical analysis of predictive algorithms, UAI (inverse user frequency).
 */
export const userKnnFamily: SourceFamily<UserKnnConfig> = defineFamily<UserKnnConfig>({
  kind: KIND,
  version: VERSION,
  schema: userKnnConfigSchema,
  defaults: {
    maxNeighbors: 50,
    shrinkage: 10,
    rarityExponent: 0.5,
    similarityExponent: 4,
    historyDecay: 1,
    maxHistoryItems: 200,
  },
  traits: TRAITS,
  async fit(data, config) {
    return createUserKnnModel(config, positiveMatrix(data));
  },
  async load(artifact, config) {
    const rowPointers = requireArray(artifact, 'rowPointers', Int32Array);
    const columnIndices = requireArray(artifact, 'columnIndices', Int32Array);
    const values = requireArray(artifact, 'values', Float32Array, columnIndices.length);
    const [columnCount] = requireArray(artifact, 'itemCount', Int32Array, 1);
    requireRows(KIND, rowPointers, columnIndices, columnCount);
    return createUserKnnModel(config, {
      rowCount: rowPointers.length - 1,
      columnCount,
      rowPointers,
      columnIndices,
      values,
    });
  },
});

/** Adds factor · value to the columns of the row. */
function addRow(
  { rowPointers, columnIndices, values }: CsrMatrix,
  row: number,
  factor: number,
  sums: Float64Array,
): void {
  const end = rowPointers[row + 1];
  for (let entry = rowPointers[row]; entry < end; entry++) sums[columnIndices[entry]] += factor * values[entry];
}

/**
 * Does the same where every value is 1, as it is unless interactions are graded.
 *
 * @remarks Four at a time: columns of a row are distinct and need not wait for each other. Takes three fifths of the
 * time.
 */
function addRowOfOnes(
  { rowPointers, columnIndices }: CsrMatrix,
  row: number,
  factor: number,
  sums: Float64Array,
): void {
  const end = rowPointers[row + 1];
  let entry = rowPointers[row];
  for (; entry + 3 < end; entry += 4) {
    sums[columnIndices[entry]] += factor;
    sums[columnIndices[entry + 1]] += factor;
    sums[columnIndices[entry + 2]] += factor;
    sums[columnIndices[entry + 3]] += factor;
  }
  for (; entry < end; entry++) sums[columnIndices[entry]] += factor;
}

interface Neighborhood {
  readonly userIndices: Int32Array;
  readonly similarities: Float32Array;
}

/** By item, how much it counts in similarities; 0 for an item without users. */
function raritiesOf({ rowCount, columnCount, rowPointers }: CsrMatrix, rarityExponent: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, item) => {
    const users = rowPointers[item + 1] - rowPointers[item];
    return users === 0 ? 0 : Math.log(1 + columnCount / users) ** rarityExponent;
  });
}

/** By user, the length of the row, weighed by item rarity. */
function normsOf({ rowCount, rowPointers, columnIndices, values }: CsrMatrix, rarities: Float64Array): Float64Array {
  const norms = new Float64Array(rowCount);
  for (let user = 0; user < rowCount; user++) {
    let squared = 0;
    for (let entry = rowPointers[user]; entry < rowPointers[user + 1]; entry++) {
      squared += (values[entry] * rarities[columnIndices[entry]]) ** 2;
    }
    norms[user] = Math.sqrt(squared);
  }
  return norms;
}

/** Returns the row's entry of the item, or −1; the row's columns ascend. */
function findEntry({ rowPointers, columnIndices }: CsrMatrix, user: number, item: number): number {
  let low = rowPointers[user];
  let high = rowPointers[user + 1] - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (columnIndices[middle] === item) return middle;
    if (columnIndices[middle] < item) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Writes the sum of the neighbours' weighted items into `scores`; NaN for an item that none of them has. */
function addNeighbors(
  { rowPointers, columnIndices, values }: CsrMatrix,
  { userIndices, similarities }: Neighborhood,
  similarityExponent: number,
  scores: Float32Array,
): void {
  scores.fill(Number.NaN);
  for (let position = 0; position < userIndices.length; position++) {
    const user = userIndices[position];
    const weight = similarities[position] ** similarityExponent;
    const end = rowPointers[user + 1];
    for (let entry = rowPointers[user]; entry < end; entry++) {
      const item = columnIndices[entry];
      const held = scores[item];
      const added = weight * values[entry];
      scores[item] = Number.isNaN(held) ? added : held + added;
    }
  }
}

/** Returns what each of the items that the user has adds to the product of the similarity, and the sum. */
function shareInCommon(
  matrix: CsrMatrix,
  user: number,
  rarities: Float64Array,
  items: Int32Array,
  strengths: Float64Array,
): { shares: Map<number, number>; total: number } {
  const shares = new Map<number, number>();
  let total = 0;
  for (const [at, item] of items.entries()) {
    const entry = findEntry(matrix, user, item);
    if (entry < 0) continue;
    const share = strengths[at] * rarities[item] ** 2 * matrix.values[entry];
    shares.set(item, (shares.get(item) ?? 0) + share);
    total += share;
  }
  return { shares, total };
}

function createUserKnnModel(config: UserKnnConfig, matrix: CsrMatrix): RetrievalModel {
  const { rowCount: userCount, columnCount: itemCount, rowPointers, columnIndices, values } = matrix;
  const byItem = transposeCsr(matrix);
  const rarities = raritiesOf(byItem, config.rarityExponent);
  const norms = normsOf(matrix, rarities);
  const add = values.every((value) => value === 1) ? addRowOfOnes : addRow;
  const strengthsOf = ({ history }: RetrievalQuery) =>
    historyStrengths(history, config.historyDecay, config.maxHistoryItems);

  const rows = { pointers: rowPointers, targets: columnIndices, weights: values };

  // Filled and read within one call.
  const products = new Float64Array(userCount);
  const similarities = new Float32Array(userCount);

  const compareWithAll = (query: RetrievalQuery): Neighborhood => {
    const { start, strengths } = strengthsOf(query);
    products.fill(0);
    let squared = 0;
    for (let offset = 0; offset < strengths.length; offset++) {
      const item = query.history.itemIndices[start + offset];
      const strength = strengths[offset] * rarities[item];
      squared += strength * strength;
      add(byItem, item, strength * rarities[item], products);
    }
    const norm = Math.sqrt(squared);
    for (let user = 0; user < userCount; user++) {
      similarities[user] = products[user] > 0 ? products[user] / (norm * norms[user] + config.shrinkage) : Number.NaN;
    }
    if (query.userIndex >= 0) similarities[query.userIndex] = Number.NaN;
    const userIndices = topK(similarities, config.maxNeighbors);
    return { userIndices, similarities: Float32Array.from(userIndices, (user) => similarities[user]) };
  };
  // Most of the cost is here.
  const findNeighborhood = rememberLatest(compareWithAll);

  const writeScores = (query: RetrievalQuery, scores: Float32Array): void => {
    addNeighbors(matrix, findNeighborhood(query), config.similarityExponent, scores);
  };

  const sumsOf = (query: RetrievalQuery): SummedScores => {
    const { userIndices, similarities } = findNeighborhood(query);
    return {
      additions: userIndices.reduce((sum, user) => sum + rowPointers[user + 1] - rowPointers[user], 0),
      addTo(sums) {
        for (const [position, user] of userIndices.entries()) {
          sums.add(rows, user, similarities[position] ** config.similarityExponent);
        }
      },
      writeAll: (scores) => writeScores(query, scores),
    };
  };

  return {
    kind: KIND,
    traits: TRAITS,
    itemCount,
    async scoreAll(query, scores) {
      writeScores(query, scores);
    },
    ...retrieveBySums(itemCount, sumsOf),
    async contributors(query, itemIndex, limit) {
      const { userIndices, similarities } = findNeighborhood(query);
      const { start, strengths } = strengthsOf(query);
      const items = query.history.itemIndices.subarray(start);
      const contributions = new Map<number, number>();
      for (const [position, user] of userIndices.entries()) {
        const target = findEntry(matrix, user, itemIndex);
        if (target < 0) continue;
        const weight = similarities[position] ** config.similarityExponent * values[target];
        const { shares, total } = shareInCommon(matrix, user, rarities, items, strengths);
        for (const [item, share] of shares) {
          contributions.set(item, (contributions.get(item) ?? 0) + (weight * share) / total);
        }
      }
      return strongestContributors(contributions, limit);
    },
    evidence(query, itemIndex) {
      const { userIndices } = findNeighborhood(query);
      return { userCount: userIndices.filter((user) => findEntry(matrix, user, itemIndex) >= 0).length };
    },
    save: () => ({
      kind: KIND,
      version: VERSION,
      config: { ...config },
      arrays: { rowPointers, columnIndices, values, itemCount: Int32Array.of(itemCount) },
    }),
  };
}
