import type { NewItem } from '@matinee/models/data';
import type { ItemFact } from './item-fact.ts';

/** A title that came to the catalogue while it was served. */
export interface NewItemRecord {
  readonly item: NewItem;
  /** What it says to the rules. */
  readonly fact: ItemFact;
  /** Milliseconds since 1970. */
  readonly addedAtMs: number;
}

/**
 * The titles that came since the data set was prepared. They are only ever added to: their order gives them their indices,
 * behind those of the data set. Every implementation runs `testing/new-item-store.contract.ts`.
 */
export interface NewItemStore {
  /**
   * Stores them behind all others, durably, all or none.
   *
   * @throws When one of their ids is there already: then nothing is stored.
   */
  add(newItems: readonly NewItemRecord[]): Promise<void>;
  /** All of them, in the order they came. */
  readAll(): Promise<readonly NewItemRecord[]>;
  close(): Promise<void>;
}
