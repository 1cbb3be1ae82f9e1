import type { Catalogue } from '../data/dataset.ts';
import type { EvaluationQuery, Fold, RecallOver } from '../splits/split.ts';
import { type Bootstrap, type BootstrapConfig, bootstrapUsers, type Estimate, estimate } from './bootstrap.ts';
import { checkFold } from './check-fold.ts';
import { countUsersOfItems, type ItemStatistics } from './item-statistics.ts';
import { coverage, gini, popularityLift } from './list-metrics.ts';
import { CUTOFFS, countExposures, measureAccuracy, measureLists, measureTargets, rankableItems } from './measure.ts';
import { type ObservationTable, totalByUser } from './observation-table.ts';
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
  /** `coverage@k`, `gini@k`, `popularityLift@k`: properties of all lists together, without an interval. */
  readonly catalogue: Readonly<Record<string, number>>;
  readonly userSegments: readonly SegmentResult[];
  /** Tied and untied queries; queries in session, on the same day and of returning users. */
  readonly waitSegments: readonly SegmentResult[];
  /** Per target, each as the only one of its query: `recall@k`, `ndcg@k`. */
  readonly itemSegments: readonly SegmentResult[];
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
export function evaluateRankings(
  rankings: Rankings,
  fold: Fold,
  { items, recallOver, bootstrap }: Omit<EvaluateOptions, 'checkpoint' | 'isTimeOrdered'>,
): Evaluation {
  const { queries } = fold;
  const statistics = countUsersOfItems(fold.train, items.vocabulary.ids.length);
  const accuracy = measureAccuracy(rankings, queries, ({ targets }) => targets, recallOver);
  const warmAccuracy = measureAccuracy(rankings, queries, (query) => warmTargets(query, statistics), recallOver);
  const all = summarise(accuracy, bootstrap);
  const warm = warmAccuracy.userIndices.length > 0 ? summarise(warmAccuracy, bootstrap) : undefined;

  const lists = bootstrapUsers(totalByUser(measureLists(rankings, queries, items, statistics)), bootstrap);
  const segmentOfQuery = queries.map(userSegmentOf);
  const targets = measureTargets(rankings, queries);
  const segmentOfItem = itemSegments(statistics);
  return {
    all: all.view,
    warm: warm?.view,
    lists: Object.fromEntries(
      lists.columns.filter((column) => !/popularity/i.test(column)).map((column) => [column, estimate(lists, column)]),
    ),
    catalogue: measureCatalogue(rankings, fold, lists),
    userSegments: USER_SEGMENTS.flatMap((segment, index) =>
      summariseSegment(segment, accuracy, (row) => segmentOfQuery[row] === index, bootstrap),
    ),
    waitSegments: WAIT_SEGMENTS.flatMap((segment) =>
      summariseSegment(segment, accuracy, (row) => segment.includes(queries[row]), bootstrap),
    ),
    itemSegments: ITEM_SEGMENTS.flatMap((segment, index) =>
      summariseSegment(segment, targets, (row) => segmentOfItem[targets.targets[row]] === index, bootstrap),
    ),
    emptyListCount: rankings.lengths.filter((length) => length === 0).length,
    bootstraps: { all: all.bootstrapped, warm: warm?.bootstrapped },
  };
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

function measureCatalogue(rankings: Rankings, fold: Fold, lists: Bootstrap): Record<string, number> {
  const rankable = rankableItems(fold);
  const meanOf = (column: string): number => lists.means[lists.columns.indexOf(column)];
  const result: Record<string, number> = {};
  for (const k of CUTOFFS) {
    const exposures = countExposures(rankings, k, fold.availableFrom.length);
    const shown = Int32Array.from(rankable, (item) => exposures[item]);
    result[`coverage@${k}`] = coverage(shown);
    result[`gini@${k}`] = gini(shown);
    result[`popularityLift@${k}`] = popularityLift(meanOf(`popularity@${k}`), meanOf('historyPopularity'));
  }
  return result;
}
