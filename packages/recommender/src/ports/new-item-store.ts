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

/**
 * Items added since the dataset was prepared. The store only grows: its order gives the items their indices, after
 * those of the dataset. Every implementation runs `testing/new-item-store.contract.ts`.
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
  close(): Promise<void>;
}
