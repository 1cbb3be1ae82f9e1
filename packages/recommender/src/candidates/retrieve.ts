import { type NamedSource, retrieveWithScores, type SourceCandidates } from '@matinee/models/blend';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import type { Pause } from '@matinee/numerics';
import type { Timeout } from '../request/recommend-context.ts';
import type { Verdicts } from '../rules/verdicts.ts';

/** How one source did, for the trace. */
export interface SourceReport {
  readonly name: string;
  readonly candidateCount: number;
  /** From the query to the answer, the failure or the deadline, whichever came first. */
  readonly ms: number;
  /** Why the source was left out; absent when it answered. */
  readonly error?: string;
}

export interface Retrieved {
  /** In the order of the sources, whichever answered first; the fallback's candidates alone where `isFallback`. */
  readonly found: readonly SourceCandidates[];
  /** Whether every source failed and `fallback` answered instead. */
  readonly isFallback: boolean;
  /** In the order of the sources, without the fallback. */
  readonly reports: readonly SourceReport[];
}

export interface RetrieveOptions {
  /** Candidates per source. */
  readonly limit: number;
  /** Whether each source also scores what the others found: a ranker reads these scores. */
  readonly allScores: boolean;
  /** After this many milliseconds no source is queried or waited for. */
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** See `RecommendContext.starvedMs`; nothing is known to be starved where it is absent. */
  readonly starvedMs?: () => number;
  /** Starts a wait of this many milliseconds. */
  readonly timeout: (ms: number) => Timeout;
  /** Called between sources. */
  readonly pause?: Pause;
  /** Answers, without a deadline, when every source has failed. */
  readonly fallback?: NamedSource;
}

/**
 * Queries all sources concurrently. A source that throws or misses the deadline is left out and named in `reports`; the
 * page gets thinner but is never empty. Answers after the deadline are ignored. If all sources fail, the fallback
 * answers, under the same rules.
 *
 * A model that computes on the calling thread cannot be interrupted and is waited for.
 */
export async function retrieve(
  sources: readonly NamedSource[],
  query: RetrievalQuery,
  verdicts: Verdicts,
  options: RetrieveOptions,
): Promise<Retrieved> {
  const outcomes = await queryAll(sources, query, verdicts, options);
  const reports = outcomes.map(({ report }) => report);
  const { fallback, limit } = options;
  if (fallback !== undefined && reports.length > 0 && reports.every(({ error }) => error !== undefined)) {
    const { name, weight, model } = fallback;
    const items = await model.retrieve(query, limit, verdicts.codes);
    return { found: [{ name, weight, items }], isFallback: true, reports };
  }
  return { found: outcomes.flatMap(({ candidates }) => candidates ?? []), isFallback: false, reports };
}

/** The result of querying one source. */
interface Outcome {
  readonly report: SourceReport;
  /** Absent when the source was left out. */
  readonly candidates?: SourceCandidates;
}

async function queryAll(
  sources: readonly NamedSource[],
  query: RetrievalQuery,
  verdicts: Verdicts,
  options: RetrieveOptions,
): Promise<readonly Outcome[]> {
  const { deadlineMs, now, pause } = options;
  const deadline = startDeadline(options);
  try {
    const outcomes: Promise<Outcome>[] = [];
    for (const source of sources) {
      const queriedAt = now();
      if (deadline.leftMs() < 0) {
        outcomes.push(Promise.resolve(leaveOut(source, 0, `not asked: ${deadlineMs} ms had passed`)));
        continue;
      }
      const late = deadline.expired.then(() =>
        leaveOut(source, now() - queriedAt, `no answer within ${deadlineMs} ms`),
      );
      outcomes.push(Promise.race([queryOne(source, query, verdicts, queriedAt, options), late]));
      // A model on this thread has finished by now: record its time before the next one blocks the thread.
      await (pause?.() ?? Promise.resolve());
    }
    return await Promise.all(outcomes);
  } finally {
    deadline.cancel();
  }
}

/** However busy the machine is, nobody waits longer than so many times the deadline. */
const MOST_DEADLINES = 5;

interface Deadline extends Timeout {
  /** Milliseconds of the request's own time that are left; below 0 when the time is up. */
  leftMs(): number;
}

function startDeadline({ deadlineMs, now, starvedMs, timeout }: RetrieveOptions): Deadline {
  const startedAt = now();
  const starvedBefore = starvedMs?.() ?? 0;
  const leftMs = (): number => {
    const elapsedMs = now() - startedAt;
    // In time in any case: the machine need not be asked.
    if (elapsedMs <= deadlineMs || starvedMs === undefined) return deadlineMs - elapsedMs;
    const ownMs = elapsedMs - (starvedMs() - starvedBefore);
    return Math.min(deadlineMs - ownMs, MOST_DEADLINES * deadlineMs - elapsedMs);
  };
  let wait = timeout(deadlineMs);
  let isCancelled = false;
  const untilExpired = async (): Promise<void> => {
    await wait.expired;
    if (starvedMs === undefined) return;
    for (let left = leftMs(); left > 0 && !isCancelled; left = leftMs()) {
      wait.cancel();
      wait = timeout(left);
      await wait.expired;
    }
  };
  return {
    leftMs,
    expired: untilExpired(),
    cancel() {
      isCancelled = true;
      wait.cancel();
    },
  };
}

/** Never rejects, so that a failure after the deadline is not an unhandled rejection. */
async function queryOne(
  source: NamedSource,
  query: RetrievalQuery,
  { codes }: Verdicts,
  queriedAt: number,
  { limit, allScores, now }: RetrieveOptions,
): Promise<Outcome> {
  const { name, model, weight } = source;
  try {
    const found = allScores
      ? await retrieveWithScores(model, query, limit, codes)
      : { items: await model.retrieve(query, limit, codes) };
    const report = { name, candidateCount: found.items.itemIndices.length, ms: now() - queriedAt };
    return { report, candidates: { name, weight, ...found } };
  } catch (error) {
    return leaveOut(source, now() - queriedAt, error instanceof Error ? error.message : String(error));
  }
}

function leaveOut({ name }: NamedSource, ms: number, error: string): Outcome {
  return { report: { name, candidateCount: 0, ms, error } };
}
