import { ItemIdParams, ItemParams, SimilarQuery, SimilarResponse } from '@matinee/contract';
import { similarTitles } from '@matinee/recommender';
import type { Static } from 'typebox';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import type { ItemReference } from '../serving/references.ts';
import { requireItem, requireVisible } from '../serving/viewers.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/**
 * `GET /api/v1/items/:itemIdx/similar` and `/by-id/:itemId/similar`, by the rules of the page; what the user knows
 * already is marked.
 */
export function addSimilarRoute(app: App, { serving, traffic }: Services): void {
  async function answer(item: ItemReference, query: Static<typeof SimilarQuery>, parameters: RequestParameters) {
    const { engine, viewers } = await serving.of(query.generation);
    requireItem(engine, item);
    const viewer = await viewers.viewerNamed(query, parameters);
    const itemIdx = requireVisible(engine, viewer, item);
    const similar = await similarTitles(engine, viewer.input, itemIdx, query.limit, RECOMMEND_CONTEXT);
    return {
      items: similar.titles.map((each) => ({
        ...toCard(engine, each, viewer.feedback),
        ...(similar.seen.has(each) && { seen: true as const }),
      })),
      degraded: [...similar.missing],
    };
  }

  const schema = { tags: ['page'], querystring: SimilarQuery, response: { 200: SimilarResponse } };
  app.get(
    '/api/v1/items/:itemIdx/similar',
    {
      ...traffic.gate.pageHooks,
      schema: { operationId: 'getSimilar', summary: 'Titles like one title', ...schema, params: ItemParams },
    },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
  app.get(
    '/api/v1/items/by-id/:itemId/similar',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getSimilarById',
        summary: 'Titles like one title, by your own id',
        ...schema,
        params: ItemIdParams,
      },
    },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
}
