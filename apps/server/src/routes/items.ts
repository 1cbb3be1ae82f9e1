import { ItemsBody, ItemsResponse } from '@matinee/contract';
import { growCatalogue, type NewItem } from '@matinee/models/data';
import type { NewItemRecord } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { requireCatalogueToken } from '../http/catalogue-token.ts';
import { readNewItems } from '../serving/read-new-items.ts';
import type { Services } from './services.ts';

/**
 * `POST /api/v1/items`: adds items to the catalogue. They are durable before they are served, and served before the
 * response.
 */
export function addItemsRoute(app: App, services: Services): void {
  const { serving, stores, settings, clock } = services;
  /** Items that are stored but not yet acknowledged, by id. Some of them may be served already. */
  const pending = new Map<string, NewItem>();
  let storing: Promise<unknown> = Promise.resolve();

  /** Stores the items that are new. Runs one call at a time, so that no two calls store the same item. */
  function store(received: readonly NewItemRecord[]): Promise<readonly NewItemRecord[]> {
    const stored = storing.then(async () => {
      const { catalogue } = serving.current().engine;
      const added = received.filter(({ item: { id } }) => catalogue.vocabulary.indexOf(id) < 0 && !pending.has(id));
      if (added.length === 0) return added;
      // Throws for items that the catalogue cannot hold: once stored, they would fail every start.
      const pendingItems = [...pending.values()].filter(({ id }) => catalogue.vocabulary.indexOf(id) < 0);
      growCatalogue(catalogue, [...pendingItems, ...added.map(({ item }) => item)]);
      await stores.newItems.add(added);
      for (const { item } of added) pending.set(item.id, item);
      return added;
    });
    storing = stored.catch(() => undefined);
    return stored;
  }

  app.post(
    '/api/v1/items',
    {
      bodyLimit: 1024 * 1024,
      // Checked before the body is read.
      onRequest: async ({ headers, apiKey }) =>
        requireCatalogueToken(headers.authorization, settings.catalogueToken, apiKey),
      schema: {
        operationId: 'addItems',
        summary: 'Add titles to the catalogue; they can be found from the answer on',
        tags: ['operation'],
        security: [{ catalogueToken: [] }],
        body: ItemsBody,
        response: { 201: ItemsResponse },
      },
    },
    async (request, reply) => {
      const received = readNewItems(request.body.items, clock());
      const added = await store(received);
      // Also if nothing is new: another request may have stored the item without serving it yet.
      if (received.some(({ item }) => pending.has(item.id))) await serving.addItems(added);
      const { vocabulary } = serving.current().engine.catalogue;
      const isAdded = new Set(added.map(({ item }) => item.id));
      return reply.code(201).send({
        items: received.map(({ item: { id } }) => {
          pending.delete(id);
          return { itemId: id, itemIdx: vocabulary.indexOf(id), status: isAdded.has(id) ? 'added' : 'known' };
        }),
      });
    },
  );
}
