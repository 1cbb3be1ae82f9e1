import type { EvaluationQuery, RecallOver } from '../splits/split.ts';
import { type Bootstrap, type BootstrapConfig, bootstrapUsers, estimate } from './bootstrap.ts';
import type { ViewResult } from './evaluate.ts';
import { measureAccuracy } from './measure.ts';
import { type ObservationTable, totalByUser } from './observation-table.ts';
import type { Rankings } from './rank-fold.ts';

/** One model's lists for the queries after one cut in time. */
export interface OriginLists {
  readonly rankings: Rankings;
  readonly queries: readonly EvaluationQuery[];
}

/** One model, fitted anew at every cut in time, over all queries together. */
export interface PooledOrigins {
  readonly view: ViewResult;
  /** For paired comparisons with other models on the same queries. */
  readonly bootstrap: Bootstrap;
}

/**
 * Measures the lists of a model at several cuts in time as one set of queries. Whole users are resampled, with their
 * queries after every cut: those of one user depend on each other across the cuts as well. What another run of the same
 * months would give is not part of the intervals.
 *
 * @throws {MatineeError} `EMPTY_QUERY` without queries.
 */
export function poolOrigins(
  origins: readonly OriginLists[],
  recallOver: RecallOver,
  bootstrap: BootstrapConfig,
): PooledOrigins {
  const tables = origins.map(({ rankings, queries }) =>
    measureAccuracy(rankings, queries, ({ targets }) => targets, recallOver),
  );
  const columns = tables[0]?.columns ?? [];
  const pooled: ObservationTable = {
    columns,
    userIndices: Int32Array.from(tables.flatMap(({ userIndices }) => Array.from(userIndices))),
    values: Float64Array.from(tables.flatMap(({ values }) => Array.from(values))),
  };
  const totals = totalByUser(pooled);
  const resampled = bootstrapUsers(totals, bootstrap);
  return {
    view: {
      queryCount: totals.rowCount,
      userCount: totals.userCount,
      metrics: Object.fromEntries(columns.map((column) => [column, estimate(resampled, column)])),
    },
    bootstrap: resampled,
  };
}
