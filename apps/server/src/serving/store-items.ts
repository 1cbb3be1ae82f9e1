import type { StoredItem } from '@matinee/contract';
import { growCatalogue, type NewItem } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import {
  describeItem,
  type ItemChange,
  type ItemFact,
  type NewItemRecord,
  type NewItemStore,
  withChanged,
} from '@matinee/recommender';
import { itemNotFound } from './references.ts';
import type { Serving } from './serving.ts';

/** Adds items to the catalogue and changes them. All of it is durable before it is served, and served on return. */
export interface ItemWriter {
  /** Adds the items whose ids are new, all or none. @returns The ids of those that were added. */
  add(items: readonly NewItemRecord[]): Promise<ReadonlySet<string>>;
  /** @throws {MatineeError} `ITEM_NOT_FOUND` for an id that the catalogue does not have, or of a deleted item. */
  requirePresent(itemId: string): Promise<void>;
  /**
   * Changes items of the catalogue, all or none; what is said already is not stored again.
   *
   * @returns What became of each, in order.
   * @throws {MatineeError} `ITEM_NOT_FOUND` for an id that the catalogue does not have, or a deleted item that the
   * change does not bring back; `BAD_ITEM` for a licence that would end before it begins.
   */
  change(changes: readonly ItemChange[]): Promise<readonly StoredItem[]>;
}

export function createItemWriter(
  serving: Pick<Serving, 'current' | 'addItems' | 'changeItems'>,
  store: NewItemStore,
): ItemWriter {
  /** Items that are stored but not yet acknowledged, by id. Some of them may be served already. */
  const pending = new Map<string, NewItem>();
  let last: Promise<unknown> = Promise.resolve();

  /** Runs one call at a time, so that no two calls store the same item. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  async function storeNew(items: readonly NewItemRecord[]): Promise<readonly NewItemRecord[]> {
    const { catalogue } = serving.current().engine;
    const added = items.filter(({ item: { id } }) => catalogue.vocabulary.indexOf(id) < 0 && !pending.has(id));
    if (added.length === 0) return added;
    // Throws for items that the catalogue cannot hold: once stored, they would fail every start.
    const pendingItems = [...pending.values()].filter(({ id }) => catalogue.vocabulary.indexOf(id) < 0);
    growCatalogue(catalogue, [...pendingItems, ...added.map(({ item }) => item)]);
    await store.add(added);
    for (const { item } of added) pending.set(item.id, item);
    return added;
  }

  async function readDeleted(): Promise<ReadonlySet<string>> {
    return new Set((await store.readChanges()).flatMap(({ itemId, isDeleted }) => (isDeleted ? [itemId] : [])));
  }

  async function changeNow(changes: readonly ItemChange[]): Promise<readonly StoredItem[]> {
    const { engine } = serving.current();
    const { vocabulary } = engine.catalogue;
    const deleted = await readDeleted();
    const effective = changes.filter((change) => {
      const { itemId, item, fact, isDeleted } = change;
      const itemIdx = vocabulary.indexOf(itemId);
      const isGone = deleted.has(itemId) && isDeleted === undefined;
      if (itemIdx < 0 || isGone) throw itemNotFound(engine, { itemId });
      const before = describeItem(engine.catalogue, engine.facts, itemIdx);
      const after = { item: withChanged(before.item, item), fact: withChanged(before.fact, fact) };
      requireLicence(itemId, after.fact);
      if (isDeleted !== undefined && isDeleted !== deleted.has(itemId)) return true;
      return JSON.stringify(inOneOrder(after)) !== JSON.stringify(inOneOrder(before));
    });
    if (effective.length > 0) await serving.changeItems(await store.change(effective));
    return changes.map((change): StoredItem => {
      const { itemId, isDeleted } = change;
      const status = isDeleted === true ? 'deleted' : effective.includes(change) ? 'updated' : 'known';
      return { itemId, itemIdx: vocabulary.indexOf(itemId), status };
    });
  }

  return {
    async add(items) {
      const added = await inOrder(() => storeNew(items));
      // Also if nothing is new: another request may have stored the item without serving it yet.
      if (items.some(({ item }) => pending.has(item.id))) await serving.addItems(added);
      for (const { item } of items) pending.delete(item.id);
      return new Set(added.map(({ item }) => item.id));
    },
    async requirePresent(itemId) {
      const { engine } = serving.current();
      const isKnown = engine.catalogue.vocabulary.indexOf(itemId) >= 0;
      if (!isKnown || (await readDeleted()).has(itemId)) throw itemNotFound(engine, { itemId });
    },
    change: (changes) => inOrder(() => changeNow(changes)),
  };
}

function requireLicence(itemId: string, { licenceStart, licenceEnd }: ItemFact): void {
  if (licenceStart === undefined || licenceEnd === undefined || licenceStart < licenceEnd) return;
  throw new MatineeError(
    'BAD_ITEM',
    `${itemId}: licenceEnd: lies before licenceStart, as they would be after the change; none of the request is stored`,
  );
}

type Described = ReturnType<typeof describeItem>;

/** Returns the fields in the order of their names, so that equal descriptions have equal texts. */
function inOneOrder({ item, fact }: Described): object {
  const sorted = (fields: object): object =>
    Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { item: sorted({ ...item, genres: item.genres?.toSorted() }), fact: sorted(fact) };
}
