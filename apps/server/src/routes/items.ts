import { ItemBody, ItemIdParams, ItemPatch, ItemsBody, ItemsResponse, StoredItem } from '@matinee/contract';
import type { RatedTitle } from '@matinee/recommender';
import type { FastifyRequest } from 'fastify';
import type { App } from '../http/app.ts';
import { requireCatalogueToken } from '../http/catalogue-token.ts';
import { readItemChange, readNewItem, readNewItems, readReplacement } from '../serving/read-items.ts';
import { createItemWriter } from '../serving/store-items.ts';
import { genresOf } from './cards.ts';
import type { Services } from './services.ts';

/**
 * `POST /api/v1/items`, and `PUT`, `PATCH`, `DELETE /api/v1/items/by-id/:itemId`: what the operator's catalogue says.
 * It is durable before it is served, and served before the response.
 */
export function addItemsRoute(app: App, { serving, stores, settings, clock }: Services): void {
  const writer = createItemWriter(serving, stores.newItems);
  const common = {
    bodyLimit: 1024 * 1024,
    // Checked before the body is read.
    onRequest: async ({ headers, apiKey }: FastifyRequest) =>
      requireCatalogueToken(headers.authorization, settings.catalogueToken, apiKey),
  };
  const described = { tags: ['operation'], security: [{ catalogueToken: [] }] };
  const indexOf = (itemId: string): number => serving.current().engine.catalogue.vocabulary.indexOf(itemId);
  /** What the catalogue says of a title, for labels whose age depends on it. */
  const knownOf = (itemId: string): RatedTitle => {
    const { engine } = serving.current();
    const itemIdx = indexOf(itemId);
    if (itemIdx < 0) return { genres: [], year: 0 };
    return { genres: genresOf(engine, itemIdx), year: engine.catalogue.years[itemIdx] ?? 0 };
  };

  app.post(
    '/api/v1/items',
    {
      ...common,
      schema: {
        operationId: 'addItems',
        summary: 'Add titles to the catalogue, or change those it has; the next answer knows them',
        ...described,
        body: ItemsBody,
        response: { 201: ItemsResponse },
      },
    },
    async (request, reply) => {
      const { items } = request.body;
      const nowMs = clock();
      const added = await writer.add(readNewItems(items, nowMs));
      const others = items.filter(({ itemId }) => !added.has(itemId));
      const changed = await writer.change(
        others.map(({ itemId, ...body }) => ({
          ...readItemChange(itemId, body, nowMs, knownOf(itemId)),
          isDeleted: false,
        })),
      );
      const statuses = new Map(changed.map(({ itemId, status }) => [itemId, status]));
      return reply.code(201).send({
        items: items.map(({ itemId }) => ({
          itemId,
          itemIdx: indexOf(itemId),
          status: statuses.get(itemId) ?? 'added',
        })),
      });
    },
  );

  // Only one of the two is described: OpenAPI takes no second name for the place of `:itemIdx`.
  const addresses = [
    { address: '/api/v1/items/by-id/:itemId', shown: described },
    { address: '/api/v1/items/:itemId', shown: { ...described, hide: true } },
  ] as const;
  for (const { address, shown } of addresses) {
    app.put(
      address,
      {
        ...common,
        schema: {
          operationId: 'putItem',
          summary: 'Say all that is known of a title; adds it, or brings it back, where it is not there',
          ...shown,
          params: ItemIdParams,
          body: ItemBody,
          response: { 200: StoredItem, 201: StoredItem },
        },
      },
      async (request, reply) => {
        const { itemId } = request.params;
        const nowMs = clock();
        const added = await writer.add([readNewItem(itemId, request.body, nowMs)]);
        if (added.has(itemId)) return reply.code(201).send({ itemId, itemIdx: indexOf(itemId), status: 'added' });
        const [stored] = await writer.change([readReplacement(itemId, request.body, nowMs)]);
        return reply.code(200).send(stored!);
      },
    );

    app.patch(
      address,
      {
        ...common,
        schema: {
          operationId: 'changeItem',
          summary: 'Change some of what is known of a title',
          ...shown,
          params: ItemIdParams,
          body: ItemPatch,
          response: { 200: StoredItem },
        },
      },
      async (request) => {
        const { itemId } = request.params;
        // Said first: no change of the body would help.
        await writer.requirePresent(itemId);
        const [stored] = await writer.change([readItemChange(itemId, request.body, clock(), knownOf(itemId))]);
        return stored!;
      },
    );

    app.delete(
      address,
      {
        ...common,
        schema: {
          operationId: 'deleteItem',
          summary: 'Take a title down: nobody sees it from the answer on; events on it stay',
          ...shown,
          params: ItemIdParams,
          response: { 200: StoredItem },
        },
      },
      async (request) => {
        const { itemId } = request.params;
        const [stored] = await writer.change([{ itemId, item: {}, fact: {}, isDeleted: true, changedAtMs: clock() }]);
        return stored!;
      },
    );
  }
}
