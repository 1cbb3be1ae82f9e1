import type { RecommendResponse } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import type { Engine, RecommendedItem, Trace } from '@matinee/recommender';
import { roundStages } from '../http/server-timing.ts';
import type { ServedEngine } from '../serving/snapshot.ts';
import { maturityOf, posterUrlOf } from './cards.ts';
import { reasonText, sectionName, seriesText } from './recommend-words.ts';

/** Returns the body of a list for a user: `user` is as the answer names them. */
export function toListBody(
  engine: ServedEngine,
  { items, trace: { degraded } }: { readonly items: readonly RecommendedItem[]; readonly trace: Trace },
  {
    k,
    include_titles,
    ...user
  }: Pick<RecommendResponse, 'user_idx' | 'user_id' | 'k'> & { readonly include_titles: boolean },
) {
  return {
    ...user,
    k,
    version: engine.release.generation,
    release: engine.release.version,
    items: items.map((item) => toItemBody(engine, item, include_titles)),
    ...(degraded && { degraded: toDegradedBody(degraded) }),
  };
}

export function toItemBody(
  engine: ServedEngine,
  { candidate, section, explanation, beforeInSeries, moved }: RecommendedItem,
  includeTitles: boolean,
) {
  const { itemIndex, score, sources } = candidate;
  return {
    item_idx: itemIndex,
    item_id: engine.catalogue.vocabulary.ids[itemIndex] ?? '',
    ...(includeTitles ? { title: titleWithYear(engine, itemIndex) } : {}),
    score,
    section: sectionName(section),
    reason: reasonText(engine, explanation),
    reason_code: explanation.code,
    ...(explanation.code === 'because_you_watched' && { reason_item: explanation.itemIndex }),
    ...(beforeInSeries !== undefined && {
      slate_reason: seriesText(engine, beforeInSeries),
      before_in_series: beforeInSeries,
    }),
    ...defined({ maturity: maturityOf(engine, itemIndex) ?? undefined }),
    poster_url: posterUrlOf(engine, itemIndex),
    sources: [...new Set(sources.map(({ source }) => source.model.traits.answerName))],
    contributions: sources.map(({ source, rank, score: sourceScore, contribution }) => ({
      source: source.name,
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

/**
 * Returns the title, or the id where there is none, with its year in brackets where the year is known and the title
 * does not end with it.
 */
function titleWithYear({ catalogue }: Engine, itemIndex: ItemIndex): string {
  const title = catalogue.titles[itemIndex] ?? catalogue.vocabulary.ids[itemIndex] ?? '';
  const year = catalogue.years[itemIndex];
  return year && !title.endsWith(`(${year})`) ? `${title} (${year})` : title;
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
    request_id: requestId,
    sources: withFailures(sources, failures).map(({ candidateCount: found, ...source }) => ({
      ...source,
      candidate_count: found,
    })),
    candidate_count: candidateCount,
    removed: { ...removed },
    moves: moves.map(({ itemIndex, from, to, reason, added }) => ({
      item_idx: itemIndex,
      from,
      to,
      reason,
      ...defined({ added }),
    })),
    stages_ms: roundStages(stagesMs),
    history_length: historyLength,
  };
}

/** Lists failed parts as sources without candidates: the ranker after the real sources, any other part before them. */
function withFailures(sources: Trace['sources'], failures: Trace['failures']) {
  const reports = failures.map(({ part, error }) => ({ name: part, candidateCount: 0, ms: 0, error }));
  const isRanker = ({ name }: { readonly name: string }): boolean => name === 'ranker';
  return [...reports.filter((each) => !isRanker(each)), ...sources, ...reports.filter(isRanker)];
}
