import type { EventType } from '@matinee/models/data';

/** Format of a table on disk. Files ending in `.gz` are unpacked while reading. */
export type TableFormat =
  | CsvFormat
  | { readonly kind: 'jsonl'; readonly encoding: string }
  | { readonly kind: 'parquet' };

export interface CsvFormat {
  readonly kind: 'csv';
  readonly delimiter: string;
  /** Columns are named by the header, or by position (from 0) if there is no header. */
  readonly header: boolean;
  /** A name of the Encoding Standard; a byte order mark in the file overrules it. */
  readonly encoding: string;
  readonly quotes: Quotes;
  /** Where given, the last column takes the rest of the line, with the delimiters in it. */
  readonly columnCount?: number;
  /** Whether a line `ID:` names the item of the lines below it. The id is then column 0 of each. */
  readonly blocks?: boolean;
}

/**
 * What quotes around a field mean: `none`, they are part of it; `strict`, they are not part of it (RFC 4180), and a line
 * in which they do not match is unusable; `loose`, such a line is read as if it had none.
 */
export type Quotes = 'none' | 'strict' | 'loose';

/** A column's name; for a CSV without header its position from 0, written as a number. */
type ColumnName = string;

/** A table in one file or in several parts. */
export interface TableSource {
  /** What the source names: a file, a folder or a pattern. */
  readonly file: string;
  /** The files, in the order in which they are read. */
  readonly parts: readonly string[];
  readonly format: TableFormat;
}

export const TIME_UNITS = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'iso'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Which of several events of one user, item and type are kept. */
type Repeats = 'all' | 'first' | 'last';

/** The file of the events and the meaning of its columns. */
export interface InteractionSource extends TableSource {
  readonly columns: {
    readonly user: ColumnName;
    readonly item: ColumnName;
    /** Absent if the source has no times: all events then have time 0. */
    readonly time?: ColumnName;
    readonly value?: ColumnName;
    readonly type?: ColumnName;
  };
  /** If absent: seconds, or the time of a Parquet column that holds times. */
  readonly timeUnit?: TimeUnit;
  /** How a time is written, in the letters of `strptime`; in place of a unit. */
  readonly timeFormat?: string;
  /** Whether values are written with a decimal comma, as in 4,5. */
  readonly hasDecimalComma?: true;
  /** Values outside are quarantined; any number is valid if absent. */
  readonly valueRange?: readonly [number, number];
  /** The type of every event if `columns.type` is absent. */
  readonly defaultType: EventType;
  /** Meaning of the values of the type column; null leaves the row out. Other values are quarantined. */
  readonly eventTypes: Readonly<Record<string, EventType | null>>;
  readonly repeats: Repeats;
}

/** The file of the catalogue and the meaning of its columns. Other columns are kept as attributes. */
export interface ItemSource extends TableSource {
  readonly columns: {
    readonly id: ColumnName;
    readonly title?: ColumnName;
    /** May be missing from the file if `yearIsOptional`. */
    readonly year?: ColumnName;
    readonly genres?: ColumnName;
    readonly poster?: ColumnName;
    /** These columns are facts for the rules; see docs/rules.md. */
    readonly maturity?: ColumnName;
    readonly distributor?: ColumnName;
    readonly regions?: ColumnName;
    readonly licenceStart?: ColumnName;
    readonly licenceEnd?: ColumnName;
    readonly original?: ColumnName;
    readonly hidden?: ColumnName;
  };
  readonly genreSeparator: string;
  /** Columns that say with 1 or true that an item has a genre, and the genre's name. */
  readonly genreColumns?: Readonly<Record<ColumnName, string>>;
  readonly yearIsOptional?: boolean;
  /** Further tables about the same items, whose columns may be named like those of this one. */
  readonly attributeTables?: readonly AttributeTable[];
}

/** A table with attributes of items. Its first row of an item counts, or all of them if a column is collected. */
export interface AttributeTable extends TableSource {
  readonly id: ColumnName;
  /** The values of this column become a list, the most frequent first, as the attribute `name`. */
  readonly collect?: { readonly column: ColumnName; readonly name: string };
}

/** The source files of a folder, as found by `detectSource`. */
export interface DataSource {
  /** Default name of the prepared data set. */
  readonly name: string;
  /** Stored in the manifest. */
  readonly kind: 'movielens' | 'mapped';
  /** The folder of the source files, as an absolute path. */
  readonly folder: string;
  /** Absent if nothing has happened yet: the source is then a table of items alone. */
  readonly interactions?: InteractionSource;
  readonly items?: ItemSource;
}
