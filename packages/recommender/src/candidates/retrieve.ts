import { type NamedSource, retrieveWithScores, type SourceCandidates } from '@matinee/models/blend';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import type { Timeout } from '../request/recommend-context.ts';
import type { Verdicts } from '../rules/verdicts.ts';

/** How one source did, for the trace. */
export interface SourceReport {
  readonly name: string;
  readonly candidateCount: number;
  /** From being asked to the answer, the failure or the deadline, whichever came first. */
  readonly ms: number;
  /** What kept it from answering; absent when it answered. */
  readonly error?: string;
}

export interface Retrieved {
  /** In the order of the sources, whichever answered first. */
  readonly found: readonly SourceCandidates[];
  readonly reports: readonly SourceReport[];
}

export interface RetrieveOptions {
  /** Candidates asked of each source. */
  readonly limit: number;
  /** Whether sources are to score what others found as well: a ranker looks at it. */
  readonly allScores: boolean;
  /** Once so many milliseconds have passed, no source is asked or waited for. */
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Starts a wait of so many milliseconds. */
  readonly timeout: (ms: number) => Timeout;
}

/**
 * Asks every source without waiting for the one before. A source that throws, has not answered by the deadline or whose
 * turn comes after it is left out and named in `reports`: the page is thinner, never absent. Whatever a source still
 * answers after the deadline is ignored.
 *
 * A model that computes on the calling thread is waited for, however long it takes: nothing can interrupt it.
 */
export async function retrieve(
  sources: readonly NamedSource[],
  query: RetrievalQuery,
  verdicts: Verdicts,
  options: RetrieveOptions,
): Promise<Retrieved> {
  const { deadlineMs, now } = options;
  const startedAt = now();
  const deadline = options.timeout(deadlineMs);
  try {
    const queryCount: Promise<Outcome>[] = [];
    for (const source of sources) {
      const askedAt = now();
      if (askedAt - startedAt > deadlineMs) {
        queryCount.push(Promise.resolve(leaveOut(source, 0, `not asked: ${deadlineMs} ms had passed`)));
        continue;
      }
      const late = deadline.expired.then(() => leaveOut(source, now() - askedAt, `no answer within ${deadlineMs} ms`));
      queryCount.push(Promise.race([ask(source, query, verdicts, askedAt, options), late]));
      // A model on this thread has its answer by now: its time is taken before the next one keeps the thread.
      await Promise.resolve();
    }
    const outcomes = await Promise.all(queryCount);
    return {
      found: outcomes.flatMap(({ candidates }) => candidates ?? []),
      reports: outcomes.map(({ report }) => report),
    };
  } finally {
    deadline.cancel();
  }
}

/** What became of one source. */
interface Outcome {
  readonly report: SourceReport;
  /** Absent when it was left out. */
  readonly candidates?: SourceCandidates;
}

/** Never rejects, so that a failure after the deadline reaches nobody. */
async function ask(
  source: NamedSource,
  query: RetrievalQuery,
  { codes }: Verdicts,
  askedAt: number,
  { limit, allScores, now }: RetrieveOptions,
): Promise<Outcome> {
  const { name, model, weight } = source;
  try {
    const found = allScores
      ? await retrieveWithScores(model, query, limit, codes)
      : { items: await model.retrieve(query, limit, codes) };
    const report = { name, candidateCount: found.items.itemIndices.length, ms: now() - askedAt };
    return { report, candidates: { name, weight, ...found } };
  } catch (error) {
    return leaveOut(source, now() - askedAt, error instanceof Error ? error.message : String(error));
  }
}

function leaveOut({ name }: NamedSource, ms: number, error: string): Outcome {
  return { report: { name, candidateCount: 0, ms, error } };
}
