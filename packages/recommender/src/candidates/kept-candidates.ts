import type { BlendedCandidates } from '@matinee/models/blend';
import type { RankingGoals } from '@matinee/models/ranking';
import type { Engine } from '../engine/engine.ts';
import type { Remembered } from '../engine/state-memory.ts';
import { EMPTY_FEEDBACK, type FeedbackState } from '../log/feedback-state.ts';
import type { Query, RecommendInput } from '../request/query.ts';
import { type Candidate, listCandidates, withBoost } from './candidate.ts';
import type { SourceReport } from './retrieve.ts';
import type { FoundItems } from './trace.ts';

/**
 * Ordered candidates, and everything that they depend on beside the engine and the user's feedback: a list, a page, its
 * rows and a reason find them once.
 */
interface KeptCandidates extends Remembered {
  readonly dependencies: Dependencies;
  readonly pool: CompactPool;
  readonly scores: Float32Array;
  readonly isRanked: boolean;
  /** Positions in the pool, best first. */
  readonly order: Int32Array;
  /** By place in the order; absent where no score has one. */
  readonly boosts?: Float64Array;
  readonly moves: FoundItems['moves'];
  readonly answered: readonly string[];
  readonly reports: readonly SourceReport[];
}

interface Dependencies {
  readonly userIndex: number;
  /** Request time, seconds since 1970. */
  readonly asOf: number;
  readonly unseeable: Uint8Array;
  readonly exclude: readonly number[];
  readonly filter: unknown;
  readonly fatigued: readonly number[];
  readonly goals: readonly number[];
  /** What somebody does counts at once for those of whom nothing is known: they see what people turn to. */
  readonly liveChanges: number;
}

/** A pool without what only the ranker reads: the scores of sources that did not find a candidate. */
interface CompactPool extends Pick<BlendedCandidates, 'sourceNames' | 'itemIndices' | 'scores'> {
  /** The sources of candidate c stand at [pointers[c], pointers[c + 1]). */
  readonly pointers: Int32Array;
  /** Positions in `sourceNames`. */
  readonly sources: Uint16Array;
  readonly ranks: Int32Array;
  readonly sourceScores: Float32Array;
  readonly contributions: Float32Array;
}

/** The time and other people's events change the candidates a little: after so many seconds they are found again. */
const MAX_AGE_S = 60;
/** Of a source that found a candidate, and of a candidate. */
const BYTES_A_SOURCE = 14;
const BYTES_A_CANDIDATE = 20;
/** Of an entry, beside its arrays. */
const ENTRY_BYTES = 2000;
const NO_GOALS: RankingGoals = { liked: 0, satisfied: 0, novelty: 0 };

/** What a request for the same user found less than a minute ago, if the same holds of everything it read. */
export function recallCandidates(
  engine: Engine,
  query: Query,
  input: RecommendInput,
): Omit<FoundItems, 'query' | 'verdicts' | 'features' | 'found'> | undefined {
  const key = keyOf(query);
  // What explains a score reads more than is remembered.
  if (key === undefined || input.explainScore === true || query.rules.factorOf !== undefined) return undefined;
  const remembered = engine.kept?.get(key) as KeptCandidates | undefined;
  if (remembered === undefined || !isSame(remembered.dependencies, dependenciesOf(engine, query, input)))
    return undefined;
  const { pool, scores, isRanked, order, boosts, moves, answered, reports } = remembered;
  const whole = expandPool(pool);
  const inPool = listCandidates(whole, engine.release.sources, scores);
  const ranked: Candidate[] = [];
  for (let place = 0; place < order.length; place++) {
    const candidate = inPool[order[place]!]!;
    const boost = boosts?.[place] ?? 0;
    ranked.push(boost === 0 ? candidate : withBoost(candidate, boost));
  }
  return { pool: whole, isRanked, ranked, moves, answered, reports, failures: [] };
}

/** Remembers what was found, unless something failed or was not found by the sources. */
export function keepCandidates(
  engine: Engine,
  input: RecommendInput,
  { query, pool, isRanked, ranked, moves, answered, reports, failures, degraded }: FoundItems,
  scores: Float32Array,
): void {
  const key = keyOf(query);
  if (engine.kept === undefined || key === undefined || query.rules.factorOf !== undefined) return;
  if (failures.length > 0 || degraded !== undefined) return;
  const positions = new Map<number, number>();
  for (let position = 0; position < pool.itemIndices.length; position++) {
    positions.set(pool.itemIndices[position]!, position);
  }
  const order = new Int32Array(ranked.length);
  for (const [place, { itemIndex }] of ranked.entries()) {
    const position = positions.get(itemIndex);
    // From the catalogue, which is asked only where there is little to find.
    if (position === undefined) return;
    order[place] = position;
  }
  const isBoosted = ranked.some(({ boost }) => boost !== undefined);
  const compact = compactPool(pool);
  const made: KeptCandidates = {
    bytes: BYTES_A_SOURCE * compact.ranks.length + BYTES_A_CANDIDATE * order.length + 80 * moves.length + ENTRY_BYTES,
    dependencies: dependenciesOf(engine, query, input),
    pool: compact,
    scores,
    isRanked,
    order,
    ...(isBoosted && { boosts: Float64Array.from(ranked, ({ boost = 0 }) => boost) }),
    moves,
    answered,
    reports,
  };
  engine.kept.set(key, made);
}

function compactPool({ sourceNames, itemIndices, scores, ...tables }: BlendedCandidates): CompactPool {
  const length = itemIndices.length;
  const pointers = new Int32Array(length + 1);
  for (let at = 0; at < tables.ranks.length; at++) if (tables.ranks[at] !== 0) pointers[(at % length) + 1]!++;
  for (let candidate = 0; candidate < length; candidate++) pointers[candidate + 1]! += pointers[candidate]!;
  const count = pointers[length]!;
  const sources = new Uint16Array(count);
  const ranks = new Int32Array(count);
  const sourceScores = new Float32Array(count);
  const contributions = new Float32Array(count);
  const cursors = pointers.slice(0, length);
  for (let row = 0, at = 0; row < sourceNames.length; row++) {
    for (let candidate = 0; candidate < length; candidate++, at++) {
      if (tables.ranks[at] === 0) continue;
      const to = cursors[candidate]!++;
      sources[to] = row;
      ranks[to] = tables.ranks[at]!;
      sourceScores[to] = tables.sourceScores[at]!;
      contributions[to] = tables.contributions[at]!;
    }
  }
  return { sourceNames, itemIndices, scores, pointers, sources, ranks, sourceScores, contributions };
}

function expandPool({ sourceNames, itemIndices, scores, pointers, ...found }: CompactPool): BlendedCandidates {
  const length = itemIndices.length;
  const ranks = new Int32Array(sourceNames.length * length);
  const sourceScores = new Float32Array(ranks.length).fill(Number.NaN);
  const contributions = new Float32Array(ranks.length);
  for (let candidate = 0; candidate < length; candidate++) {
    for (let at = pointers[candidate]!; at < pointers[candidate + 1]!; at++) {
      const to = found.sources[at]! * length + candidate;
      ranks[to] = found.ranks[at]!;
      sourceScores[to] = found.sourceScores[at]!;
      contributions[to] = found.contributions[at]!;
    }
  }
  return { sourceNames, itemIndices, scores, ranks, sourceScores, contributions };
}

/**
 * All visitors of whom nothing is known share an entry; another user who has said nothing here has one of their own.
 */
function keyOf({ userIndex, feedback }: Query): FeedbackState | undefined {
  if (isUnknown(userIndex, feedback)) return EMPTY_FEEDBACK;
  return feedback === EMPTY_FEEDBACK ? undefined : feedback;
}

function isUnknown(userIndex: number, feedback: FeedbackState): boolean {
  return userIndex < 0 && feedback.byItem.size === 0;
}

function dependenciesOf(
  { liveChanges }: Engine,
  { userIndex, feedback, unseeable, rules, fatigued }: Query,
  { asOf, goals = NO_GOALS }: RecommendInput,
): Dependencies {
  return {
    userIndex,
    asOf,
    unseeable,
    exclude: rules.exclude,
    filter: rules.filter,
    fatigued,
    goals: [goals.liked, goals.satisfied, goals.novelty],
    liveChanges: isUnknown(userIndex, feedback) ? (liveChanges?.() ?? 0) : 0,
  };
}

function isSame(then: Dependencies, now: Dependencies): boolean {
  return (
    then.userIndex === now.userIndex &&
    Math.abs(now.asOf - then.asOf) < MAX_AGE_S &&
    then.unseeable === now.unseeable &&
    then.filter === now.filter &&
    then.liveChanges === now.liveChanges &&
    isEqual(then.exclude, now.exclude) &&
    isEqual(then.fatigued, now.fatigued) &&
    isEqual(then.goals, now.goals)
  );
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
