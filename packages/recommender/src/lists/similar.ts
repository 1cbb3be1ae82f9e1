import type { ItemIndex } from '@matinee/models/data';
import type { RowRole, ScoredItems } from '@matinee/models/retrieval';
import { similarItems } from '@matinee/models/vectors';
import { boostScored } from '../candidates/boost-candidates.ts';
import { inFavour } from '../candidates/in-favour.ts';
import { retrieve } from '../candidates/retrieve.ts';
import { type Engine, sourceGoodFor } from '../engine/engine.ts';
import { MIN_ROW_LENGTH } from '../page/rows/section.ts';
import { hydrate, metItems, type RecommendInput } from '../request/query.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { TitleList } from './title-list.ts';

/** Items retrieved beyond `limit` when a rule boosts: a boost can only raise what was found. */
const BOOST_HEADROOM = 100;
/** Parts of the item's series that stand first; a long series leaves room for others. */
const MAX_PARTS = 5;

/**
 * Returns items similar to one item, best first. The list describes the item and not the viewer: what the viewer knows
 * stays in it; what may not be shown, and what the request leaves out, does not. The other parts of the item's series
 * come first, then its item-item neighbours. Where they are too few (hardly anybody engaged with the item), the nearest
 * by a model's vectors follow, then items of the same genres, at first those that somebody has met.
 *
 * @param input The viewer and the rules. The item itself is never in the list.
 * @returns With the items of the list that the viewer has seen, watched or rated.
 */
export async function similarTitles(
  engine: Engine,
  input: RecommendInput,
  itemIndex: ItemIndex,
  limit: number,
  context: RecommendContext,
): Promise<TitleList & { readonly seen: ReadonlySet<ItemIndex> }> {
  const query = hydrate(engine, input);
  const mask = applyRules(engine, query, 'look-up').codes;
  mask[itemIndex] = 1;
  const { asOf } = input;
  const history = {
    itemIndices: Int32Array.of(itemIndex),
    timestamps: Float64Array.of(asOf),
    weights: Float32Array.of(1),
  };
  const sourceQuery = { history, asOf, userIndex: -1 };
  const headroom = query.rules.factorOf === undefined ? 0 : BOOST_HEADROOM;
  const met = metItems(query);
  const titles: number[] = [];
  const missing = (input.failures ?? []).map(({ part }) => part);
  const retrieveFrom = async (role: RowRole, count: number): Promise<ScoredItems | undefined> => {
    const source = sourceGoodFor(engine, role);
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
  const answer = () => ({ titles, missing, seen: new Set(titles.filter((item) => met.has(item))) });
  const parts = engine.series.partsBeside(itemIndex).filter((part) => mask[part] === 0);
  for (const part of parts.slice(0, Math.min(MAX_PARTS, limit))) {
    titles.push(part);
    mask[part] = 1;
  }
  const enough = Math.min(limit, titles.length + MIN_ROW_LENGTH);
  add(await retrieveFrom('neighbors', limit + headroom));
  if (titles.length >= enough) return answer();
  const { vectors } = engine.release.sources.find(({ model }) => model.vectors !== undefined)?.model ?? {};
  if (vectors !== undefined) add(similarItems(vectors, itemIndex, limit - titles.length + headroom, mask));
  if (titles.length >= enough) return answer();
  add(await retrieveFrom('same-genres', limit - titles.length + headroom));
  if (titles.length >= enough) return answer();
  add(inFavour(await engine.catalogueSource.model.retrieve(sourceQuery, limit - titles.length + headroom, mask)));
  return answer();
}
