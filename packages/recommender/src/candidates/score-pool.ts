import type { BlendedCandidates } from '@matinee/models/blend';
import { type RankingGoals, rankPool } from '@matinee/models/ranking';
import { defined } from '@matinee/numerics';
import type { Engine } from '../engine/engine.ts';
import type { Failure } from '../request/failure.ts';
import type { Query } from '../request/query.ts';

export interface ScoredPool {
  /** By position in the pool. */
  readonly scores: Float32Array;
  /** The ranker's input, row-major [pool, features]; absent where the ranker did not score. */
  readonly features?: Float32Array;
  readonly failure?: Failure;
}

/**
 * Scores the pool with the release's ranker. Where the release has none, the user has no history or the ranker fails,
 * the scores are the blend's.
 */
export async function scorePool(
  { release: { ranking }, activity }: Engine,
  { retrieval }: Query,
  pool: BlendedCandidates,
  goals: RankingGoals | undefined,
): Promise<ScoredPool> {
  if (ranking === undefined) return { scores: pool.scores };
  try {
    const ranked = await rankPool(ranking, retrieval, pool, defined({ goals, activity }));
    return ranked ?? { scores: pool.scores };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { scores: pool.scores, failure: { part: 'ranker', error: message } };
  }
}
