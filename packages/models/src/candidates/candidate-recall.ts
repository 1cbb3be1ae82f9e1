import type { ItemIndex } from '../data/indices.ts';
import { type BootstrapConfig, bootstrapUsers, type Estimate, estimate } from '../evaluation/bootstrap.ts';
import { totalByUser } from '../evaluation/observation-table.ts';
import { recallAtK } from '../evaluation/ranking-metrics.ts';
import type { EvaluationQuery, RecallOver } from '../splits/split.ts';

/** A target that a source found. */
export interface CandidateHit {
  /** Position among the queries. */
  readonly query: number;
  readonly source: string;
  readonly itemIndex: ItemIndex;
  /** From 1. */
  readonly rank: number;
  readonly blendRank: number;
}

/** Recall of one list of candidates, by `recall@k`. */
export interface CandidateRecall {
  /** A source's name, `union` or `blend`. */
  readonly name: string;
  readonly recall: Readonly<Record<string, Estimate>>;
}

export interface CandidateRecallOptions {
  /** In the order of the result. */
  readonly sources: readonly string[];
  /** Ascending. */
  readonly cutoffs: readonly number[];
  readonly recallOver: RecallOver;
  readonly bootstrap: BootstrapConfig;
}

/** Cutoffs of recall, up to the length of the lists. */
const CUTOFFS = [10, 50, 100, 200, 300, 500, 1000] as const;

/** The usual cutoffs up to `n`, and `n` itself. */
export function recallCutoffs(n: number): readonly number[] {
  return [...CUTOFFS.filter((k) => k < n), n];
}

/**
 * Recall@k of every source, of the union of their first k, and of the first k of their blend; a query without a found
 * target counts as 0. The union is an upper bound for any ranker; the blend shows how much of it remains at length k.
 *
 * @param queries All queries; at least one.
 * @returns Sources, then `union` and `blend`, with 95 % intervals over users, from the same resamples.
 */
export function measureCandidateRecall(
  hits: readonly CandidateHit[],
  queries: readonly Pick<EvaluationQuery, 'userIndex' | 'targets'>[],
  { sources, cutoffs, recallOver, bootstrap }: CandidateRecallOptions,
): CandidateRecall[] {
  const names = [...sources, 'union', 'blend'];
  const width = names.length * cutoffs.length;
  const ranksOf = ranksByQuery(hits, sources);
  const values = new Float64Array(queries.length * width);
  for (const [query, { targets }] of queries.entries()) {
    const lists = ranksOf.get(query);
    if (lists === undefined) continue;
    let cell = query * width;
    for (const list of lists) {
      const ranks = [...list.values()].sort((a, b) => a - b);
      for (const k of cutoffs) values[cell++] = recallAtK(ranks, targets.length, k, recallOver);
    }
  }
  const columns = names.flatMap((name) => cutoffs.map((k) => columnOf(name, k)));
  const userIndices = Int32Array.from(queries, ({ userIndex }) => userIndex);
  const resampled = bootstrapUsers(totalByUser({ columns, userIndices, values }), bootstrap);
  return names.map((name) => ({
    name,
    recall: Object.fromEntries(cutoffs.map((k) => [`recall@${k}`, estimate(resampled, columnOf(name, k))])),
  }));
}

/** The rank of each found target by query: one map per source, then for the union and the blend. */
function ranksByQuery(
  hits: readonly CandidateHit[],
  sources: readonly string[],
): ReadonlyMap<number, readonly ReadonlyMap<number, number>[]> {
  const byQuery = new Map<number, Map<number, number>[]>();
  for (const { query, source, itemIndex, rank, blendRank } of hits) {
    let lists = byQuery.get(query);
    if (lists === undefined) {
      lists = Array.from({ length: sources.length + 2 }, () => new Map<number, number>());
      byQuery.set(query, lists);
    }
    const union = lists[sources.length];
    lists[sources.indexOf(source)].set(itemIndex, rank);
    union.set(itemIndex, Math.min(rank, union.get(itemIndex) ?? rank));
    lists[sources.length + 1].set(itemIndex, blendRank);
  }
  return byQuery;
}

function columnOf(name: string, k: number): string {
  return `${name} ${k}`;
}
