import type { CsrMatrix } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { requireArray, requireRows } from '../artifacts/artifact-fields.ts';
import type { SpaceDefinition } from '../config/search-dimension.ts';
import { findNeighbors, type Similarity } from './co-occurrence-neighbors.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { positiveMatrix } from './interaction-matrix.ts';
import { createItemToItemModel } from './item-to-item.ts';
import type { Neighbors } from './neighbor-lists.ts';
import type { RetrievalModel } from './retrieval-model.ts';

const KIND = 'item-knn';
const VERSION = 1;

const itemKnnConfigSchema = Type.Object(
  {
    /** `cosine`: shrunk, with damped users. `bm25`: plain products of BM25 weights. */
    similarity: Type.Union([Type.Literal('cosine'), Type.Literal('bm25')]),
    /** Neighbours kept per item: what an artefact's size and a request's cost grow with. */
    maxNeighbors: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** Number of newest interactions that train, per user: bounds the cost of users with very long histories. */
    maxTrainingItems: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** Cosine: added to the denominator, so that few co-occurrences mean little. In squared-weight units. */
    shrinkage: Type.Number({ minimum: 0, maximum: 1_000_000 }),
    /** Cosine: share of the normalisation that the candidate bears; 0.5 = cosine, less = popular candidates gain. */
    candidateExponent: Type.Number({ minimum: 0, maximum: 1 }),
    /** Cosine: a pair in a history of n items counts n^−userDamping: users who watch everything say little. */
    userDamping: Type.Number({ minimum: 0, maximum: 2 }),
    /** BM25: how far above 1 a weight still counts more. */
    k1: Type.Number({ minimum: 0, maximum: 10_000 }),
    /** BM25: how much popular items are held back; 0 = not, 1 = in full. */
    b: Type.Number({ minimum: 0, maximum: 1 }),
    /** A history item with n later ones counts (1 + n)^−historyDecay; 0 = all count the same. */
    historyDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Number of newest history items that count. */
    maxHistoryItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

export type ItemKnnConfig = Static<typeof itemKnnConfigSchema>;

/** What to search of the cosine. */
export const COSINE_SPACE: SpaceDefinition = {
  shrinkage: { log: [1, 1000] },
  candidateExponent: { uniform: [0.3, 0.9] },
  userDamping: { uniform: [0, 1] },
  maxNeighbors: { logInteger: [50, 500] },
};

const TRAITS: FamilyTraits = {
  reads: 'history',
  explains: 'sum',
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'never',
  role: 'collaborative',
  answerName: 'v2_item_item',
  searchSpace: { ...COSINE_SPACE, maxTrainingItems: { logInteger: [50, 1000] }, historyDecay: { uniform: [0, 3] } },
  goodFor: ['neighbors'],
  notes: {
    summary: 'Titles that the same people engaged with as the titles of this history. Later titles count more.',
    code: 'packages/models/src/retrieval/item-knn.ts',
    card: 'docs/models/item-knn.md',
    paper: { name: 'Deshpande & Karypis 2004', url: 'https://doi.org/10.1145/963770.963776' },
  },
};

/**
 * Item-item nearest neighbours: items that the same people engaged with.
 *
 * `cosine`: sim(i → j) = Σ_u n_u^−userDamping w_ui w_uj / (‖i‖^(2 − 2c) · ‖j‖^(2c) + shrinkage), with c the
 * `candidateExponent`, n_u the number of u's items and the norms over the same damped weights; c = 0.5 is the cosine.
 * `bm25`: sim(i, j) = Σ_u x_ui x_uj, where items are the documents and users the terms:
 * x_ui = log(itemCount / (1 + n_u)) · w_ui (k1 + 1) / (w_ui + k1 (1 − b + b · length_i / mean length)).
 *
 * A candidate's score is Σ strength_i · sim(i → candidate) over the history; disliked and skipped items have negative
 * strength and push their neighbours down. An item that no history item has for a neighbour has no score.
 *
 * fit O(½ Σ_u n_u²) with n_u ≤ maxTrainingItems; retrieve O(history · maxNeighbors + items); artefact 8 bytes · items ·
 * maxNeighbors.
 *
 * @see Deshpande & Karypis (2004), Item-based top-N recommendation algorithms, ACM TOIS 22(1); Aiolli (2013), Efficient
 * top-N recommendation for very large scale binary rated datasets, RecSys (the asymmetric cosine); Robertson & Zaragoza
 * (2009), The probabilistic relevance framework: BM25 and beyond.
 */
export const itemKnnFamily: SourceFamily<ItemKnnConfig> = defineFamily<ItemKnnConfig>({
  kind: KIND,
  version: VERSION,
  schema: itemKnnConfigSchema,
  defaults: {
    similarity: 'cosine',
    maxNeighbors: 200,
    maxTrainingItems: 200,
    shrinkage: 10,
    candidateExponent: 0.6,
    userDamping: 0,
    k1: 100,
    b: 0.4,
    historyDecay: 1.5,
    maxHistoryItems: 200,
  },
  traits: TRAITS,
  async fit(data, config, { checkpoint }) {
    const matrix = positiveMatrix(data, config.maxTrainingItems);
    const [weighted, similarity] =
      config.similarity === 'bm25' ? weighBm25(matrix, config) : weighCosine(matrix, config);
    return createItemKnnModel(config, await findNeighbors(weighted, similarity, config.maxNeighbors, checkpoint));
  },
  async load(artifact, config) {
    const pointers = requireArray(artifact, 'pointers', Int32Array);
    const neighbors = requireArray(artifact, 'neighbors', Int32Array);
    const similarities = requireArray(artifact, 'similarities', Float32Array, neighbors.length);
    requireRows(KIND, pointers, neighbors, pointers.length - 1);
    return createItemKnnModel(config, { pointers, neighbors, similarities });
  },
});

/** The defaults of BM25 similarity. */
export const BM25_DEFAULTS: ItemKnnConfig = {
  ...itemKnnFamily.defaults,
  similarity: 'bm25',
  maxTrainingItems: 1_000_000,
  historyDecay: 1,
};

function weighCosine(
  matrix: CsrMatrix,
  { userDamping, candidateExponent, shrinkage }: ItemKnnConfig,
): [CsrMatrix, Similarity] {
  const { rowPointers, columnIndices } = matrix;
  const values = matrix.values.slice();
  const squaredNorms = new Float64Array(matrix.columnCount);
  for (let user = 0; user < matrix.rowCount; user++) {
    const start = rowPointers[user];
    const end = rowPointers[user + 1];
    // Both factors of a product carry the user's weight, so each gets its square root.
    const damping = (end - start) ** (-userDamping / 2);
    for (let entry = start; entry < end; entry++) {
      values[entry] *= damping;
      squaredNorms[columnIndices[entry]] += values[entry] * values[entry];
    }
  }
  const similarity: Similarity = {
    sourceNorms: squaredNorms.map((squared) => squared ** (1 - candidateExponent)),
    targetNorms: squaredNorms.map((squared) => squared ** candidateExponent),
    shrinkage,
  };
  return [{ ...matrix, values }, similarity];
}

function weighBm25(matrix: CsrMatrix, { k1, b }: ItemKnnConfig): [CsrMatrix, Similarity] {
  const { rowPointers, columnIndices, rowCount, columnCount } = matrix;
  const lengths = new Float64Array(columnCount);
  let total = 0;
  for (let entry = 0; entry < columnIndices.length; entry++) {
    lengths[columnIndices[entry]] += matrix.values[entry];
    total += matrix.values[entry];
  }
  const meanLength = total / columnCount;
  const values = new Float32Array(matrix.values.length);
  for (let user = 0; user < rowCount; user++) {
    const start = rowPointers[user];
    const end = rowPointers[user + 1];
    // A user with every item would get a weight below 0.
    const rarity = Math.max(1e-6, Math.log(columnCount / (1 + end - start)));
    for (let entry = start; entry < end; entry++) {
      const weight = matrix.values[entry];
      const saturation = k1 * (1 - b + (b * lengths[columnIndices[entry]]) / meanLength);
      values[entry] = (rarity * weight * (k1 + 1)) / (weight + saturation);
    }
  }
  const ones = new Float64Array(columnCount).fill(1);
  return [
    { ...matrix, values },
    { sourceNorms: ones, targetNorms: ones, shrinkage: 0 },
  ];
}

function createItemKnnModel(config: ItemKnnConfig, parts: Neighbors): RetrievalModel {
  const { pointers, neighbors, similarities } = parts;
  return createItemToItemModel({
    kind: KIND,
    traits: TRAITS,
    links: { pointers, targets: neighbors, weights: similarities },
    historyDecay: config.historyDecay,
    maxHistoryItems: config.maxHistoryItems,
    save: () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { ...parts } }),
  });
}
