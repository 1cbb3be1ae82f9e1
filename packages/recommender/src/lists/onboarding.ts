import { boostScored } from '../candidates/boost-candidates.ts';
import { retrieve } from '../candidates/retrieve.ts';
import type { Engine } from '../engine/engine.ts';
import { diversify } from '../page/diversify.ts';
import { hydrate, type RecommendInput } from '../request/query.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { TitleList } from './title-list.ts';

/** Popular items to choose from, per item of the answer. */
const POOL_FACTOR = 5;
/** Popularity and difference from the items before count half each. */
const VARIETY = 0.5;

/**
 * Returns items for a new user to rate: popular ones, so that the user knows some, of all genres, so that ratings tell
 * users apart. All rules apply, so items with feedback are left out. Where too few are known to anybody, others of the
 * catalogue follow.
 *
 * @see Rashid et al. (2002), Getting to know you: learning new user preferences in recommender systems, IUI, section 3:
 * popularity alone selects items that everybody likes.
 */
export async function titlesToAskAbout(
  engine: Engine,
  input: RecommendInput,
  limit: number,
  context: RecommendContext,
): Promise<TitleList> {
  const query = hydrate(engine, input);
  const verdicts = applyRules(engine, query);
  const options = { ...context, limit: limit * POOL_FACTOR, allScores: false };
  // The fallback is counted when the engine is created: it cannot fail and ignores short-lived trends.
  const { found } = await retrieve([engine.fallback], query.retrieval, verdicts, options);
  const items = found[0]?.items ?? { itemIndices: new Int32Array(0), scores: new Float32Array(0) };
  const known = Array.from(boostScored(engine, query, items).itemIndices, (itemIndex) => ({ itemIndex }));
  if (known.length < limit) {
    for (const { itemIndex } of known) verdicts.codes[itemIndex] = 1;
    const added = await engine.catalogueSource.model.retrieve(query.retrieval, limit * POOL_FACTOR, verdicts.codes);
    for (const itemIndex of added.itemIndices) known.push({ itemIndex });
  }
  const { titles } = diversify(known, engine.itemSpace, { strength: VARIETY, count: limit });
  return {
    titles: titles.slice(0, limit).map(({ itemIndex }) => itemIndex),
    missing: (input.failures ?? []).map(({ part }) => part),
  };
}
