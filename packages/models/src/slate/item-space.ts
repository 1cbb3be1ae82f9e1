import type { NamedSource } from '../blend/blend.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { ItemVectors } from '../retrieval/retrieval-model.ts';

/** What the titles of a list are compared by: genres, and vectors where a model of the release has some. */
export interface ItemSpace {
  /** Genres of each title as positions below `genreCount`. */
  readonly genres: readonly Uint8Array[];
  readonly genreCount: number;
  /** 0: genres alone. */
  readonly width: number;
  /** Row-major [titles, width]: each row of length 1, or of zeros for a title that the model does not know. */
  readonly vectors: Float32Array;
}

/**
 * The space of a release's titles. Its vectors are those of the first source that has some, such as the two towers': they
 * tell apart what one genre holds, and bring together what people watch together across genres.
 */
export function createItemSpace(
  { genres, genreNames }: Catalogue,
  sources: readonly Pick<NamedSource, 'model'>[],
): ItemSpace {
  const found = sources.find(({ model }) => model.vectors !== undefined)?.model.vectors;
  return {
    genres,
    genreCount: genreNames.length,
    width: found?.width ?? 0,
    vectors: found === undefined ? new Float32Array(0) : toUnitRows(found, genres.length),
  };
}

function toUnitRows({ width, itemIndices, values }: ItemVectors, itemCount: number): Float32Array {
  const rows = new Float32Array(itemCount * width);
  for (const [at, item] of itemIndices.entries()) {
    const vector = values.subarray(at * width, (at + 1) * width);
    const length = Math.hypot(...vector);
    if (length > 0)
      for (let column = 0; column < width; column++) rows[item * width + column] = vector[column] / length;
  }
  return rows;
}
