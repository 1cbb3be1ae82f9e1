import { type Engine, sourceOfKind } from './engine.ts';
import { MIN_ROW_LENGTH } from './section.ts';

/**
 * Titles like one title, best first: its item-item neighbours; where it has too few (hardly anybody turned to it), also
 * titles of the same genres.
 *
 * @param excluded By item index, non-zero = not shown. The title itself never is.
 */
export async function similarTitles(
  engine: Engine,
  itemIndex: number,
  { limit, asOf, excluded }: { limit: number; asOf: number; excluded?: Uint8Array },
): Promise<readonly number[]> {
  const mask = excluded === undefined ? new Uint8Array(engine.itemCount) : excluded.slice();
  mask[itemIndex] = 1;
  const history = {
    itemIndices: Int32Array.of(itemIndex),
    timestamps: Float64Array.of(asOf),
    weights: Float32Array.of(1),
  };
  const question = { history, asOf, userIndex: -1 };
  const found = await sourceOfKind(engine, 'item-knn')?.model.retrieve(question, limit, mask);
  const neighbors = found?.itemIndices ?? [];
  if (neighbors.length >= Math.min(limit, MIN_ROW_LENGTH)) return Array.from(neighbors);
  for (const neighbor of neighbors) mask[neighbor] = 1;
  const genreAffinity = sourceOfKind(engine, 'genre-affinity')?.model;
  const ofGenre = await genreAffinity?.retrieve(question, limit - neighbors.length, mask);
  return [...neighbors, ...(ofGenre?.itemIndices ?? [])];
}
