import type { NewItem } from '@matinee/models';
import type { FilmFact } from './item-fact.ts';

/** A title that came to the catalogue while it was served. */
export interface Arrival {
  readonly item: NewItem;
  /** What it says to the rules. */
  readonly fact: FilmFact;
  /** Milliseconds since 1970. */
  readonly arrivedAtMs: number;
}

/**
 * The titles that came since the data set was prepared. They are only ever added to: their order gives them their indices,
 * behind those of the data set. Every implementation runs `testing/arrival-store.contract.ts`.
 */
export interface ArrivalStore {
  /**
   * Stores them behind all others, durably, all or none.
   *
   * @throws When one of their ids is there already: then nothing is stored.
   */
  add(arrivals: readonly Arrival[]): Promise<void>;
  /** All of them, in the order they came. */
  readAll(): Promise<readonly Arrival[]>;
  close(): Promise<void>;
}
