import { type ScoredItems, similarItems } from '@matinee/models';
import { type Engine, sourceOfKind } from './engine.ts';
import { hydrate, type RecommendInput } from './query.ts';
import { applyRules } from './rules/apply-rules.ts';
import { boostScored } from './rules/boost-candidates.ts';
import { MIN_ROW_LENGTH } from './section.ts';

/** A boost can only bring up what was found: so many more than wanted are looked at when there is one. */
const BOOST_HEADROOM = 100;

/**
 * Titles like one title, best first, by the same rules as every list: its item-item neighbours; where it has too few
 * (hardly anybody turned to it), also what lies near it among the vectors of a model that has some, and then titles of
 * the same genres.
 *
 * @param input Who asks, and by which rules. The title itself is never in the answer.
 */
export async function similarTitles(
  engine: Engine,
  input: RecommendInput,
  itemIndex: number,
  limit: number,
): Promise<readonly number[]> {
  const query = hydrate(engine, input);
  const mask = applyRules(engine, query).codes;
  mask[itemIndex] = 1;
  const { asOf } = input;
  const history = {
    itemIndices: Int32Array.of(itemIndex),
    timestamps: Float64Array.of(asOf),
    weights: Float32Array.of(1),
  };
  const question = { history, asOf, userIndex: -1 };
  const enough = Math.min(limit, MIN_ROW_LENGTH);
  const headroom = query.rules.factorOf === undefined ? 0 : BOOST_HEADROOM;
  const titles: number[] = [];
  const add = (found: ScoredItems | undefined): void => {
    if (found === undefined) return;
    for (const item of boostScored(engine, query, found).itemIndices.subarray(0, limit - titles.length)) {
      titles.push(item);
      mask[item] = 1;
    }
  };
  add(await sourceOfKind(engine, 'item-knn')?.model.retrieve(question, limit + headroom, mask));
  if (titles.length >= enough) return titles;
  const { vectors } = engine.release.sources.find(({ model }) => model.vectors !== undefined)?.model ?? {};
  if (vectors !== undefined) add(similarItems(vectors, itemIndex, limit - titles.length + headroom, mask));
  if (titles.length >= enough) return titles;
  const genreAffinity = sourceOfKind(engine, 'genre-affinity')?.model;
  add(await genreAffinity?.retrieve(question, limit - titles.length + headroom, mask));
  return titles;
}
