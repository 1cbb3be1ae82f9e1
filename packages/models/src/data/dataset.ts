import type { Vocabulary } from './vocabulary.ts';

/**
 * The output of `matinee prepare`: one event log and one catalogue, indexed. Every offline command reads it. Immutable;
 * raw events are never rewritten, since the confidence rule weights them later.
 */
export interface Dataset {
  readonly name: string;
  /** sha256 of the prepared files, hex. Two datasets with one hash are the same data. */
  readonly hash: string;
  /** Of the prepared files, also where a log has been joined. Absent for a data set that was made in memory. */
  readonly parts?: DatasetParts;
  /** Whether it is a MovieLens set, whose terms ask for its source to be named. */
  readonly isMovieLens?: boolean;
  readonly users: Vocabulary;
  readonly items: Catalogue;
  readonly events: EventTable;
}

/** What the item table says of items that models may learn from. */
export const ITEM_CONTENT = ['genres', 'years', 'titles', 'tags'] as const;
export type ItemContent = (typeof ITEM_CONTENT)[number];

/**
 * A sha256 of each part of a data set, hex. `events`: the events and the ids of users and items. `tags`: the attributes
 * in {@link LEARNED_ATTRIBUTES}.
 */
export type DatasetParts = Readonly<Record<'events' | ItemContent, string>>;

/** Types of events. MovieLens has only `rate`. */
export const EVENT_TYPES = ['rate', 'watch', 'like', 'dislike', 'click', 'impression', 'skip'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * The event log as columns, sorted by (timestamp, source row). All arrays have length `count`. What is trained and
 * measured on reads ties in another order, see `order-ties.ts`.
 */
export interface EventTable {
  readonly count: number;
  readonly userIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** Seconds since 1970, UTC. */
  readonly timestamps: Float64Array;
  /** The rating or the share watched, as the source gave it; NaN where the event has none. */
  readonly values: Float32Array;
  /** Positions in {@link EVENT_TYPES}. */
  readonly types: Uint8Array;
}

/** Attributes that models read, as lists of words: what catalogues call their tags. They learn from no other one. */
export const LEARNED_ATTRIBUTES = ['tags', 'keywords'] as const;

/** The items of the catalogue file and the items that only events mention. Arrays are indexed by item. */
export interface Catalogue {
  readonly vocabulary: Vocabulary;
  /** Display title ("The Matrix"); `undefined` where the source has none. */
  readonly titles: readonly (string | undefined)[];
  /** Release year; 0 = unknown. */
  readonly years: Int32Array;
  /** Distinct genre names, sorted. */
  readonly genreNames: readonly string[];
  /** Genres of each item as ascending positions in `genreNames`; empty where unknown. */
  readonly genres: readonly Int32Array[];
  /** Poster address, where the source has one. */
  readonly posterUrls: readonly (string | undefined)[];
  /** Every other column of the user's item table, unchanged. */
  readonly attributes: readonly (Readonly<Record<string, unknown>> | undefined)[];
}
