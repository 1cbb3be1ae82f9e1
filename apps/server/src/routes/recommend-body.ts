import { defined } from '@matinee/numerics';
import type { Engine, RecommendedItem, Trace } from '@matinee/recommender';
import { roundStages } from '../http/server-timing.ts';
import { posterUrlOf, toExplanationBody } from './cards.ts';

export function toItemBody(
  engine: Engine,
  { candidate, section, explanation, moved }: RecommendedItem,
  includeTitles: boolean,
) {
  const { itemIndex, score, sources } = candidate;
  return {
    item_idx: itemIndex,
    ...(includeTitles ? { title: engine.catalogue.titles[itemIndex] ?? null } : {}),
    score,
    section,
    reason: toExplanationBody(engine, explanation),
    poster_url: posterUrlOf(engine, itemIndex),
    sources: sources.map(({ source, rank, score: sourceScore, contribution }) => ({
      name: source.name,
      rank,
      score: sourceScore,
      contribution,
    })),
    ...(moved && {
      features: moved.map(({ feature, value, contribution }) => ({
        feature,
        value: Number.isFinite(value) ? value : null,
        contribution,
      })),
    }),
  };
}

/** @param instead The level to name when the body is a cached response. */
export function toDegradedBody({ level, missing }: NonNullable<Trace['degraded']>, instead?: 'cached') {
  return { level: instead ?? level, missing: [...missing] };
}

export function toDebugBody(
  { sources, failures, candidateCount, removed, moves, historyLength, stagesMs }: Trace,
  requestId: string,
) {
  return {
    requestId,
    sources: withFailures(sources, failures),
    candidateCount,
    removed: { ...removed },
    moves: moves.map(({ itemIndex, from, to, reason, added }) => ({
      item_idx: itemIndex,
      from,
      to,
      reason,
      ...defined({ added }),
    })),
    stagesMs: roundStages(stagesMs),
    historyLength,
  };
}

/** Lists failed parts as sources without candidates: the ranker after the real sources, any other part before them. */
function withFailures(sources: Trace['sources'], failures: Trace['failures']) {
  const reports = failures.map(({ part, error }) => ({ name: part, candidateCount: 0, ms: 0, error }));
  const isRanker = ({ name }: { readonly name: string }): boolean => name === 'ranker';
  return [...reports.filter((each) => !isRanker(each)), ...sources, ...reports.filter(isRanker)];
}
