import type { BlendedCandidates, SourceCandidates } from '@matinee/models/blend';
import type { Failure } from '../request/failure.ts';
import type { Query } from '../request/query.ts';
import type { StagesMs } from '../request/stage-timer.ts';
import { countRemoved, type FilterRule, type Verdicts } from '../rules/verdicts.ts';
import type { Candidate } from './candidate.ts';
import type { Move } from './move.ts';
import type { SourceReport } from './retrieve.ts';

/** What an answer was made without. */
interface Degraded {
  /**
   * `partial`: without some sources, or without recent feedback. `unranked`: in the order of the blend.
   * `popular`: no source answered, so the items are the most popular ones.
   */
  readonly level: 'partial' | 'unranked' | 'popular';
  /** Names of the failed sources and parts, in the order of the stages. */
  readonly missing: readonly string[];
}

/** A summary of how one request was answered, for diagnosis. */
export interface Trace {
  /** In the order of the release. */
  readonly sources: readonly SourceReport[];
  /** What failed beside the sources, in the order of the stages. */
  readonly failures: readonly Failure[];
  readonly candidateCount: number;
  /** Number of catalogue items that each rule removed. */
  readonly removed: Partial<Record<FilterRule, number>>;
  /** Moves made by boosts, then moves within the list or each row of the page. Within a step: by the place moved to. */
  readonly moves: readonly Move[];
  /** Absent where nothing failed. */
  readonly degraded?: Degraded;
  readonly historyLength: number;
  readonly stagesMs: StagesMs;
}

/** The ordered items of one request, with the result of every stage before. */
export interface FoundItems {
  readonly query: Query;
  readonly verdicts: Verdicts;
  /** The sources' lists in the order of the release, without those that failed; absent where they are not kept. */
  readonly found?: readonly SourceCandidates[];
  /** Names of the sources that answered, in the order of the release. */
  readonly answered: readonly string[];
  readonly pool: BlendedCandidates;
  /** Whether the ranker gave the scores. */
  readonly isRanked: boolean;
  /** The ranker's input for the pool, row-major [pool, features]; absent where it did not score or is not kept. */
  readonly features?: Float32Array;
  /** In their final order. */
  readonly ranked: readonly Candidate[];
  readonly moves: readonly Move[];
  readonly reports: readonly SourceReport[];
  readonly failures: readonly Failure[];
  readonly degraded?: Degraded;
}

/** Found anew, with the sources' lists. */
export interface InspectedItems extends FoundItems {
  readonly found: readonly SourceCandidates[];
}

/** Failures of one request by stage. */
export interface RequestFailures {
  readonly hydrate: readonly Failure[];
  readonly retrieve: readonly SourceReport[];
  /** Whether no source answered. */
  readonly isFallback: boolean;
  readonly score: Failure | undefined;
}

/** Returns what failed outside the sources and, if anything failed at all, how much worse the answer is. */
export function summarizeFailures({
  hydrate,
  retrieve,
  isFallback,
  score,
}: RequestFailures): Pick<FoundItems, 'failures' | 'degraded'> {
  const late = score === undefined ? [] : [score];
  const missing = [
    ...hydrate.map(({ part }) => part),
    ...retrieve.filter(({ error }) => error !== undefined).map(({ name }) => name),
    ...late.map(({ part }) => part),
  ];
  const failures = [...hydrate, ...late];
  if (missing.length === 0) return { failures };
  return { failures, degraded: { level: isFallback ? 'popular' : score ? 'unranked' : 'partial', missing } };
}

/** @param slateMoves Moves within the list or page that was made of the items. */
export function traceOf(
  { query, verdicts, ranked, moves, reports, failures, degraded }: FoundItems,
  slateMoves: readonly Move[],
  stagesMs: StagesMs,
): Trace {
  let removed: Trace['removed'] | undefined;
  return {
    sources: reports,
    failures,
    candidateCount: ranked.length,
    /** Counted when it is read: it takes all items, and few responses say it. */
    get removed() {
      removed ??= countRemoved(verdicts);
      return removed;
    },
    moves: [...moves, ...slateMoves],
    ...(degraded && { degraded }),
    historyLength: query.retrieval.history.itemIndices.length,
    stagesMs,
  };
}
