import { blendCandidates } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import { genreShares } from '@matinee/models/evaluation';
import { NO_PAUSE } from '@matinee/numerics';
import { boostCandidates } from './candidates/boost-candidates.ts';
import { listCandidates } from './candidates/candidate.ts';
import { type Explanation, explainCandidate } from './candidates/explain.ts';
import { fillUp } from './candidates/fill-up.ts';
import { filterCandidates } from './candidates/filter-candidates.ts';
import { rank } from './candidates/rank.ts';
import { retrieve } from './candidates/retrieve.ts';
import { type ScoredPool, scorePool } from './candidates/score-pool.ts';
import { type FoundItems, summarizeFailures, type Trace, traceOf } from './candidates/trace.ts';
import type { Engine } from './engine/engine.ts';
import { explainItems, type RecommendedItem } from './lists/explain-items.ts';
import { composeSlate } from './page/compose-page.ts';
import { DEFAULT_DIVERSITY, diversify } from './page/diversify.ts';
import { firstOfSeriesFirst } from './page/first-of-series.ts';
import type { Section } from './page/rows/section.ts';
import type { ListItems } from './request/list-items.ts';
import { hydrate, type Query, type RecommendInput } from './request/query.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { createStageTimer, type StageTimer } from './request/stage-timer.ts';
import { applyRules } from './rules/apply-rules.ts';

/** Returns the best items for a user as one list, each with its reason: {@link findItems} → slate → explain. */
export async function recommendList(
  engine: Engine,
  input: RecommendInput,
  limit: number,
  context: RecommendContext,
): Promise<{ readonly items: readonly RecommendedItem[]; readonly trace: Trace }> {
  const { time, stagesMs } = createStageTimer(context.now);
  const found = await findItems(engine, input, context, time);
  await context.pause?.();
  const { titles, moves, seriesFirsts } = await time('slate', () =>
    composeList(engine, found, input.diversity ?? 0, limit),
  );
  const listed = { candidates: titles.slice(0, limit), seriesFirsts };
  const items = await time('explain', () => explainItems(engine, input, found, listed, context.pause));
  return { items, trace: traceOf(found, moves, stagesMs()) };
}

/** Finds and orders items: hydrate → rules → retrieve → blend → score → filter → rank → fill up → boost. */
async function findItems(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
  time: StageTimer['time'],
): Promise<FoundItems> {
  const { fallback, candidatesPerSource } = engine;
  const { sources, ranking } = engine.release;
  const { pause = NO_PAUSE } = context;
  const options = { ...context, limit: candidatesPerSource, allScores: ranking !== undefined, fallback };
  const poolSize = ranking?.poolSize ?? candidatesPerSource * sources.length;

  const query = await time('hydrate', () => hydrate(engine, input));
  const verdicts = await time('rules', () => applyRules(engine, query));
  await pause();
  const retrieved = await time('retrieve', () => retrieve(sources, query.retrieval, verdicts, options));
  const { found, isFallback, reports } = retrieved;
  await pause();
  const pool = await time('blend', () => blendCandidates(found, poolSize));
  await pause();
  const { scores, failure, ...seen } = await time<ScoredPool>('score', () =>
    isFallback ? { scores: pool.scores } : scorePool(engine, query, pool, input.goals),
  );
  await pause();
  const candidates = listCandidates(pool, isFallback ? [fallback] : sources, scores);
  const { kept } = await time('filter', () => filterCandidates(candidates, verdicts));
  const filled = await time('rank', () => fillUp(engine, query, rank(kept), verdicts));
  const { ranked, moves } = await time('rank', () => boostCandidates(engine, query, filled));

  const failures = { hydrate: input.failures ?? [], retrieve: reports, isFallback, score: failure };
  return { query, verdicts, found, pool, ...seen, ranked, moves, reports, ...summarizeFailures(failures) };
}

/**
 * Returns the whole page: sections in which no item appears twice. Each placement makes its explanation when
 * `explain` is called. `found` is what the page was made from; later requests do not change it.
 */
export async function recommendPage(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
): Promise<{
  readonly sections: readonly Section[];
  readonly query: Query;
  readonly trace: Trace;
  readonly found: FoundItems;
}> {
  const { time, stagesMs } = createStageTimer(context.now);
  const found = await findItems(engine, input, context, time);
  const { diversity = DEFAULT_DIVERSITY, exploration } = input;
  await context.pause?.();
  const { sections, moves } = await time('slate', () => composeSlate({ engine, ...found, diversity, exploration }));
  return { sections, query: found.query, trace: traceOf(found, moves, stagesMs()), found };
}

/** Returns why an item is recommended to a user; undefined when a rule removes it or no source finds it. */
export async function explainTitle(
  engine: Engine,
  input: RecommendInput,
  itemIndex: ItemIndex,
  context: RecommendContext,
): Promise<Explanation | undefined> {
  const { ranked, query } = await inspectRequest(engine, input, context);
  const candidate = ranked.find((each) => each.itemIndex === itemIndex);
  return candidate && explainCandidate(engine, query, candidate);
}

/** Returns the ordered items with the result of every stage. Meant for inspection rather than for answers. */
export function inspectRequest(engine: Engine, input: RecommendInput, context: RecommendContext): Promise<FoundItems> {
  return findItems(engine, input, context, createStageTimer(context.now).time);
}

/** Returns a function that lists item indices as {@link recommendList} does; see `online/score-engagement.ts`. */
export function listWithin(context: RecommendContext): ListItems {
  return async (engine, input, limit) => {
    const { items } = await recommendList(engine, input, limit, context);
    return items.map(({ candidate }) => candidate.itemIndex);
  };
}

/**
 * Re-orders as the evaluator's `rerankRankings` does, so the measured cost of a strength applies to this list; then
 * puts the first of a series before a later one.
 */
function composeList(engine: Engine, { ranked, query, verdicts }: FoundItems, strength: number, count: number) {
  const { itemSpace, catalogueSource } = engine;
  const taste = genreShares(query.retrieval.history, itemSpace.genres, itemSpace.genreCount);
  const varied = diversify(ranked, itemSpace, { strength, count, taste });
  const seriesFirsts = new Map<ItemIndex, ItemIndex>();
  const inSeries = firstOfSeriesFirst(varied.titles, {
    engine,
    query,
    verdicts,
    place: (itemIndex, before, own) => {
      seriesFirsts.set(itemIndex, before.itemIndex);
      if (own !== undefined) return own;
      // No source has found it: it has the place of the later title, and its score.
      const { score } = before;
      const sources = [{ source: catalogueSource, rank: 1, score: 0, contribution: score }];
      return { itemIndex, score, blendScore: score, sources };
    },
  });
  const moves = [...varied.moves, ...inSeries.moves.filter(({ to }) => to < count)];
  return { titles: inSeries.titles, moves, seriesFirsts };
}
