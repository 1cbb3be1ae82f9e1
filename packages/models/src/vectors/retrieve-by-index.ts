import { MatineeError } from '@matinee/numerics';
import type { ItemVectors, RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { VectorIndex, VectorTable } from './vector-index.ts';

/** The vectors that an index can hold: items of which a model knows nothing have none. */
export function tableOfVectors({ width, itemIndices, values }: ItemVectors): VectorTable {
  const rows = Array.from(itemIndices.keys()).filter((row) => !Number.isNaN(values[row * width]));
  const vectors = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    vectors.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return { dimension: width, keys: Int32Array.from(rows, (row) => itemIndices[row]), vectors };
}

/**
 * The same model, retrieving from `index` instead of looking at every vector: for catalogues too large for that, and for
 * ones that change while they are served, since what is inserted into the index or removed shows in the next answer.
 * Everything but `retrieve` is as before.
 *
 * @param index Over the model's vectors, and whatever came since.
 * @throws {MatineeError} `NO_VECTORS` when the model does not encode histories.
 */
export function retrieveByIndex<Model extends RetrievalModel>(model: Model, index: VectorIndex): Model {
  const { encode } = model;
  if (encode === undefined) {
    throw new MatineeError('NO_VECTORS', `${model.kind} makes no vectors of histories, so no index can answer for it`);
  }
  return {
    ...model,
    async retrieve(query, n, excluded) {
      const vector = await encode(query);
      if (vector === undefined) return { itemIndices: new Int32Array(0), scores: new Float32Array(0) };
      return index.search(vector, n, excluded);
    },
  };
}
