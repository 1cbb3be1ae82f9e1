import { SearchQuery, SearchResponse } from '@matinee/contract';
import type { App, Services } from '../app.ts';
import { toCard } from '../cards.ts';

/** `GET /api/v1/search`: every title can be looked up, also those that are never recommended again. */
export function addSearchRoute(app: App, { current }: Services): void {
  app.get(
    '/api/v1/search',
    {
      schema: {
        operationId: 'search',
        summary: 'Titles by name, as you type',
        tags: ['page'],
        querystring: SearchQuery,
        response: { 200: SearchResponse },
      },
    },
    async (request) => {
      const { engine, people, searchIndex } = current();
      const { q, limit, userIdx } = request.query;
      const state = userIdx === undefined ? undefined : await people.stateOf(await people.find(userIdx));
      const { itemIndices, total, corrected } = searchIndex.search(q, limit);
      return {
        query: q,
        items: itemIndices.map((item) => toCard(engine, item, state?.feedback)),
        total,
        corrected,
      };
    },
  );
}
