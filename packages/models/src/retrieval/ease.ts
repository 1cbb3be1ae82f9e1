import { type CsrMatrix, MatineeError, topK } from '@matinee/numerics';
import { gramMatrix, invertPositiveDefinite } from '@matinee/numerics/linear-algebra';
import Type, { type Static } from 'typebox';
import { requireArray, requireRows } from '../artifacts/artifact-fields.ts';
import type { FitContext } from '../training/fit-context.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { positiveMatrix } from './interaction-matrix.ts';
import { createItemToItemModel, type ItemLinks } from './item-to-item.ts';
import type { RetrievalModel } from './retrieval-model.ts';

const KIND = 'ease';
const VERSION = 1;

const easeConfigSchema = Type.Object(
  {
    /** λ, the paper's L2 penalty on the weights: more = smaller weights, less trust in rare co-occurrence. In users. */
    regularization: Type.Number({ minimum: 0.001, maximum: 10_000_000 }),
    /** Weights kept per history item, the largest by size: what an artefact and a request grow with. */
    maxWeights: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** Most items with interactions that a fit accepts: memory grows with their square. */
    maxItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** A history item with n later ones counts (1 + n)^−historyDecay; 0 = all count the same, as in the paper. */
    historyDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Number of newest history items that count. */
    maxHistoryItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

export type EaseConfig = Static<typeof easeConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'history',
  explains: 'sum',
  training: 'direct',
  liveUpdates: 'never',
  role: 'collaborative',
  answerName: 'v2_ease',
  searchSpace: { regularization: { log: [20, 5000] }, historyDecay: { uniform: [0, 2] } },
  goodFor: [],
  notes: {
    summary: 'Each title predicted from all others by one ridge regression, applied to this history.',
    code: 'packages/models/src/retrieval/ease.ts',
    card: 'docs/models/ease.md',
    paper: { name: 'Steck 2019', url: 'https://arxiv.org/abs/1905.03375' },
  },
};

/**
 * EASE: each item predicted from all others by ridge regression, in closed form.
 *
 * Minimises ‖X − XB‖² + λ‖B‖² with diag(B) = 0, where X is the 0/1 matrix of who engaged with what (equation 2). With
 * P = (XᵀX + λI)⁻¹ the solution is B = I − P · diag(1 / diag P) (equation 8): B_ij = −P_ij / P_jj off the diagonal.
 * A candidate's score is Σ strength_i · B_ij over the history (equation 1); disliked and skipped items have negative
 * strength. Negative weights in B are as much part of the model as positive ones: "who watched this needs that less".
 *
 * B is dense; only the `maxWeights` largest weights of every row are kept (docs/models/ease.md has what that costs). An
 * item without a weight from any history item, or without an interaction, has no score.
 *
 * fit O(½ Σ_u n_u² + m³) for users with n_u items and m items with interactions, memory 8 bytes · m²; retrieve
 * O(history · maxWeights + items); artefact 8 bytes · m · maxWeights.
 *
 * @see Steck (2019), Embarrassingly shallow autoencoders for sparse data, WWW.
 */
export const easeFamily: SourceFamily<EaseConfig> = defineFamily<EaseConfig>({
  kind: KIND,
  version: VERSION,
  schema: easeConfigSchema,
  defaults: {
    regularization: 500,
    maxWeights: 400,
    maxItems: 20_000,
    historyDecay: 1,
    maxHistoryItems: 10_000,
  },
  traits: TRAITS,
  /**
   * @throws {MatineeError} Also `TOO_MANY_ITEMS`; `NOT_POSITIVE_DEFINITE` when `regularization` is lost in rounding.
   */
  async fit(data, config, { checkpoint }) {
    const matrix = positiveMatrix(data);
    const metItems = Int32Array.from(new Set(matrix.columnIndices)).sort();
    requireFewItems(metItems.length, config.maxItems);
    await checkpoint(0, 100);
    const gram = gramMatrix(binaryMatrix(matrix, metItems), config.regularization);
    await invertPositiveDefinite(gram, metItems.length, {
      checkpoint: (done, total) => checkpoint(Math.floor((90 * done) / total), 100),
    });
    const weights = await strongestWeights(gram, metItems, config.maxWeights, (done, total) =>
      checkpoint(90 + Math.floor((10 * done) / total), 100),
    );
    return createEaseModel(config, spreadRows(weights, metItems, matrix.columnCount));
  },
  async load(artifact, config) {
    const pointers = requireArray(artifact, 'pointers', Int32Array);
    const targets = requireArray(artifact, 'targets', Int32Array);
    const weights = requireArray(artifact, 'weights', Float32Array, targets.length);
    requireRows(KIND, pointers, targets, pointers.length - 1);
    return createEaseModel(config, { pointers, targets, weights });
  },
});

function requireFewItems(itemCount: number, maxItems: number): void {
  if (itemCount <= maxItems) return;
  const gigabytes = ((8 * itemCount ** 2) / 1e9).toFixed(1);
  throw new MatineeError(
    'TOO_MANY_ITEMS',
    `${KIND}: ${itemCount} items with interactions take ${gigabytes} GB for two matrices of items²; ` +
      `"maxItems" allows ${maxItems}. Use "ials", which holds no such matrix, or raise "maxItems"`,
  );
}

/** The columns of the items with interactions, every entry 1. */
function binaryMatrix(matrix: CsrMatrix, metItems: Int32Array): CsrMatrix {
  const columnOf = new Int32Array(matrix.columnCount);
  for (let column = 0; column < metItems.length; column++) columnOf[metItems[column]] = column;
  return {
    ...matrix,
    columnCount: metItems.length,
    // Both numberings ascend alike, so the rows stay sorted.
    columnIndices: matrix.columnIndices.map((item) => columnOf[item]),
    values: new Float32Array(matrix.values.length).fill(1),
  };
}

/**
 * The largest entries of each row of B = I − P · diag(1 / diag P), by size.
 *
 * @param inverse P, row-major [m, m] over the items with interactions.
 * @returns m rows; targets are indices in the whole catalogue.
 */
async function strongestWeights(
  inverse: Float32Array,
  metItems: Int32Array,
  maxWeights: number,
  checkpoint: FitContext['checkpoint'],
): Promise<ItemLinks> {
  const size = metItems.length;
  const kept = Math.min(maxWeights, size - 1);
  const pointers = Int32Array.from({ length: size + 1 }, (_, row) => row * kept);
  const targets = new Int32Array(size * kept);
  const weights = new Float32Array(size * kept);
  const scales = Float64Array.from({ length: size }, (_, column) => -1 / inverse[column * size + column]);
  const magnitudes = new Float32Array(size);
  for (let row = 0; row < size; row++) {
    const products = inverse.subarray(row * size, (row + 1) * size);
    for (let column = 0; column < size; column++) magnitudes[column] = Math.abs(products[column] * scales[column]);
    magnitudes[row] = Number.NaN; // no item predicts itself
    const best = topK(magnitudes, kept);
    for (let place = 0; place < kept; place++) {
      targets[row * kept + place] = metItems[best[place]];
      weights[row * kept + place] = products[best[place]] * scales[best[place]];
    }
    await checkpoint(row, size);
  }
  return { pointers, targets, weights };
}

/** The same rows under the items' indices in the whole catalogue; an item without interactions has an empty row. */
function spreadRows({ pointers, targets, weights }: ItemLinks, metItems: Int32Array, itemCount: number): ItemLinks {
  const spread = new Int32Array(itemCount + 1);
  for (let row = 0; row < metItems.length; row++) spread[metItems[row] + 1] = pointers[row + 1] - pointers[row];
  for (let item = 0; item < itemCount; item++) spread[item + 1] += spread[item];
  return { pointers: spread, targets, weights };
}

function createEaseModel(config: EaseConfig, links: ItemLinks): RetrievalModel {
  const { historyDecay, maxHistoryItems } = config;
  const save = () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { ...links } });
  return createItemToItemModel({ kind: KIND, traits: TRAITS, links, historyDecay, maxHistoryItems, save });
}
