import { boostScored } from '../candidates/boost-candidates.ts';
import { retrieve } from '../candidates/retrieve.ts';
import type { Engine } from '../engine/engine.ts';
import { diversify } from '../page/diversify.ts';
import { hydrate, type RecommendInput } from '../request/query.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { TitleList } from './title-list.ts';

/** So many of the best-known titles are chosen from, for each that is asked about. */
const CHOSEN_FROM = 5;
/** Half of a title's worth is that it is known, half that it is unlike those before it. */
const VARIETY = 0.5;

/**
 * Titles to ask somebody about of whom little is known: what many have turned to, so that they can say something, and of all kinds, so
 * that what they say tells them apart. The same rules as for every list: nothing that they have spoken of already.
 *
 * @see Rashid et al. (2002), Getting to know you: learning new user preferences in recommender systems, IUI, section 3: popularity alone
 * asks about what everybody likes.
 */
export async function titlesToAskAbout(
  engine: Engine,
  input: RecommendInput,
  limit: number,
  context: RecommendContext,
): Promise<TitleList> {
  const query = hydrate(engine, input);
  const verdicts = applyRules(engine, query);
  const options = { ...context, limit: limit * CHOSEN_FROM, allScores: false };
  // Counted when the engine was made: it cannot fail, and knows no fashion.
  const { found } = await retrieve([engine.fallback], query.retrieval, verdicts, options);
  const items = found[0]?.items ?? { itemIndices: new Int32Array(0), scores: new Float32Array(0) };
  const known = Array.from(boostScored(engine, query, items).itemIndices, (itemIndex) => ({ itemIndex }));
  const { titles } = diversify(known, engine.itemSpace, { strength: VARIETY, count: limit });
  return {
    titles: titles.slice(0, limit).map(({ itemIndex }) => itemIndex),
    missing: (input.failures ?? []).map(({ part }) => part),
  };
}
