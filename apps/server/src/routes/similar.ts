import { ItemParams, SimilarQuery, SimilarResponse } from '@matinee/contract';
import { similarTitles } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireItem, requireVisible } from '../serving/viewers.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/items/:itemIdx/similar`, by the same rules as the page: with a user, no items they know already. */
export function addSimilarRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/items/:itemIdx/similar',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getSimilar',
        summary: 'Titles like one title',
        tags: ['page'],
        params: ItemParams,
        querystring: SimilarQuery,
        response: { 200: SimilarResponse },
      },
    },
    async (request) => {
      const { itemIdx } = request.params;
      const { userIdx, limit } = request.query;
      const { engine, viewers } = await serving.of(request.query.generation);
      requireItem(engine, itemIdx);
      const viewer = await viewers.viewerOf(userIdx, readRequestParameters(request));
      requireVisible(engine, viewer, itemIdx);
      const { titles, missing } = await similarTitles(engine, viewer.input, itemIdx, limit, RECOMMEND_CONTEXT);
      return { items: titles.map((item) => toCard(engine, item, viewer.feedback)), degraded: [...missing] };
    },
  );
}
