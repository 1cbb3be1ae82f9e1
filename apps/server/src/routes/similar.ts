import { MovieParams, SimilarQuery, SimilarResponse } from '@matinee/contract';
import { similarTitles } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { askedBy } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireItem, requireVisible } from '../serving/viewers.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/movies/:itemIdx/similar`, by the same rules as the page: with a user, nothing that they know already. */
export function addSimilarRoute(app: App, { current, gate }: Services): void {
  app.get(
    '/api/v1/movies/:itemIdx/similar',
    {
      ...gate.hooks,
      schema: {
        operationId: 'getSimilar',
        summary: 'Titles like one title',
        tags: ['page'],
        params: MovieParams,
        querystring: SimilarQuery,
        response: { 200: SimilarResponse },
      },
    },
    async (request) => {
      const { itemIdx } = request.params;
      const { userIdx, limit } = request.query;
      const { engine, people } = current();
      requireItem(engine, itemIdx);
      const asker = await people.askerOf(userIdx, askedBy(request));
      requireVisible(engine, asker, itemIdx);
      const { titles, missing } = await similarTitles(engine, asker.input, itemIdx, limit, RECOMMEND_CONTEXT);
      return { items: titles.map((item) => toCard(engine, item, asker.feedback)), degraded: [...missing] };
    },
  );
}
