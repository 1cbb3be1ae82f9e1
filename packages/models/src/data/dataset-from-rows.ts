import { hashString, MatineeError } from '@matinee/numerics';
import { type Catalogue, type Dataset, EVENT_TYPES, type EventType } from './dataset.ts';
import { createVocabulary } from './vocabulary.ts';

/** One event of a log: who, what, when. */
export interface EventRow {
  readonly user: string;
  readonly item: string;
  /** Seconds since 1970, UTC. */
  readonly time: number;
  /** The rating, or the share watched; absent where there is none. */
  readonly value?: number;
  /** `rate` where there is a value and `watch` where there is none, unless given. */
  readonly type?: EventType;
}

/** What is known of one item beside its events. */
export interface ItemRow {
  readonly id: string;
  readonly title?: string;
  /** Release year. */
  readonly year?: number;
  readonly genres?: readonly string[];
}

export interface DatasetFromRowsOptions {
  /** Default `rows`. */
  readonly name?: string;
  /** The catalogue; items that only events mention follow it in order of their first event. Default: none. */
  readonly items?: readonly ItemRow[];
}

/**
 * Returns a dataset of events and items held in memory, for programs that bring their own data.
 *
 * @param rows In any order; the log is sorted by time, and rows of equal time keep their order. Users are numbered by
 * their first event.
 * @returns A dataset whose `hash` is 32 bits wide: enough to tell a release of other data, not for integrity.
 * @throws {MatineeError} `BAD_ROW` for a time that is not a finite number or a type that does not exist; `DUPLICATE_ID`
 * when two items have one id.
 * @example
 * const dataset = datasetFromRows([{ user: 'ann', item: 'alien', time: 1_700_000_000, value: 5 }]);
 */
export function datasetFromRows(
  rows: readonly EventRow[],
  { name = 'rows', items = [] }: DatasetFromRowsOptions = {},
): Dataset {
  for (const [index, { time, type }] of rows.entries()) {
    if (!Number.isFinite(time)) throw new MatineeError('BAD_ROW', `rows[${index}].time is ${time}; give seconds`);
    if (type !== undefined && !EVENT_TYPES.includes(type)) {
      throw new MatineeError('BAD_ROW', `rows[${index}].type is "${type}"; there are: ${EVENT_TYPES.join(', ')}`);
    }
  }
  const log = rows.toSorted((a, b) => a.time - b.time);
  const users = createVocabulary([...new Set(log.map(({ user }) => user))]);
  const catalogue = catalogueOf(items, log);
  const typeOf = ({ type, value }: EventRow): EventType => type ?? (value === undefined ? 'watch' : 'rate');
  return {
    name,
    hash: `rows-${hashString(JSON.stringify([log, items]))
      .toString(16)
      .padStart(8, '0')}`,
    users,
    items: catalogue,
    events: {
      count: log.length,
      userIndices: Int32Array.from(log, ({ user }) => users.indexOf(user)),
      itemIndices: Int32Array.from(log, ({ item }) => catalogue.vocabulary.indexOf(item)),
      timestamps: Float64Array.from(log, ({ time }) => time),
      values: Float32Array.from(log, ({ value = Number.NaN }) => value),
      types: Uint8Array.from(log, (row) => EVENT_TYPES.indexOf(typeOf(row))),
    },
  };
}

function catalogueOf(items: readonly ItemRow[], log: readonly EventRow[]): Catalogue {
  const listed = new Set(items.map(({ id }) => id));
  const unlisted = new Set(log.map(({ item }) => item).filter((item) => !listed.has(item)));
  const all: readonly ItemRow[] = [...items, ...Array.from(unlisted, (id) => ({ id }))];
  const genreNames = [...new Set(all.flatMap(({ genres = [] }) => genres))].sort();
  return {
    vocabulary: createVocabulary(all.map(({ id }) => id)),
    titles: all.map(({ title }) => title),
    years: Int32Array.from(all, ({ year = 0 }) => year),
    genreNames,
    genres: all.map(({ genres = [] }) => Int32Array.from(new Set(genres), (name) => genreNames.indexOf(name)).sort()),
    posterUrls: all.map(() => undefined),
    attributes: all.map(() => undefined),
  };
}
