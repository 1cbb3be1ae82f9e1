import type { NewItem } from '@matinee/models/data';
import type { ItemFact } from './item-fact.ts';

/** An item added to the catalogue while it was served. */
export interface NewItemRecord {
  readonly item: NewItem;
  /** What rules read of it. */
  readonly fact: ItemFact;
  /** Milliseconds since 1970. */
  readonly addedAtMs: number;
}

/** What people and models read of an item. */
export type ItemDescription = Omit<NewItem, 'id'>;

/** The fields that were given: absent ones stay as they are, null takes a field away. */
type Fields<Described> = { readonly [Field in keyof Described]?: Described[Field] | null };

/** What was changed of an item while it was served, whether the dataset or {@link NewItemStore.add} brought it. */
export interface ItemChange {
  readonly itemId: string;
  readonly item: Fields<ItemDescription>;
  readonly fact: Fields<ItemFact>;
  /** Taken down: nobody sees it. Its index and its events stay. */
  readonly isDeleted?: boolean;
  /** Milliseconds since 1970. */
  readonly changedAtMs: number;
}

/**
 * Items added since the dataset was prepared, and what was changed of any item. The items only grow: their order gives
 * them their indices, after those of the dataset. Every implementation runs `testing/new-item-store.contract.ts`.
 */
export interface NewItemStore {
  /**
   * Appends new items durably, all or none.
   *
   * @throws If one of the ids exists already; nothing is stored then.
   */
  add(newItems: readonly NewItemRecord[]): Promise<void>;
  /** All new items, in the order they were added. */
  readAll(): Promise<readonly NewItemRecord[]>;
  /**
   * Stores changes durably, all or none, over earlier changes of the same items.
   *
   * @returns Of each item, in the order of `changes`, everything that was ever changed and holds now.
   */
  change(changes: readonly ItemChange[]): Promise<readonly ItemChange[]>;
  /** What was changed and holds now, one for each item, in the order of their ids. */
  readChanges(): Promise<readonly ItemChange[]>;
  close(): Promise<void>;
}
