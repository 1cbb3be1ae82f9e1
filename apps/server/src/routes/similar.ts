import { MovieParams, SimilarQuery, SimilarResponse } from '@matinee/contract';
import { applyRules, hydrate, similarTitles } from '@matinee/recommender';
import type { App, Services } from '../app.ts';
import { toCard } from '../cards.ts';
import { requireItem } from '../people.ts';

/** `GET /api/v1/movies/:itemIdx/similar`; with a user, by the same rules as the page: nothing that they know already. */
export function addSimilarRoute(app: App, { current, gate, clock }: Services): void {
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
      const asOf = Math.floor(clock() / 1000);
      if (userIdx === undefined) {
        const items = await similarTitles(engine, itemIdx, { limit, asOf });
        return { items: items.map((item) => toCard(engine, item)) };
      }
      const { input, feedback } = await people.stateOf(await people.find(userIdx));
      const { codes } = applyRules(hydrate(engine, input), engine.itemCount);
      const items = await similarTitles(engine, itemIdx, { limit, asOf, excluded: codes });
      return { items: items.map((item) => toCard(engine, item, feedback)) };
    },
  );
}
