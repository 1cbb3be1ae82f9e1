import { SearchQuery, SearchResponse } from '@matinee/contract';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { lookUpVerdicts } from '../serving/viewers.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/search`: finds every item that the user may see, including those never recommended again. */
export function addSearchRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/search',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'search',
        summary: 'Titles by name, as you type',
        tags: ['page'],
        querystring: SearchQuery,
        response: { 200: SearchResponse },
      },
    },
    async (request) => {
      const { engine, viewers, searchIndex } = serving.current();
      const { q, limit } = request.query;
      const viewer = await viewers.viewerNamed(request.query, readRequestParameters(request));
      const { codes } = lookUpVerdicts(engine, viewer);
      const { itemIndices, total, corrected } = searchIndex.search(q, limit, codes);
      return {
        query: q,
        items: itemIndices.map((item) => toCard(engine, item, viewer.feedback)),
        total,
        corrected,
        degraded: (viewer.input.failures ?? []).map(({ part }) => part),
      };
    },
  );
}
