import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { COMMON_FEATURES } from './feature-schema.ts';
import type { FeatureStatistics } from './feature-statistics.ts';
import type { ItemActivity } from './item-activity.ts';

type ColumnName = (typeof COMMON_FEATURES)[number]['name'];

/** Column of each common feature; the sources' columns follow them, three per source. */
export const COLUMN = Object.fromEntries(COMMON_FEATURES.map(({ name }, column) => [name, column])) as Record<
  ColumnName,
  number
>;

/** The table of one query: row-major [items, width]. Each group of features writes its own columns. */
export interface FeatureTable {
  readonly values: Float32Array;
  readonly width: number;
  /** The candidate of each row. */
  readonly items: Int32Array;
}

/** What the columns of one query are computed from. */
export interface FeatureInputs {
  readonly query: RetrievalQuery;
  /** Positions of the history's positive events, oldest first. */
  readonly positives: Int32Array;
  readonly statistics: FeatureStatistics;
  readonly activity: ItemActivity;
  /** The time up to which `activity` is read: see `knownUntil`. */
  readonly known: number;
}
