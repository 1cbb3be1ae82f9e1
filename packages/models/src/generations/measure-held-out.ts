import { measureAccuracy } from '../evaluation/measure.ts';
import { rankFold } from '../evaluation/rank-fold.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import type { StageContext } from './stages.ts';

/** Most queries measured. */
const MAX_QUERIES = 600;
const DEPTH = 100;
const METRICS = ['ndcg@10', 'recall@10', 'recall@50'];

/** A model and the queries that nothing of it was fitted on. */
export interface MeasuredPart {
  readonly model: RetrievalModel;
  readonly queries: readonly EvaluationQuery[];
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
 * Measures a generation on held-out queries: what decides whether it takes over from another one. Equal seeds have
 * equal queries, so that generations compare.
 *
 * @param parts Each with its own users; one, or one a fold of users.
 * @param fold The fold that the queries are of, and whose training data the models were fitted on.
 * @param hasPlaces Whether a user's queries are for their last items, which are then reported apart. Place 1 is the last
 * item, and the most like the last item that a test holds out: the history of an earlier one ends before events that
 * nothing was fitted on either.
 * @returns `undefined` when there is no query.
 */
export async function measureHeldOut(
  parts: readonly MeasuredPart[],
  fold: Fold,
  context: StageContext,
  { hasPlaces = false }: { readonly hasPlaces?: boolean } = {},
): Promise<HeldOutResult | undefined> {
  const total = parts.reduce((sum, { queries }) => sum + queries.length, 0);
  if (total === 0) return undefined;
  return context.stage('measure on what was held out', async ({ checkpoint, summary }) => {
    const byUser = new Map<number, { count: number; ndcg: number }>();
    const all = emptySums();
    const byPlace = new Map<number, Sums>();
    for (const { model, queries: own } of parts) {
      const queries = spread(own, Math.min(1, MAX_QUERIES / total));
      if (queries.length === 0) continue;
      const rankings = await rankFold(model, { ...fold, queries }, DEPTH, { itemCount: model.itemCount, checkpoint });
      const { columns, values } = measureAccuracy(rankings, queries, ({ targets }) => targets, 'targets');
      const metricColumns = METRICS.map((metric) => columns.indexOf(metric));
      const placeOf = hasPlaces ? findPlaces(own) : undefined;
      for (const [row, query] of queries.entries()) {
        const { userIndex } = query;
        const of = metricColumns.map((column) => values[row * columns.length + column]);
        addTo(all, of);
        const place = placeOf?.get(query);
        if (place !== undefined) {
          const ofPlace = byPlace.get(place) ?? emptySums();
          byPlace.set(place, ofPlace);
          addTo(ofPlace, of);
        }
        const user = byUser.get(userIndex) ?? { count: 0, ndcg: 0 };
        byUser.set(userIndex, { count: user.count + 1, ndcg: user.ndcg + of[0] });
      }
    }
    const users = [...byUser].sort(([a], [b]) => a - b);
    const metrics = meansOf('heldOut', all);
    const places = [...byPlace].sort(([a], [b]) => a - b);
    summary(`NDCG@10 ${metrics['heldOut.ndcg@10'].toFixed(4)} on ${all.queries} queries of ${users.length} users`);
    return {
      metrics: Object.assign(
        { 'heldOut.users': users.length, ...metrics },
        ...places.map(([place, sums]) => meansOf(`heldOut.place${place}`, sums)),
      ) as Record<string, number>,
      users: {
        userIndices: users.map(([user]) => user),
        counts: users.map(([, { count }]) => count),
        ndcg: users.map(([, { ndcg }]) => ndcg),
      },
    };
  });
}

/** Sums of {@link METRICS} over queries. */
interface Sums {
  queries: number;
  readonly values: number[];
}

function emptySums(): Sums {
  return { queries: 0, values: METRICS.map(() => 0) };
}

function addTo(sums: Sums, values: readonly number[]): void {
  sums.queries++;
  for (const [at, value] of values.entries()) sums.values[at] += value;
}

function meansOf(name: string, { queries, values }: Sums): Record<string, number> {
  const means = METRICS.map((metric, at) => [`${name}.${metric}`, values[at] / queries] as const);
  return { [`${name}.queries`]: queries, ...Object.fromEntries(means) };
}

/** Of each query, how many items before the end of its user's history its target stands: 1 = the last. */
function findPlaces(queries: readonly EvaluationQuery[]): ReadonlyMap<EvaluationQuery, number> {
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

function spread<T>(values: readonly T[], share: number): readonly T[] {
  const count = Math.ceil(values.length * share);
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
