import type { NamedSource, RetrievalQuery, SourceCandidates } from '@matinee/models';
import type { Verdicts } from './filter.ts';

/** How one source did, for the trace. */
export interface SourceReport {
  readonly name: string;
  readonly candidateCount: number;
  readonly ms: number;
  /** What kept it from answering; absent when it answered. */
  readonly error?: string;
}

export interface Retrieved {
  readonly found: readonly SourceCandidates[];
  readonly reports: readonly SourceReport[];
}

export interface RetrieveOptions {
  /** Candidates asked of each source. */
  readonly limit: number;
  /** Once so many milliseconds have passed, the sources that are left are not asked. */
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Asks every source. A source that throws, or whose turn comes after the deadline, is left out and named in `reports`:
 * the page is thinner, never absent.
 */
export async function retrieve(
  sources: readonly NamedSource[],
  query: RetrievalQuery,
  verdicts: Verdicts,
  { limit, deadlineMs, now }: RetrieveOptions,
): Promise<Retrieved> {
  const found: SourceCandidates[] = [];
  const reports: SourceReport[] = [];
  const startedAt = now();
  for (const { name, model, weight } of sources) {
    const askedAt = now();
    if (askedAt - startedAt > deadlineMs) {
      reports.push({ name, candidateCount: 0, ms: 0, error: `not asked: ${deadlineMs} ms had passed` });
      continue;
    }
    try {
      const items = await model.retrieve(query, limit, verdicts.codes);
      found.push({ name, weight, items });
      reports.push({ name, candidateCount: items.itemIndices.length, ms: now() - askedAt });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reports.push({ name, candidateCount: 0, ms: now() - askedAt, error: reason });
    }
  }
  return { found, reports };
}
