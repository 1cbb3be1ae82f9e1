import type { ItemIndex } from '@matinee/models/data';
import type { ScoredItems } from '@matinee/models/retrieval';
import { similarItems } from '@matinee/models/vectors';
import { boostScored } from '../candidates/boost-candidates.ts';
import { retrieve } from '../candidates/retrieve.ts';
import { type Engine, sourceOfKind } from '../engine/engine.ts';
import { MIN_ROW_LENGTH } from '../page/rows/section.ts';
import { hydrate, type RecommendInput } from '../request/query.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { TitleList } from './title-list.ts';

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
  itemIndex: ItemIndex,
  limit: number,
  context: RecommendContext,
): Promise<TitleList> {
  const query = hydrate(engine, input);
  const mask = applyRules(engine, query).codes;
  mask[itemIndex] = 1;
  const { asOf } = input;
  const history = {
    itemIndices: Int32Array.of(itemIndex),
    timestamps: Float64Array.of(asOf),
    weights: Float32Array.of(1),
  };
  const sourceQuery = { history, asOf, userIndex: -1 };
  const enough = Math.min(limit, MIN_ROW_LENGTH);
  const headroom = query.rules.factorOf === undefined ? 0 : BOOST_HEADROOM;
  const titles: number[] = [];
  const missing = (input.failures ?? []).map(({ part }) => part);
  const askSource = async (kind: string, count: number): Promise<ScoredItems | undefined> => {
    const source = sourceOfKind(engine, kind);
    if (source === undefined) return undefined;
    const options = { ...context, limit: count, allScores: false };
    const { found, reports } = await retrieve([source], sourceQuery, { codes: mask }, options);
    if (reports[0]?.error !== undefined) missing.push(source.name);
    return found[0]?.items;
  };
  const add = (found: ScoredItems | undefined): void => {
    if (found === undefined) return;
    for (const item of boostScored(engine, query, found).itemIndices.subarray(0, limit - titles.length)) {
      titles.push(item);
      mask[item] = 1;
    }
  };
  add(await askSource('item-knn', limit + headroom));
  if (titles.length >= enough) return { titles, missing };
  const { vectors } = engine.release.sources.find(({ model }) => model.vectors !== undefined)?.model ?? {};
  if (vectors !== undefined) add(similarItems(vectors, itemIndex, limit - titles.length + headroom, mask));
  if (titles.length >= enough) return { titles, missing };
  add(await askSource('genre-affinity', limit - titles.length + headroom));
  return { titles, missing };
}
