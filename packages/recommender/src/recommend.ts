import { type BlendedCandidates, blendCandidates, type SourceCandidates } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import { genreShares } from '@matinee/models/evaluation';
import { type FeatureContribution, type RankingGoals, rankPool } from '@matinee/models/ranking';
import { boostCandidates } from './candidates/boost-candidates.ts';
import { type Candidate, listCandidates } from './candidates/candidate.ts';
import { type Explanation, explainCandidate } from './candidates/explain.ts';
import { filterCandidates } from './candidates/filter-candidates.ts';
import type { Move } from './candidates/move.ts';
import { rank } from './candidates/rank.ts';
import { retrieve, type SourceReport } from './candidates/retrieve.ts';
import type { Engine } from './engine/engine.ts';
import { composeSlate } from './page/compose-page.ts';
import { DEFAULT_DIVERSITY, diversify } from './page/diversify.ts';
import type { Section, SectionKind } from './page/rows/section.ts';
import type { ListItems } from './request/list-items.ts';
import { hydrate, type Query, type RecommendInput } from './request/query.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { createStageTimer, type StagesMs, type StageTimer } from './request/stage-timer.ts';
import { applyRules } from './rules/apply-rules.ts';
import { countRemoved, type FilterRule, type Verdicts } from './rules/verdicts.ts';

/** That an answer lacks something, and what. */
interface Degraded {
  /**
   * `partial`: without some sources, or without what the user said lately. `unranked`: in the order of the blend.
   * `popular`: no source answered; what most people turned to.
   */
  readonly level: 'partial' | 'unranked' | 'popular';
  readonly missing: readonly string[];
}

/** What became of a request on the way, for diagnosis. */
export interface Trace {
  readonly sources: readonly SourceReport[];
  readonly candidateCount: number;
  /** Titles of the catalogue that each rule kept out. */
  readonly removed: Partial<Record<FilterRule, number>>;
  /** What boosts moved, then what the list or each row of the page moved; of each step in the order of where it stood then. */
  readonly moves: readonly Move[];
  /** Absent where nothing was missing. */
  readonly degraded?: Degraded;
  readonly historyLength: number;
  readonly stagesMs: StagesMs;
}

export interface RecommendedTitle {
  readonly candidate: Candidate;
  readonly section: SectionKind;
  readonly explanation: Explanation;
  /** What moved the ranker's score most, with the feature's value; where it was asked for and there is a ranker. */
  readonly moved?: readonly FeatureEffect[];
}

/** A feature, its value for a title, and what it added to the ranker's score. */
interface FeatureEffect extends FeatureContribution {
  readonly value: number;
}

/** So many features are named. */
const MOST_NAMED = 5;

/**
 * The best titles for a user as one list, with why each is there.
 *
 * hydrate → rules → retrieve → blend → score → filter → rank → boost → slate → explain: each stage is a function of what stands before it.
 */
export async function recommendList(
  engine: Engine,
  input: RecommendInput,
  limit: number,
  context: RecommendContext,
): Promise<{ readonly items: readonly RecommendedTitle[]; readonly trace: Trace }> {
  const timer = createStageTimer(context.now);
  const found = await findTitles(engine, input, context, timer);
  const { titles, moves } = await timer.time('slate', () => varyList(engine, found, input.diversity ?? 0, limit));
  const items = await timer.time('explain', () =>
    Promise.all(
      titles.slice(0, limit).map(async (candidate) => {
        const explanation = await explainCandidate(engine, found.query, candidate);
        const moved = input.explainScore ? explainScore(engine, found, candidate.itemIndex) : undefined;
        return { candidate, explanation, section: sectionOf(found.query, explanation), ...(moved && { moved }) };
      }),
    ),
  );
  return { items, trace: traceOf(found, moves, timer.stagesMs()) };
}

/** Ranks items as {@link recommendList} lists them: for whoever asks several releases the same (`online/score-engagement.ts`). */
export function listWithin(context: RecommendContext): ListItems {
  return async (engine, input, limit) => {
    const { items } = await recommendList(engine, input, limit, context);
    return items.map(({ candidate }) => candidate.itemIndex);
  };
}

/** As the evaluator's `rerankRankings` does: what is said of the cost of a strength is said of this list. */
function varyList({ itemSpace }: Engine, { ranked, query }: FoundTitles, strength: number, count: number) {
  const taste = genreShares(query.retrieval.history, itemSpace.genres, itemSpace.genreCount);
  return diversify(ranked, itemSpace, { strength, count, taste });
}

/** The whole page: sections without a title that stands twice. Explanations are made when a placement is asked. */
export async function recommendPage(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
): Promise<{ readonly sections: readonly Section[]; readonly query: Query; readonly trace: Trace }> {
  const timer = createStageTimer(context.now);
  const found = await findTitles(engine, input, context, timer);
  const { diversity = DEFAULT_DIVERSITY, exploration } = input;
  const { sections, moves } = await timer.time('slate', () =>
    composeSlate({ engine, ...found, diversity, exploration }),
  );
  return { sections, query: found.query, trace: traceOf(found, moves, timer.stagesMs()) };
}

/**
 * Why one title would be shown to this user; undefined when a rule keeps it out or no source finds it.
 */
export async function explainTitle(
  engine: Engine,
  input: RecommendInput,
  itemIndex: ItemIndex,
  context: RecommendContext,
): Promise<Explanation | undefined> {
  const { ranked, query } = await findTitles(engine, input, context, createStageTimer(context.now));
  const candidate = ranked.find((each) => each.itemIndex === itemIndex);
  return candidate && explainCandidate(engine, query, candidate);
}

/** All that a request comes to know on its way to a list in order. */
export interface FoundTitles {
  readonly query: Query;
  readonly verdicts: Verdicts;
  /** In the order of the release; sources that were left out are absent. */
  readonly found: readonly SourceCandidates[];
  readonly pool: BlendedCandidates;
  /** What the ranker saw of the pool, row-major [pool, features]; absent where the blend ranks. */
  readonly features?: Float32Array;
  /** In their final order. */
  readonly ranked: readonly Candidate[];
  readonly moves: readonly Move[];
  readonly reports: readonly SourceReport[];
  readonly degraded?: Degraded;
}

/** A request up to its order, with everything between the stages: for looking into one, not for answering it. */
export function inspectRequest(engine: Engine, input: RecommendInput, context: RecommendContext): Promise<FoundTitles> {
  return findTitles(engine, input, context, createStageTimer(context.now));
}

async function findTitles(
  engine: Engine,
  input: RecommendInput,
  context: RecommendContext,
  timer: StageTimer,
): Promise<FoundTitles> {
  const { sources, ranking } = engine.release;
  const { candidatesPerSource } = engine;
  const query = await timer.time('hydrate', () => hydrate(engine, input));
  const verdicts = await timer.time('rules', () => applyRules(engine, query));
  const retrieved = await timer.time('retrieve', () =>
    retrieve(sources, query.retrieval, verdicts, {
      ...context,
      limit: candidatesPerSource,
      allScores: ranking !== undefined,
    }),
  );
  const isFallback = retrieved.reports.length > 0 && retrieved.reports.every(({ error }) => error !== undefined);
  const found = isFallback ? [await askFallback(engine, query, verdicts)] : retrieved.found;
  const pool = await timer.time('blend', () =>
    blendCandidates(found, ranking?.poolSize ?? candidatesPerSource * sources.length),
  );
  const scored = await timer.time('score', () =>
    isFallback ? { scores: pool.scores, reports: [] } : scorePool(engine, query, pool, input.goals),
  );
  const candidates = listCandidates(pool, isFallback ? [engine.fallback] : sources, scored.scores);
  const { kept } = await timer.time('filter', () => filterCandidates(candidates, verdicts));
  const { ranked, moves } = await timer.time('rank', () => boostCandidates(engine, query, rank(kept)));
  const missing = (input.missing ?? []).map(({ name, error }) => ({ name, error, candidateCount: 0, ms: 0 }));
  const reports = [...missing, ...retrieved.reports, ...scored.reports];
  return {
    query,
    verdicts,
    found,
    pool,
    ...(scored.features && { features: scored.features }),
    ranked,
    moves,
    reports,
    ...degradationOf(reports, isFallback, scored.reports.length > 0),
  };
}

/** When no source answers, what most people turned to is better than an empty page. Rules hold as ever. */
async function askFallback(
  { fallback, candidatesPerSource }: Engine,
  { retrieval }: Query,
  { codes }: Verdicts,
): Promise<SourceCandidates> {
  const items = await fallback.model.retrieve(retrieval, candidatesPerSource, codes);
  return { name: fallback.name, weight: fallback.weight, items };
}

function degradationOf(
  reports: readonly SourceReport[],
  isFallback: boolean,
  isUnranked: boolean,
): { readonly degraded?: Degraded } {
  const missing = reports.filter(({ error }) => error !== undefined).map(({ name }) => name);
  if (missing.length === 0) return {};
  return { degraded: { level: isFallback ? 'popular' : isUnranked ? 'unranked' : 'partial', missing } };
}

/** The ranker's scores; the blend's where the release has no ranker, the user no history, or the ranker fails. */
async function scorePool(
  { release: { ranking }, activity }: Engine,
  { retrieval }: Query,
  pool: BlendedCandidates,
  goals: RankingGoals | undefined,
): Promise<Pick<FoundTitles, 'features' | 'reports'> & { readonly scores: Float32Array }> {
  if (ranking === undefined) return { scores: pool.scores, reports: [] };
  try {
    const ranked = await rankPool(ranking, retrieval, pool, {
      ...(goals && { goals }),
      ...(activity && { activity }),
    });
    return ranked === undefined ? { scores: pool.scores, reports: [] } : { ...ranked, reports: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { scores: pool.scores, reports: [{ name: 'ranker', candidateCount: 0, ms: 0, error: message }] };
  }
}

/** Exact Shapley values of the trees; `undefined` without a ranker, and for titles deeper than it looks. */
function explainScore(
  { release }: Engine,
  { pool, features }: FoundTitles,
  itemIndex: ItemIndex,
): FeatureEffect[] | undefined {
  if (release.ranking === undefined || features === undefined) return undefined;
  const { ranker, schema } = release.ranking;
  const width = schema.features.length;
  const row = pool.itemIndices.indexOf(itemIndex);
  if (row < 0 || (row + 1) * width > features.length) return undefined;
  const values = features.subarray(row * width, (row + 1) * width);
  const [contributions = []] = ranker.explain(values, 1, MOST_NAMED);
  return contributions.map((each) => ({ ...each, value: values[schema.names.indexOf(each.feature)]! }));
}

/** The section of the page that a title of the list would stand under, by the reason it is there for. */
function sectionOf(query: Query, explanation: Explanation): SectionKind {
  switch (explanation.code) {
    case 'because_you_watched':
      return query.intentItems.includes(explanation.itemIndex) ? 'from_your_recent_intent' : 'because_you_watched';
    case 'similar_to_your_taste':
    case 'popular_among_similar':
      return 'similar_to_your_taste';
    case 'trending_now':
      return 'popular_right_now';
  }
}

function traceOf(
  { query, verdicts, ranked, moves, reports, degraded }: FoundTitles,
  slateMoves: readonly Move[],
  stagesMs: StagesMs,
): Trace {
  return {
    sources: reports,
    candidateCount: ranked.length,
    removed: countRemoved(verdicts),
    moves: [...moves, ...slateMoves],
    ...(degraded && { degraded }),
    historyLength: query.retrieval.history.itemIndices.length,
    stagesMs,
  };
}
