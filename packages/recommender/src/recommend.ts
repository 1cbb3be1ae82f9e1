import { blendCandidates } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import { genreShares } from '@matinee/models/evaluation';
import { NO_PAUSE } from '@matinee/numerics';
import { boostCandidates } from './candidates/boost-candidates.ts';
import { listCandidates } from './candidates/candidate.ts';
import { type Explanation, explainCandidate } from './candidates/explain.ts';
import { fillUp } from './candidates/fill-up.ts';
import { filterCandidates } from './candidates/filter-candidates.ts';
import { keepCandidates, recallCandidates } from './candidates/kept-candidates.ts';
import { rank } from './candidates/rank.ts';
import { retrieve } from './candidates/retrieve.ts';
import { type ScoredPool, scorePool } from './candidates/score-pool.ts';
import { type FoundItems, type InspectedItems, summarizeFailures, type Trace, traceOf } from './candidates/trace.ts';
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
import type { Verdicts } from './rules/verdicts.ts';

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

/** Finds and orders items; what was found for the same state a moment ago is found at once. */
async function findItems(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
  time: StageTimer['time'],
): Promise<FoundItems> {
  const query = await time('hydrate', () => hydrate(engine, input));
  const verdicts = await time('rules', () => applyRules(engine, query));
  const recalled = recallCandidates(engine, query, input);
  return recalled === undefined
    ? findAnew(engine, { input, query, verdicts }, context, time)
    : { query, verdicts, ...recalled };
}

/** What every stage after the rules reads of a request. */
interface RuledRequest {
  readonly input: RecommendInput;
  readonly query: Query;
  readonly verdicts: Verdicts;
}

/** Finds and orders items: retrieve → blend → score → filter → rank → fill up → boost. */
async function findAnew(
  engine: Engine,
  { input, query, verdicts }: RuledRequest,
  context: RecommendContext,
  time: StageTimer['time'],
): Promise<InspectedItems> {
  const { fallback, candidatesPerSource } = engine;
  const { sources, ranking } = engine.release;
  const { pause = NO_PAUSE } = context;
  const options = { ...context, limit: candidatesPerSource, allScores: ranking !== undefined, fallback };
  const poolSize = ranking?.poolSize ?? candidatesPerSource * sources.length;

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
  const answered = found.map(({ name }) => name);
  const isRanked = seen.features !== undefined;
  const items = { query, verdicts, found, answered, pool, ...seen, isRanked, ranked, moves, reports };
  const all = { ...items, ...summarizeFailures(failures) };
  keepCandidates(engine, input, all, scores);
  return all;
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
  const { ranked, query } = await findItems(engine, input, context, createStageTimer(context.now).time);
  const candidate = ranked.find((each) => each.itemIndex === itemIndex);
  return candidate && explainCandidate(engine, query, candidate);
}

/** Returns the ordered items with the result of every stage. Meant for inspection rather than for answers. */
export async function inspectRequest(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
): Promise<InspectedItems> {
  const query = hydrate(engine, input);
  const verdicts = applyRules(engine, query);
  return findAnew(engine, { input, query, verdicts }, context, createStageTimer(context.now).time);
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
    count,
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
