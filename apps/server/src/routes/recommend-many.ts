import { RecommendManyBody, RecommendManyResponse } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import { recommendList } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { toErrorResponse } from '../http/http-errors.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireOne, USER_FIELDS_OF_STABLE, type UserReference } from '../serving/references.ts';
import { toListBody } from './recommend-body.ts';
import type { Services } from './services.ts';

/**
 * `POST /recommend`: for each user the list that `GET /recommend` would give, or why there is none. Between two users,
 * requests that wait go first.
 */
export function addRecommendManyRoute(app: App, { serving, traffic }: Services): void {
  const { gate, metrics } = traffic;
  app.post(
    '/recommend',
    {
      ...gate.hooks,
      bodyLimit: 64 * 1024,
      schema: {
        operationId: 'recommendMany',
        summary: 'The lists of many users; each is answered for itself',
        tags: ['stable'],
        body: RecommendManyBody,
        response: { 200: RecommendManyResponse },
      },
    },
    async (request, reply) => {
      const { users, k, include_titles, generation, liked, satisfied, novelty, diversity = 0, ...rules } = request.body;
      const { engine, viewers } = await serving.of(generation);
      const { headers, apiKey } = request;
      const parameters = readRequestParameters({ query: rules, headers, apiKey });

      async function listOf({ userIdx, userId }: UserReference) {
        requireOne(userIdx, userId, USER_FIELDS_OF_STABLE, 'body');
        const reference = { userIdx, userId };
        const known = await viewers.access.resolve(reference, parameters.credentials, USER_FIELDS_OF_STABLE);
        const { input, person } = await viewers.viewerOf(known, parameters);
        const wanted = { ...input, goals: { liked, satisfied, novelty }, diversity };
        const answer = await recommendList(engine, wanted, k, RECOMMEND_CONTEXT);
        metrics.observeTrace(answer.trace);
        const user = { user_idx: known ?? null, user_id: person?.userId ?? userId ?? null };
        return toListBody(engine, answer, { ...user, k, include_titles });
      }

      const results: RecommendManyResponse['results'] = [];
      for (const [at, user] of users.entries()) {
        if (at > 0) await gate.queueAgain(request);
        try {
          results.push(await listOf({ userIdx: user.user_idx, userId: user.user_id }));
        } catch (error) {
          // What is wrong with the request itself, or with the server, is so for everybody.
          if (!(error instanceof MatineeError) || error.code === 'BAD_EXPRESSION') throw error;
          results.push({ ...user, error: toErrorResponse(error) });
        }
      }
      reply.serializer(JSON.stringify).type('application/json; charset=utf-8');
      return { results };
    },
  );
}
