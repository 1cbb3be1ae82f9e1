import { RecommendQuery, RecommendResponse } from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import {
  applyRules,
  type Engine,
  hydrate,
  licencePeriodAt,
  type RecommendInput,
  recommendList,
  ruleAgainst,
} from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters, withoutRules } from '../http/requested-rules.ts';
import type { ResponseState } from '../http/response-cache.ts';
import { toServerTiming } from '../http/server-timing.ts';
import { withoutMemory } from '../serving/kept-candidates.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireAtMostOne, requireOne, USER_FIELDS_OF_STABLE } from '../serving/references.ts';
import type { Snapshot } from '../serving/snapshot.ts';
import type { Viewer } from '../serving/viewers.ts';
import { toDebugBody, toDegradedBody, toListBody } from './recommend-body.ts';
import type { Services } from './services.ts';

/** `GET /recommend`, part of the stable contract. */
export function addRecommendRoute(app: App, { serving, traffic, clock, createId }: Services): void {
  const { gate, responseCache, metrics } = traffic;
  const readState = (userIdx: UserIdx | undefined, parameters: RequestParameters) =>
    readResponseState(serving.current(), userIdx, parameters, clock());
  app.get(
    '/recommend',
    {
      // A cached response takes microseconds, so it does not enter the gate.
      onRequest: [
        (request, reply) =>
          responseCache.replyFromCache(request, reply, (userIdx) => readState(userIdx, withoutRules(request))),
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
      const { user_idx, user_id, item_id, item_idx, k, include_titles, debug, generation } = request.query;
      const { liked, satisfied, novelty, diversity = 0 } = request.query;
      const { engine, viewers } = await serving.of(generation);
      const likedItems = [
        ...[item_id ?? []].flat().map((itemId) => ({ itemId })),
        ...[item_idx ?? []].flat().map((itemIdx) => ({ itemIdx: Number(itemIdx) })),
      ];
      const isOfItems = likedItems.length > 0;
      if (!isOfItems) requireOne(user_idx, user_id, USER_FIELDS_OF_STABLE);
      else
        requireAtMostOne(user_idx ?? user_id, item_id ?? item_idx, ['user_idx" or "user_id', 'item_id" or "item_idx']);
      const parameters = readRequestParameters(request);
      const { credentials } = parameters;
      const userIdx = await viewers.access.resolve(
        { userIdx: user_idx, userId: user_id },
        credentials,
        USER_FIELDS_OF_STABLE,
      );
      // The list for an unknown id is no list of the user that the id may become a moment later.
      const state =
        responseCache.isOn && engine === serving.current().engine && userIdx !== undefined
          ? await readState(userIdx, withoutRules(request)).catch(() => undefined)
          : undefined;
      const { input, person }: Viewer = isOfItems
        ? await viewers.viewerWhoLikes(likedItems, parameters)
        : await viewers.viewerOf(userIdx, parameters);
      const { items, trace } = await recommendList(
        // Likes that come with the request are of nobody who comes again.
        isOfItems ? withoutMemory(engine) : engine,
        { ...input, goals: { liked, satisfied, novelty }, explainScore: debug, diversity },
        k,
        RECOMMEND_CONTEXT,
      );
      metrics.observeTrace(trace);
      reply.header('server-timing', toServerTiming(trace.stagesMs));
      // For 20 items with 11 sources each, V8 takes two thirds of the time of the schema's serializer and allocates no
      // intermediate 90 KB of strings.
      reply.serializer(JSON.stringify).type('application/json; charset=utf-8');
      // Degraded and debug responses are not cached. The release may have changed since the state was read.
      if (state?.release === engine.release.version && !trace.degraded && !debug) {
        responseCache.cacheWhenSent(request, userIdx, state);
      }
      const { degraded } = trace;
      const earlier = degraded?.level === 'popular' ? responseCache.lastResort(request, state) : undefined;
      if (degraded !== undefined && earlier !== undefined) {
        return {
          ...withoutForbidden(engine, input, earlier as RecommendResponse),
          degraded: toDegradedBody(degraded, 'cached'),
        };
      }
      const user = { user_idx: userIdx ?? null, user_id: person?.userId ?? user_id ?? null };
      return {
        ...toListBody(engine, { items, trace }, { ...user, k, include_titles }),
        ...(debug ? { debug: toDebugBody(trace, createId()) } : {}),
      };
    },
  );
}

/** Returns what a response for this user depends on now; undefined if the event log fails or is slow. */
async function readResponseState(
  { engine, viewers, catalogueRevision }: Snapshot,
  userIdx: UserIdx | undefined,
  parameters: RequestParameters,
  nowMs: number,
): Promise<ResponseState | undefined> {
  const user = await viewers.stateVersionOf(userIdx, parameters);
  if (user === undefined) return undefined;
  const licencePeriod = licencePeriodAt(engine.facts, Math.floor(nowMs / 1000));
  return { release: engine.release.version, catalogue: catalogueRevision, licencePeriod, user };
}

/** Removes items that became forbidden after the response was cached, for example when a licence ended. */
function withoutForbidden(engine: Engine, input: RecommendInput, answer: RecommendResponse): RecommendResponse {
  const verdicts = applyRules(engine, hydrate(engine, input));
  return { ...answer, items: answer.items.filter(({ item_idx }) => ruleAgainst(verdicts, item_idx) === undefined) };
}
