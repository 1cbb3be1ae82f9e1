import { measureAccuracy } from '../evaluation/measure.ts';
import { rankFold } from '../evaluation/rank-fold.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { Fold } from '../splits/split.ts';
import { roleOf } from './learn-ranker.ts';
import type { StageContext } from './stages.ts';

/** Most queries measured. */
const MAX_QUERIES = 600;
const DEPTH = 100;

/**
 * How a generation does on the queries that nothing of it was fitted on: what decides whether it takes over from
 * another one. Equal seeds ask equal queries, so that generations compare.
 *
 * @param model Of sources that were not fitted on the fold's answers.
 * @returns `heldOut.queries`, `heldOut.ndcg@10`, `heldOut.recall@10`, `heldOut.recall@50`; empty when there is no
 * query.
 */
export async function measureHeldOut(
  model: RetrievalModel,
  fold: Fold,
  context: StageContext,
): Promise<Record<string, number>> {
  const reporting = fold.queries.filter((query) => roleOf(query, context) === 'reporting');
  const step = Math.max(1, reporting.length / MAX_QUERIES);
  const queries = Array.from(
    { length: Math.min(MAX_QUERIES, reporting.length) },
    (_, index) => reporting[Math.floor(index * step)],
  );
  if (queries.length === 0) return {};
  return context.stage('measure on what was held out', async ({ checkpoint, summary }) => {
    const reportingFold = { ...fold, queries };
    const rankings = await rankFold(model, reportingFold, DEPTH, { itemCount: model.itemCount, checkpoint });
    const { columns, values } = measureAccuracy(rankings, queries, ({ targets }) => targets, 'targets');
    const meanOf = (name: string): number => {
      let sum = 0;
      for (let at = columns.indexOf(name); at < values.length; at += columns.length) sum += values[at];
      return sum / queries.length;
    };
    summary(`NDCG@10 ${meanOf('ndcg@10').toFixed(4)} on ${queries.length} queries`);
    return {
      'heldOut.queries': queries.length,
      ...Object.fromEntries(['ndcg@10', 'recall@10', 'recall@50'].map((name) => [`heldOut.${name}`, meanOf(name)])),
    };
  });
}
