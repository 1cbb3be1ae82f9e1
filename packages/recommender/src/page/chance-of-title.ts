import type { ItemIndex } from '@matinee/models/data';
import { USER_SEGMENTS, userSegmentOf } from '@matinee/models/evaluation';
import type { Candidate } from '../candidates/candidate.ts';
import type { Engine } from '../engine/engine.ts';
import type { Query } from '../request/query.ts';

/** What the chances of items are computed from. */
interface ScoredItemsOfRequest {
  readonly engine: Engine;
  readonly query: Query;
  readonly ranked: readonly Candidate[];
  /** Whether the ranker gave the scores. */
  readonly isRanked: boolean;
}

/**
 * Returns a function that gives the chance of an engagement with an item. It is the ranker's calibrated probability, or
 * without one the score as a share of the range of scores. Boosts do not count. An item that is no candidate has the
 * lowest candidate's chance.
 */
export function chanceOfTitle({
  engine,
  query,
  ranked,
  isRanked,
}: ScoredItemsOfRequest): (itemIndex: ItemIndex) => number {
  if (ranked.length === 0) return () => 0;
  const scores = ranked.map(({ score, boost = 0 }) => score - boost);
  const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const lowest = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
  const segment = USER_SEGMENTS[userSegmentOf(query.retrieval)]!.name;
  const ranker = isRanked ? engine.release.ranking?.ranker : undefined;
  const probability = (score: number): number => ranker?.probability(score, segment) ?? Number.NaN;
  const chance = Number.isNaN(probability(highest))
    ? (score: number) => (score - lowest) / (highest - lowest || 1)
    : probability;
  const scoreOf = new Map(ranked.map(({ itemIndex }, at) => [itemIndex, scores[at]!]));
  return (itemIndex) => chance(scoreOf.get(itemIndex) ?? lowest);
}
