import { RecommendQuery, RecommendResponse } from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import {
  applyRules,
  type Engine,
  hydrate,
  licencePeriodAt,
  type RecommendedItem,
  type RecommendInput,
  recommendList,
  ruleAgainst,
  type Trace,
} from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters, sessionOf } from '../http/requested-rules.ts';
import type { ResponseState } from '../http/response-cache.ts';
import { roundStages, toServerTiming } from '../http/server-timing.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { posterUrlOf, toExplanationBody } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /recommend` — the stable contract. */
export function addRecommendRoute(app: App, { serving, traffic, clock, createId }: Services): void {
  const { gate, responseCache, metrics } = traffic;
  app.get(
    '/recommend',
    {
      // A kept answer takes microseconds: it need not wait for its turn.
      onRequest: [
        (request, reply) =>
          responseCache.replyFromCache(request, reply, (userIdx) => stateNow(userIdx, sessionOf(request))),
        gate.hooks.onRequest,
      ],
      onSend: [gate.hooks.onSend, responseCache.onSend],
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
      const { engine, viewers } = serving.current();
      const state = responseCache.isOn
        ? await stateNow(user_idx, sessionOf(request)).catch(() => undefined)
        : undefined;
      const { input } = await viewers.viewerOf(user_idx, readRequestParameters(request));
      const { items, trace } = await recommendList(
        engine,
        { ...input, goals: { liked, satisfied, novelty }, explainScore: debug, diversity },
        k,
        RECOMMEND_CONTEXT,
      );
      metrics.observeTrace(trace);
      reply.header('server-timing', toServerTiming(trace.stagesMs));
      // Twenty titles with eleven sources each: V8 writes that in two thirds of the time that the schema's serializer takes, and
      // without a tree of 90 KB of half-made strings.
      reply.serializer(JSON.stringify).type('application/json; charset=utf-8');
      // What lacks something is not kept, nor what is looked into; the release may have changed since the state was read.
      if (state?.release === engine.release.version && !trace.degraded && !debug) {
        responseCache.cacheWhenSent(request, user_idx, state);
      }
      const { degraded } = trace;
      const earlier = degraded?.level === 'popular' ? responseCache.lastResort(request, state) : undefined;
      if (degraded !== undefined && earlier !== undefined) {
        return {
          ...withoutForbidden(engine, input, earlier as RecommendResponse),
          degraded: toBody(degraded, 'cached'),
        };
      }
      return {
        user_idx,
        k,
        version: engine.release.version,
        items: items.map((item) => toItem(engine, item, include_titles)),
        ...(degraded && { degraded: toBody(degraded) }),
        ...(debug ? { debug: toDebug(trace, createId()) } : {}),
      };
    },
  );

  async function stateNow(userIdx: UserIdx | undefined, asked: RequestParameters): Promise<ResponseState | undefined> {
    const { engine, viewers } = serving.current();
    const user = await viewers.stateVersionOf(userIdx, asked);
    if (user === undefined) return undefined;
    const licencePeriod = licencePeriodAt(engine.facts, Math.floor(clock() / 1000));
    return { release: engine.release.version, itemCount: engine.itemCount, licencePeriod, user };
  }

  function toItem(engine: Engine, { candidate, section, explanation, moved }: RecommendedItem, includeTitles: boolean) {
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

/** Time has passed since it was made: a licence may have ended. */
function withoutForbidden(engine: Engine, input: RecommendInput, answer: RecommendResponse): RecommendResponse {
  const verdicts = applyRules(engine, hydrate(engine, input));
  return { ...answer, items: answer.items.filter(({ item_idx }) => ruleAgainst(verdicts, item_idx) === undefined) };
}

function toBody({ level, missing }: NonNullable<Trace['degraded']>, instead?: 'cached') {
  return { level: instead ?? level, missing: [...missing] };
}

function toDebug(
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
