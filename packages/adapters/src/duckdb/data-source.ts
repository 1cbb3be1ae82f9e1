import type { EventType } from '@matinee/models/data';

/** Format of a table on disk. Files ending in `.gz` are unpacked while reading. */
export type TableFormat =
  /** Columns are named by the header, or by position (from 0) if there is no header. */
  | {
      readonly kind: 'csv';
      readonly delimiter: string;
      readonly header: boolean;
      readonly encoding: 'utf-8' | 'latin-1';
    }
  | { readonly kind: 'jsonl' }
  | { readonly kind: 'parquet' };

/** A column's name; for a CSV without header its position from 0, written as a number. */
type ColumnName = string;

/** The file of the events and the meaning of its columns. */
export interface InteractionSource {
  readonly file: string;
  readonly format: TableFormat;
  readonly columns: {
    readonly user: ColumnName;
    readonly item: ColumnName;
    readonly time: ColumnName;
    readonly value?: ColumnName;
    readonly type?: ColumnName;
  };
  readonly timeUnit: 'seconds' | 'milliseconds' | 'iso';
  /** Values outside are quarantined; any number is valid if absent. */
  readonly valueRange?: readonly [number, number];
  /** The type of every event if `columns.type` is absent. */
  readonly defaultType: EventType;
  /** Meaning of the values of the type column; other values are quarantined. */
  readonly eventTypes: Readonly<Record<string, EventType>>;
}

/** The file of the catalogue and the meaning of its columns. Other columns are kept as attributes. */
export interface ItemSource {
  readonly file: string;
  readonly format: TableFormat;
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
  readonly yearIsOptional?: boolean;
}

/** The source files of a folder, as found by `detectSource`. */
export interface DataSource {
  /** Default name of the prepared data set. */
  readonly name: string;
  /** Stored in the manifest. */
  readonly kind: 'movielens' | 'mapped';
  readonly interactions: InteractionSource;
  readonly items?: ItemSource;
}
