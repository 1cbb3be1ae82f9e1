import type { NamedSource } from '../blend/blend.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { ItemVectors } from '../retrieval/retrieval-model.ts';

/** Genres and, if a model of the release has them, vectors by which items are compared. */
export interface ItemSpace {
  /** Genres of each item as positions below `genreCount`. */
  readonly genres: readonly Int32Array[];
  readonly genreCount: number;
  /** 0: genres alone. */
  readonly width: number;
  /** Row-major [items, width]; rows have length 1, or are zero for items unknown to the model. */
  readonly vectors: Float32Array;
  /** By item: whether its row is not zero. */
  readonly hasVector: Uint8Array;
}

/**
 * The item space of a release, with the vectors of the first source that has any, such as the two-tower model. Vectors
 * separate items within a genre and relate items of different genres that people watch together.
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
    ...(found === undefined
      ? { vectors: new Float32Array(0), hasVector: new Uint8Array(genres.length) }
      : toUnitRows(found, genres.length)),
  };
}

function toUnitRows(
  { width, itemIndices, values }: ItemVectors,
  itemCount: number,
): Pick<ItemSpace, 'vectors' | 'hasVector'> {
  const vectors = new Float32Array(itemCount * width);
  const hasVector = new Uint8Array(itemCount);
  // Plain loops: this runs for the whole catalogue whenever an item is added.
  for (let at = 0; at < itemIndices.length; at++) {
    const from = at * width;
    const to = itemIndices[at] * width;
    let squares = 0;
    for (let column = 0; column < width; column++) squares += values[from + column] ** 2;
    const length = Math.sqrt(squares);
    if (!(length > 0)) continue;
    hasVector[itemIndices[at]] = 1;
    for (let column = 0; column < width; column++) vectors[to + column] = values[from + column] / length;
  }
  return { vectors, hasVector };
}
