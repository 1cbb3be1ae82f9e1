import { measureAccuracy } from '../evaluation/measure.ts';
import { rankFold } from '../evaluation/rank-fold.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { ORDERS, type Order, type UserWorth } from './choose-order.ts';
import type { StageContext } from './stages.ts';

/** Most queries measured. */
const MAX_QUERIES = 600;
const DEPTH = 100;
const METRICS = ['ndcg@10', 'recall@10', 'recall@50', 'ndcg@100'] as const;
/** What a release reports of the whole. */
const REPORTED = ['ndcg@10', 'recall@10', 'recall@50'] as const;

/** The metrics of one query. */
export type QueryFigures = Readonly<Record<(typeof METRICS)[number], number>>;

/** One query with what was found for it, and the place of its target; see {@link findPlaces}. */
export interface ReportedQuery extends QueryFigures {
  readonly userIndex: number;
  readonly place?: number | undefined;
}

/** One query with what each order finds for it. */
export interface MeasuredQuery {
  readonly userIndex: number;
  readonly figures: Readonly<Record<Order, QueryFigures>>;
}

/** NDCG@10 by user, so that two releases can be compared on the same users. Arrays of equal length. */
export interface HeldOutUsers {
  /** Ascending. */
  readonly userIndices: readonly number[];
  /** Queries of each user. */
  readonly counts: readonly number[];
  /** Sum of NDCG@10 over the user's queries. */
  readonly ndcg: readonly number[];
}

export interface HeldOutResult {
  /**
   * `heldOut.queries`, `heldOut.users`, `heldOut.ndcg@10`, `heldOut.recall@10`, `heldOut.recall@50`. By place also
   * `heldOut.place1.queries`, `heldOut.place1.ndcg@10` and so on.
   */
  readonly metrics: Readonly<Record<string, number>>;
  readonly users: HeldOutUsers;
}

/**
 * Measures a model on held-out queries.
 *
 * @param fold The fold that the queries are of, and whose training data the model was fitted on.
 */
export async function measureQueries(
  model: RetrievalModel,
  queries: readonly EvaluationQuery[],
  fold: Fold,
  checkpoint: StageContext['checkpoint'],
): Promise<readonly (QueryFigures & { readonly userIndex: number })[]> {
  if (queries.length === 0) return [];
  const rankings = await rankFold(model, { ...fold, queries }, DEPTH, { itemCount: model.itemCount, checkpoint });
  const { columns, values } = measureAccuracy(rankings, queries, ({ targets }) => targets, 'targets');
  const places = METRICS.map((metric) => columns.indexOf(metric));
  return queries.map(({ userIndex }, row) => {
    const [ndcg10, recall10, recall50, ndcg100] = places.map((place) => values[row * columns.length + place]);
    return { userIndex, 'ndcg@10': ndcg10, 'recall@10': recall10, 'recall@50': recall50, 'ndcg@100': ndcg100 };
  });
}

/**
 * Summarizes a generation on held-out queries: what decides whether it takes over from another one. Equal seeds have
 * equal queries, so that generations compare.
 *
 * @param measured With places, they are reported apart. Place 1 is a user's last item, and the most like the last item
 * that a test holds out: the history of an earlier one ends before events that nothing was fitted on either.
 * @returns `undefined` without a query.
 */
export function summarizeQueries(measured: readonly ReportedQuery[]): HeldOutResult | undefined {
  if (measured.length === 0) return undefined;
  const byUser = new Map<number, { count: number; ndcg: number }>();
  for (const query of measured) {
    const user = byUser.get(query.userIndex) ?? { count: 0, ndcg: 0 };
    byUser.set(query.userIndex, { count: user.count + 1, ndcg: user.ndcg + query['ndcg@10'] });
  }
  const users = [...byUser].sort(([a], [b]) => a - b);
  const places = [...new Set(measured.map(({ place }) => place))]
    .filter((place) => place !== undefined)
    .sort((a, b) => a - b);
  const ofPlaces = places.map((place) =>
    meansOf(
      `heldOut.place${place}`,
      measured.filter((query) => query.place === place),
    ),
  );
  return {
    metrics: Object.assign({ 'heldOut.users': users.length }, meansOf('heldOut', measured), ...ofPlaces) as Record<
      string,
      number
    >,
    users: {
      userIndices: users.map(([user]) => user),
      counts: users.map(([, { count }]) => count),
      ndcg: users.map(([, { ndcg }]) => ndcg),
    },
  };
}

function meansOf(name: string, measured: readonly ReportedQuery[]): Record<string, number> {
  const means = REPORTED.map((metric) => [
    `${name}.${metric}`,
    measured.reduce((sum, query) => sum + query[metric], 0) / measured.length,
  ]);
  return { [`${name}.queries`]: measured.length, ...Object.fromEntries(means) };
}

/** Returns how many items before the end of its user's history the target of each query stands: 1 = the last. */
export function findPlaces(queries: readonly EvaluationQuery[]): ReadonlyMap<EvaluationQuery, number> {
  const seen = new Map<number, number>();
  const places = new Map<EvaluationQuery, number>();
  // A user's queries are in the order of time.
  for (const query of queries.toReversed()) {
    const place = (seen.get(query.userIndex) ?? 0) + 1;
    seen.set(query.userIndex, place);
    places.set(query, place);
  }
  return places;
}

/** What each order is worth to each user. */
export function worthOfUsers(measured: readonly MeasuredQuery[]): readonly UserWorth[] {
  const users = new Map<number, UserWorth>();
  for (const { userIndex, figures } of measured) {
    const earlier = users.get(userIndex);
    const ndcg = Object.fromEntries(
      ORDERS.map((order) => [order, (earlier?.ndcg[order] ?? 0) + figures[order]['ndcg@100']]),
    ) as UserWorth['ndcg'];
    users.set(userIndex, { queryCount: (earlier?.queryCount ?? 0) + 1, ndcg });
  }
  return [...users.values()];
}

/** An even part of the queries, so that of `total` at most {@link MAX_QUERIES} are measured. */
export function spreadOver(queries: readonly EvaluationQuery[], total = queries.length): readonly EvaluationQuery[] {
  if (total === 0) return queries;
  const count = Math.ceil(queries.length * Math.min(1, MAX_QUERIES / total));
  return Array.from({ length: count }, (_, index) => queries[Math.floor((index * queries.length) / count)]);
}
