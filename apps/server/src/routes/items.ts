import { ItemsBody, ItemsResponse } from '@matinee/contract';
import { growCatalogue, type NewItem } from '@matinee/models/data';
import type { NewItemRecord } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { requireCatalogueToken } from '../http/catalogue-token.ts';
import { readNewItems } from '../serving/read-new-items.ts';
import type { Services } from './services.ts';

/**
 * `POST /api/v1/items`: titles that are in the catalogue from the answer on. Durable before they are served, and served
 * before they are acknowledged.
 */
export function addItemsRoute(app: App, services: Services): void {
  const { serving, stores, settings, clock } = services;
  /** Stored and not acknowledged yet, by id: the last of them may be served already. */
  const pending = new Map<string, NewItem>();
  let storing: Promise<unknown> = Promise.resolve();

  /** Stores what is new. One at a time: what one stores is new to no other. */
  function store(brought: readonly NewItemRecord[]): Promise<readonly NewItemRecord[]> {
    const stored = storing.then(async () => {
      const { catalogue } = serving.current().engine;
      const added = brought.filter(({ item: { id } }) => catalogue.vocabulary.indexOf(id) < 0 && !pending.has(id));
      if (added.length === 0) return added;
      // Whatever the catalogue could not take must not be stored: it would be there again at every start.
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
      // Before the body is read.
      onRequest: async ({ headers }) => requireCatalogueToken(headers.authorization, settings.catalogueToken),
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
      const brought = readNewItems(request.body.items, clock());
      const added = await store(brought);
      // Also where nothing is new: another request may have stored it and not be done.
      if (brought.some(({ item }) => pending.has(item.id))) await serving.addItems(added);
      const { vocabulary } = serving.current().engine.catalogue;
      const isAdded = new Set(added.map(({ item }) => item.id));
      return reply.code(201).send({
        items: brought.map(({ item: { id } }) => {
          pending.delete(id);
          return { itemId: id, itemIdx: vocabulary.indexOf(id), status: isAdded.has(id) ? 'added' : 'known' };
        }),
      });
    },
  );
}
