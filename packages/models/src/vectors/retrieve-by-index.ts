import { MatineeError } from '@matinee/numerics';
import { growModel } from '../retrieval/grow-model.ts';
import {
  type ItemVectors,
  NOTHING_RETRIEVED,
  type RetrievalModel,
  type RetrievalQuery,
  type ScoredRetrieval,
} from '../retrieval/retrieval-model.ts';
import { innerProduct } from './inner-product.ts';
import type { VectorIndex, VectorTable } from './vector-index.ts';

/** The vectors of a model that an index can hold. Items unknown to the model have none. */
export function tableOfVectors({ width, itemIndices, values }: ItemVectors): VectorTable {
  const rows = Array.from(itemIndices.keys()).filter((row) => !Number.isNaN(values[row * width]));
  const vectors = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    vectors.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return { dimension: width, keys: Int32Array.from(rows, (row) => itemIndices[row]), vectors };
}

/**
 * Returns the same model, but retrieving from `index` instead of comparing every vector. Use it for large catalogues
 * and for catalogues that change while served: an insertion or removal takes effect in the next retrieval. A grown
 * model retrieves from the same index, which then contains the new items. Everything else is unchanged.
 *
 * @param index Contains the model's vectors and any vectors inserted since.
 * @throws {MatineeError} `NO_VECTORS` when the model does not encode histories.
 */
export function retrieveByIndex<Model extends RetrievalModel>(model: Model, index: VectorIndex): Model {
  const { encode, vectors } = model;
  if (encode === undefined || vectors === undefined) {
    throw new MatineeError('NO_VECTORS', `${model.kind} makes no vectors of histories, so no index can answer for it`);
  }
  const rows = new Int32Array(model.itemCount).fill(-1);
  for (let row = 0; row < vectors.itemIndices.length; row++) rows[vectors.itemIndices[row]] = row;

  const retrieveAndScore = async (
    query: RetrievalQuery,
    n: number,
    excluded?: Uint8Array,
  ): Promise<ScoredRetrieval> => {
    const vector = await encode(query);
    if (vector === undefined) return NOTHING_RETRIEVED;
    return {
      items: index.search(vector, n, excluded),
      writeScores(itemIndices, scores) {
        for (let at = 0; at < itemIndices.length; at++) {
          const row = rows[itemIndices[at]];
          scores[at] = row >= 0 ? innerProduct(vector, vectors.values, row * vectors.width) : Number.NaN;
        }
      },
    };
  };

  return {
    ...model,
    retrieve: async (query, n, excluded) => (await retrieveAndScore(query, n, excluded)).items,
    retrieveAndScore,
    async grow(items, pause) {
      const grown = await growModel(model, items, pause);
      const { width, itemIndices, values } = grown.vectors ?? vectors;
      for (let row = 0; row < itemIndices.length; row++) {
        const key = itemIndices[row];
        if (index.has(key) || Number.isNaN(values[row * width])) continue;
        index.insert(key, values.subarray(row * width, (row + 1) * width));
        await pause?.();
      }
      return retrieveByIndex(grown, index);
    },
  };
}
