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
  /** `heldOut.queries`, `heldOut.users`, `heldOut.ndcg@10`, `heldOut.recall@10`, `heldOut.recall@50`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly users: HeldOutUsers;
}

/**
 * Measures a generation on held-out queries: what decides whether it takes over from another one. Equal seeds have
 * equal queries, so that generations compare.
 *
 * @param parts Each with its own users; one, or one a fold of users.
 * @param fold The fold that the queries are of, and whose training data the models were fitted on.
 * @returns `undefined` when there is no query.
 */
export async function measureHeldOut(
  parts: readonly MeasuredPart[],
  fold: Fold,
  context: StageContext,
): Promise<HeldOutResult | undefined> {
  const total = parts.reduce((sum, { queries }) => sum + queries.length, 0);
  if (total === 0) return undefined;
  return context.stage('measure on what was held out', async ({ checkpoint, summary }) => {
    const byUser = new Map<number, { count: number; ndcg: number }>();
    const sums = METRICS.map(() => 0);
    let measured = 0;
    for (const { model, queries: all } of parts) {
      const queries = spread(all, Math.min(1, MAX_QUERIES / total));
      if (queries.length === 0) continue;
      const rankings = await rankFold(model, { ...fold, queries }, DEPTH, { itemCount: model.itemCount, checkpoint });
      const { columns, values } = measureAccuracy(rankings, queries, ({ targets }) => targets, 'targets');
      const places = METRICS.map((metric) => columns.indexOf(metric));
      for (const [row, { userIndex }] of queries.entries()) {
        const of = places.map((place) => values[row * columns.length + place]);
        for (const [at, value] of of.entries()) sums[at] += value;
        const user = byUser.get(userIndex) ?? { count: 0, ndcg: 0 };
        byUser.set(userIndex, { count: user.count + 1, ndcg: user.ndcg + of[0] });
      }
      measured += queries.length;
    }
    const users = [...byUser].sort(([a], [b]) => a - b);
    const metrics = Object.fromEntries(METRICS.map((metric, at) => [`heldOut.${metric}`, sums[at] / measured]));
    summary(`NDCG@10 ${metrics['heldOut.ndcg@10'].toFixed(4)} on ${measured} queries of ${users.length} users`);
    return {
      metrics: { 'heldOut.queries': measured, 'heldOut.users': users.length, ...metrics },
      users: {
        userIndices: users.map(([user]) => user),
        counts: users.map(([, { count }]) => count),
        ndcg: users.map(([, { ndcg }]) => ndcg),
      },
    };
  });
}

function spread<T>(values: readonly T[], share: number): readonly T[] {
  const count = Math.ceil(values.length * share);
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
