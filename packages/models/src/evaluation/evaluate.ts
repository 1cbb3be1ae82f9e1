import type { Catalogue } from '../data/dataset.ts';
import type { EvaluationQuery, Fold, RecallOver } from '../splits/split.ts';
import { type Bootstrap, type BootstrapConfig, bootstrapUsers, type Estimate, estimate } from './bootstrap.ts';
import { checkFold } from './check-fold.ts';
import { countUsersOfItems, type ItemStatistics } from './item-statistics.ts';
import { coverage, gini, popularityLift } from './list-metrics.ts';
import { CUTOFFS, countExposures, measureAccuracy, measureLists, measureTargets, rankableItems } from './measure.ts';
import { joinTables, meanOfColumn, type ObservationTable, totalByUser } from './observation-table.ts';
import { type Rankings, rankFold, type Scorer } from './rank-fold.ts';
import { ITEM_SEGMENTS, itemSegments, USER_SEGMENTS, userSegmentOf, WAIT_SEGMENTS } from './segments.ts';

export interface EvaluateOptions {
  readonly items: Catalogue;
  readonly recallOver: RecallOver;
  /** Whether all training must be earlier than every query; checked. */
  readonly isTimeOrdered: boolean;
  readonly bootstrap: BootstrapConfig;
  checkpoint(done: number, total: number): Promise<void>;
}

/** Metrics over one selection of queries or targets. */
export interface ViewResult {
  readonly queryCount: number;
  readonly userCount: number;
  /** By `metric@k`. */
  readonly metrics: Readonly<Record<string, Estimate>>;
}

export interface SegmentResult extends ViewResult {
  readonly name: string;
  readonly meaning: string;
}

/** All metrics of one model on one fold. */
export interface Evaluation {
  /** All queries; a query without results is a miss. */
  readonly all: ViewResult;
  /** Queries of users with a history, with the targets that occur in training. `undefined` without such queries. */
  readonly warm: ViewResult | undefined;
  /** `novelty@k`, `diversity@k`, `miscalibration@k`, over the lists of all queries. */
  readonly lists: Readonly<Record<string, Estimate>>;
  /**
   * `coverage@k`, `gini@k`, `popularityLift@k`: properties of all lists together, without an interval. Of several cuts the
   * mean, because at each there are other items to show.
   */
  readonly catalogue: Readonly<Record<string, number>>;
  readonly userSegments: readonly SegmentResult[];
  /** Tied and untied queries; queries in session, on the same day and of returning users. */
  readonly waitSegments: readonly SegmentResult[];
  /** Per target, each as the only one of its query: `recall@k`, `ndcg@k`. */
  readonly itemSegments: readonly SegmentResult[];
  /** The queries after each cut in time; empty where there is one cut only. */
  readonly cutSegments: readonly SegmentResult[];
  /** Number of queries for which the model returned an empty list. */
  readonly emptyListCount: number;
  /** For paired comparisons with other models on the same queries. */
  readonly bootstraps: { readonly all: Bootstrap; readonly warm: Bootstrap | undefined };
}

/**
 * Ranks the full catalogue for every query of `fold` and measures the lists. Equal input gives an equal result.
 *
 * @param scorer A fitted model; it may depend on `fold.train` (and on choices made on validation) only.
 * @throws {MatineeError} `EMPTY_QUERY`, `BAD_FOLD` or `LEAKING_FOLD` for an invalid fold ({@link checkFold}),
 * `BAD_LIST` for a scorer with an invalid result ({@link rankFold}).
 */
export async function evaluate(
  scorer: Scorer,
  fold: Fold,
  options: EvaluateOptions,
): Promise<{ rankings: Rankings; evaluation: Evaluation }> {
  const itemCount = options.items.vocabulary.ids.length;
  checkFold(fold, itemCount, options.isTimeOrdered);
  const depth = CUTOFFS[CUTOFFS.length - 1];
  const rankings = await rankFold(scorer, fold, depth, { itemCount, checkpoint: options.checkpoint });
  return { rankings, evaluation: evaluateRankings(rankings, fold, options) };
}

/** Measures existing lists: the second half of {@link evaluate}. */
export function evaluateRankings(rankings: Rankings, fold: Fold, options: MeasureOptions): Evaluation {
  return evaluateCuts([{ name: 'cut', meaning: '', rankings, fold }], options);
}

export type MeasureOptions = Omit<EvaluateOptions, 'checkpoint' | 'isTimeOrdered'>;

/** One model's lists for the queries after one cut in time. */
export interface CutLists {
  readonly name: string;
  readonly meaning: string;
  readonly rankings: Rankings;
  /** With the training data of that cut. */
  readonly fold: Fold;
}

/**
 * Measures the lists of a model that was fitted anew at several cuts in time, all queries together. Whole users are
 * resampled, with their queries after every cut: those of one user depend on each other across the cuts as well. What
 * another run of the same months would give is not part of the intervals.
 *
 * Segments of users and items are those of the training data of each query's own cut.
 *
 * @param cuts At least one.
 */
export function evaluateCuts(cuts: readonly CutLists[], { items, recallOver, bootstrap }: MeasureOptions): Evaluation {
  const queries = cuts.flatMap(({ fold }) => fold.queries);
  const measured = cuts.map(({ rankings, fold }) => {
    const statistics = countUsersOfItems(fold.train, items.vocabulary.ids.length);
    const segmentOfItem = itemSegments(statistics);
    const targets = measureTargets(rankings, fold.queries);
    const lists = measureLists(rankings, fold.queries, items, statistics);
    return {
      accuracy: measureAccuracy(rankings, fold.queries, (query) => query.targets, recallOver),
      warm: measureAccuracy(rankings, fold.queries, (query) => warmTargets(query, statistics), recallOver),
      lists,
      targets,
      segmentsOfTargets: targets.targets.map((item) => segmentOfItem[item]),
      catalogue: measureCatalogue(rankings, fold, lists),
      emptyListCount: rankings.lengths.filter((length) => length === 0).length,
    };
  });
  const accuracy = joinTables(measured.map((each) => each.accuracy));
  const warmAccuracy = joinTables(measured.map(({ warm }) => warm));
  const targets = joinTables(measured.map((each) => each.targets));
  const all = summarise(accuracy, bootstrap);
  const warm = warmAccuracy.userIndices.length > 0 ? summarise(warmAccuracy, bootstrap) : undefined;
  const lists = bootstrapUsers(totalByUser(joinTables(measured.map((each) => each.lists))), bootstrap);
  const segmentOfQuery = queries.map(userSegmentOf);
  const segmentOfTarget = measured.flatMap(({ segmentsOfTargets }) => Array.from(segmentsOfTargets));
  const cutOfQuery = cuts.flatMap(({ fold }, cut) => fold.queries.map(() => cut));
  return {
    all: all.view,
    warm: warm?.view,
    lists: Object.fromEntries(
      lists.columns.filter((column) => !/popularity/i.test(column)).map((column) => [column, estimate(lists, column)]),
    ),
    catalogue: meanOfRecords(measured.map(({ catalogue }) => catalogue)),
    userSegments: USER_SEGMENTS.flatMap((segment, index) =>
      summariseSegment(segment, accuracy, (row) => segmentOfQuery[row] === index, bootstrap),
    ),
    waitSegments: WAIT_SEGMENTS.flatMap((segment) =>
      summariseSegment(segment, accuracy, (row) => segment.includes(queries[row]), bootstrap),
    ),
    itemSegments: ITEM_SEGMENTS.flatMap((segment, index) =>
      summariseSegment(segment, targets, (row) => segmentOfTarget[row] === index, bootstrap),
    ),
    cutSegments:
      cuts.length === 1
        ? []
        : cuts.flatMap((cut, index) => summariseSegment(cut, accuracy, (row) => cutOfQuery[row] === index, bootstrap)),
    emptyListCount: measured.reduce((sum, { emptyListCount }) => sum + emptyListCount, 0),
    bootstraps: { all: all.bootstrapped, warm: warm?.bootstrapped },
  };
}

function meanOfRecords(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const meanOf = (name: string): number => records.reduce((sum, record) => sum + record[name], 0) / records.length;
  return Object.fromEntries(Object.keys(records[0]).map((name) => [name, meanOf(name)]));
}

/** The targets that occur in training; none for a user without a history. */
function warmTargets({ history, targets }: EvaluationQuery, { usersOfItem }: ItemStatistics): Int32Array {
  return history.itemIndices.length === 0 ? new Int32Array(0) : targets.filter((item) => usersOfItem[item] > 0);
}

function summarise(
  table: ObservationTable,
  config: BootstrapConfig,
  includes?: (row: number) => boolean,
): { view: ViewResult; bootstrapped: Bootstrap } {
  const totals = totalByUser(table, includes);
  const bootstrapped = bootstrapUsers(totals, config);
  return {
    view: {
      queryCount: totals.rowCount,
      userCount: totals.userCount,
      metrics: Object.fromEntries(table.columns.map((column) => [column, estimate(bootstrapped, column)])),
    },
    bootstrapped,
  };
}

function summariseSegment(
  { name, meaning }: { name: string; meaning: string },
  table: ObservationTable,
  includes: (row: number) => boolean,
  config: BootstrapConfig,
): SegmentResult[] {
  if (!table.userIndices.some((_, row) => includes(row))) return [];
  return [{ name, meaning, ...summarise(table, config, includes).view }];
}

function measureCatalogue(rankings: Rankings, fold: Fold, lists: ObservationTable): Record<string, number> {
  const rankable = rankableItems(fold);
  const result: Record<string, number> = {};
  for (const k of CUTOFFS) {
    const exposures = countExposures(rankings, k, fold.availableFrom.length);
    const shown = Int32Array.from(rankable, (item) => exposures[item]);
    result[`coverage@${k}`] = coverage(shown);
    result[`gini@${k}`] = gini(shown);
    result[`popularityLift@${k}`] = popularityLift(
      meanOfColumn(lists, `popularity@${k}`),
      meanOfColumn(lists, 'historyPopularity'),
    );
  }
  return result;
}
