import { RecommendQuery, RecommendResponse } from '@matinee/contract';
import { type Engine, type RecommendedTitle, recommendList, type Trace } from '@matinee/recommender';
import type { App, Services } from '../app.ts';
import { askedBy } from '../asked-rules.ts';
import { posterUrlOf, toExplanationBody } from '../cards.ts';
import { RECOMMEND_CONTEXT } from '../recommend-context.ts';
import { roundStages, toServerTiming } from '../server-timing.ts';

/** `GET /recommend` — the stable contract. */
export function addRecommendRoute(app: App, { current, gate, metrics, createId }: Services): void {
  app.get(
    '/recommend',
    {
      ...gate.hooks,
      schema: {
        operationId: 'recommend',
        summary: 'The best titles for a user, with why each is there',
        tags: ['stable'],
        querystring: RecommendQuery,
        response: { 200: RecommendResponse },
      },
    },
    async (request, reply) => {
      const { user_idx, k, include_titles, debug, liked, satisfied, novelty, diversity = 0 } = request.query;
      const { engine, people } = current();
      const { input } = await people.askerOf(user_idx, askedBy(request));
      const { items, trace } = await recommendList(
        engine,
        { ...input, goals: { liked, satisfied, novelty }, takeApart: debug, diversity },
        k,
        RECOMMEND_CONTEXT,
      );
      metrics.observeTrace(trace);
      reply.header('server-timing', toServerTiming(trace.stagesMs));
      return {
        user_idx,
        k,
        version: engine.release.version,
        items: items.map((item) => toItem(engine, item, include_titles)),
        ...(trace.degraded && { degraded: { level: trace.degraded.level, missing: [...trace.degraded.missing] } }),
        ...(debug ? { debug: toDebug(trace, createId()) } : {}),
      };
    },
  );

  function toItem(
    engine: Engine,
    { candidate, section, explanation, moved }: RecommendedTitle,
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
}

function toDebug({ sources, candidateCount, removed, moves, historyLength, stagesMs }: Trace, requestId: string) {
  return {
    requestId,
    sources: sources.map((report) => ({ ...report })),
    candidateCount,
    removed: { ...removed },
    moves: moves.map(({ itemIndex, from, to, reason, added }) => ({
      item_idx: itemIndex,
      from,
      to,
      reason,
      ...(added === undefined ? {} : { added }),
    })),
    stagesMs: roundStages(stagesMs),
    historyLength,
  };
}
