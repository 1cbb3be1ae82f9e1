/**
 * Popularity and item-item neighbours against the figures published for raw MovieLens 1M, leave-one-out, full ranking:
 * once as the protocol here has it (everything seen is taken out) and once as sequence models' evaluations do it, which
 * keep the latest 200 items of a history and take out only those.
 */
import { parseArgs } from 'node:util';
import { buildInteractions, createSplit, type Fold, findModelFamily, rankFold } from '@matinee/models';
import { createRandom } from '@matinee/numerics';
import { openDataset } from '../apps/cli/src/commands/open-dataset.ts';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openWorkspace } from '../apps/cli/src/workspace.ts';

export const description = 'popularity and item-item beside published leave-one-out figures [--data PATH] [--home DIR]';

const WINDOW = 200;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { data: { type: 'string' }, home: { type: 'string', default: '.matinee' } },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  const interactions = buildInteractions(dataset.events);
  const userCount = dataset.users.ids.length;
  const itemCount = dataset.items.vocabulary.ids.length;
  const { test } = createSplit('leave-one-out', { interactions, userCount, itemCount });
  const windowed: Fold = {
    ...test,
    queries: test.queries.map((query) => ({
      ...query,
      history: {
        itemIndices: query.history.itemIndices.slice(-WINDOW),
        timestamps: query.history.timestamps.slice(-WINDOW),
        weights: query.history.weights.slice(-WINDOW),
      },
    })),
  };
  const tied = test.queries.filter(({ history, asOf }) => history.timestamps.at(-1) === asOf).length;
  console.log(
    `${dataset.name}, leave-one-out, test: ${test.queries.length} users, ${tied} whose last two items share a timestamp`,
  );
  console.log('HR@10 / NDCG@10');
  for (const name of ['popularity', 'item-knn-set', 'item-knn']) {
    const family = findModelFamily(name);
    const data = { userCount, items: dataset.items, interactions: test.train, asOf: test.trainAsOf };
    const context = { random: createRandom(1), checkpoint: () => Promise.resolve() };
    const model = await family.fit(data, family.defaults, context);
    for (const [what, fold] of [
      ['all seen items taken out', test],
      [`latest ${WINDOW} only`, windowed],
    ] as const) {
      const { itemIndices, depth } = await rankFold(model, fold, 10, { itemCount, checkpoint: context.checkpoint });
      let hits = 0;
      let gain = 0;
      for (const [index, { targets }] of fold.queries.entries()) {
        const rank = itemIndices.subarray(index * depth, (index + 1) * depth).indexOf(targets[0]);
        if (rank < 0) continue;
        hits++;
        gain += 1 / Math.log2(rank + 2);
      }
      const count = fold.queries.length;
      console.log(
        `  ${name.padEnd(14)} ${what.padEnd(26)} ${(hits / count).toFixed(4)} / ${(gain / count).toFixed(4)}`,
      );
    }
  }
}
