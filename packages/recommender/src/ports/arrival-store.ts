import type { Dataset, NewItem } from '@matinee/models';
import type { FilmFact } from '../rules/film-facts.ts';

/** A title that came to the catalogue while it was served. */
export interface Arrival {
  readonly item: NewItem;
  /** What it says to the rules. */
  readonly fact: FilmFact;
  /** Milliseconds since 1970. */
  readonly arrivedAtMs: number;
}

/** Those that the data set does not have: one that was prepared since has its place there. */
export function arrivalsBeside({ items }: Pick<Dataset, 'items'>, arrivals: readonly Arrival[]): readonly Arrival[] {
  return arrivals.filter(({ item }) => items.vocabulary.indexOf(item.id) < 0);
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
