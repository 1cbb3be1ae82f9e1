import { similarItems } from '@matinee/models';
import { type Engine, sourceOfKind } from './engine.ts';
import { MIN_ROW_LENGTH } from './section.ts';

/**
 * Titles like one title, best first: its item-item neighbours; where it has too few (hardly anybody turned to it), also
 * what lies near it among the vectors of a model that has some, and then titles of the same genres.
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
  const enough = Math.min(limit, MIN_ROW_LENGTH);
  const titles: number[] = [];
  const add = (found: Iterable<number>): void => {
    for (const item of found) {
      titles.push(item);
      mask[item] = 1;
    }
  };
  add((await sourceOfKind(engine, 'item-knn')?.model.retrieve(question, limit, mask))?.itemIndices ?? []);
  if (titles.length >= enough) return titles;
  const { vectors } = engine.release.sources.find(({ model }) => model.vectors !== undefined)?.model ?? {};
  if (vectors !== undefined) add(similarItems(vectors, itemIndex, limit - titles.length, mask).itemIndices);
  if (titles.length >= enough) return titles;
  const genreAffinity = sourceOfKind(engine, 'genre-affinity')?.model;
  add((await genreAffinity?.retrieve(question, limit - titles.length, mask))?.itemIndices ?? []);
  return titles;
}
