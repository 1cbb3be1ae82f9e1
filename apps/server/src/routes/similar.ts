import { MovieParams, SimilarQuery, SimilarResponse } from '@matinee/contract';
import { similarTitles } from '@matinee/recommender';
import type { App, Services } from '../app.ts';
import { askedBy } from '../asked-rules.ts';
import { toCard } from '../cards.ts';
import { requireItem, requireVisible } from '../people.ts';
import { RECOMMEND_CONTEXT } from '../recommend-context.ts';

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
