/**
 * Measures the recall of sources at the depth that a ranker reads: each model is fitted on the data before a protocol's
 * test and retrieves its best 500; the result is the share of targets among the first 50, 100, 200 and 500. Differences
 * are paired, between every model and the last one named, with a 95 % interval over queries (normal approximation).
 * Options: `--data PATH`, `--home DIR`, `--models a,b,c`, `--protocol P`, `--seed N`, `--threads N`.
 */
import { parseArgs } from 'node:util';
import { buildInteractions } from '@matinee/models/data';
import { rankFold } from '@matinee/models/evaluation';
import { findModelFamily } from '@matinee/models/generations';
import { createSplit } from '@matinee/models/splits';
import { createRandom } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description = 'recall@50 … 500 of candidate sources on the test of a protocol, with paired differences';

const DEPTHS = [50, 100, 200, 500];
/** The rank of targets that were not found: deeper than any list. */
const NOT_FOUND = 2 ** 30;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
      models: { type: 'string', default: 'item-knn,ease,two-tower' },
      protocol: { type: 'string', default: 'temporal' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  const userCount = dataset.users.ids.length;
  const itemCount = dataset.items.vocabulary.ids.length;
  const { test } = createSplit(values.protocol, {
    interactions: buildInteractions(dataset.events),
    userCount,
    itemCount,
  });
  const names = values.models.split(',');
  const ranks = new Map<string, Int32Array>();
  for (const name of names) {
    const family = findModelFamily(name);
    const model = await progress.stage(`fit ${name}`, ({ checkpoint }) =>
      family.fit({ userCount, items: dataset.items, interactions: test.train, asOf: test.trainAsOf }, family.defaults, {
        random: createRandom(Number(values.seed)).fork(name),
        checkpoint,
        threadCount: Number(values.threads),
      }),
    );
    const deepest = DEPTHS[DEPTHS.length - 1] ?? 0;
    const lists = await progress.stage(`rank with ${name}`, ({ checkpoint }) =>
      rankFold(model, test, deepest, { itemCount, checkpoint }),
    );
    ranks.set(
      name,
      Int32Array.from(test.queries, ({ targets }, query) => {
        const rank = lists.itemIndices.subarray(query * deepest, (query + 1) * deepest).indexOf(targets[0] ?? -1);
        return rank < 0 ? NOT_FOUND : rank;
      }),
    );
  }
  console.log(`${dataset.name}, ${values.protocol}, ${test.queries.length} queries, seed ${values.seed}`);
  const last = ranks.get(names.at(-1) ?? '') ?? new Int32Array(0);
  for (const [name, found] of ranks) {
    const cells = DEPTHS.map((depth) => {
      const recall = mean(Array.from(found, (rank) => Number(rank < depth)));
      const differences = Array.from(last, (rank, at) => Number(rank < depth) - Number((found[at] ?? 0) < depth));
      const difference = mean(differences);
      const deviation = Math.sqrt(mean(differences.map((value) => (value - difference) ** 2)) / differences.length);
      const interval = `${(difference - 1.96 * deviation).toFixed(4)}, ${(difference + 1.96 * deviation).toFixed(4)}`;
      const against =
        found === last ? '' : ` (${names.at(-1)} ${difference >= 0 ? '+' : ''}${difference.toFixed(4)} [${interval}])`;
      return `@${depth} ${recall.toFixed(4)}${against}`;
    });
    console.log(`${name.padEnd(16)} ${cells.join('   ')}`);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
