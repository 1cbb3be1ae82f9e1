import type { EventType } from '@matinee/models/data';

/** How a table lies on disk. Files ending in `.gz` are unpacked while reading. */
export type TableFormat =
  /** `columns` names columns by header, or by position (from 0) where there is no header. */
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

/** Where the events are and what their columns mean. */
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
  /** Values outside are quarantined; any number is good where it is absent. */
  readonly valueRange?: readonly [number, number];
  /** The type of every event where `columns.type` is absent. */
  readonly defaultType: EventType;
  /** What the type column's values mean; a value that is not listed is quarantined. */
  readonly eventTypes: Readonly<Record<string, EventType>>;
}

/** Where the catalogue is and what its columns mean. Columns that are not named are kept as attributes. */
export interface ItemSource {
  readonly file: string;
  readonly format: TableFormat;
  readonly columns: {
    readonly id: ColumnName;
    readonly title?: ColumnName;
    /** May be missing from the file where `yearIsOptional`. */
    readonly year?: ColumnName;
    readonly genres?: ColumnName;
    readonly poster?: ColumnName;
    /** What rules look at; see docs/rules.md. */
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

/** What `detectSource` found in a folder. */
export interface DataSource {
  /** The folder's name: the prepared data set is called so unless the user names it. */
  readonly name: string;
  /** `movielens` or `mapped`, for the manifest. */
  readonly kind: 'movielens' | 'mapped';
  readonly interactions: InteractionSource;
  readonly items?: ItemSource;
}
