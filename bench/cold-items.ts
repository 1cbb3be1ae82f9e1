/**
 * Measures how often the two-tower model finds items without any interaction, from their content alone, for the people
 * who engage with them later. It hides every interaction of a random part of the items, fits on the rest of the data
 * before the test (`temporal`, successive), and runs the test's queries whose target is a hidden item, ranking every
 * item that existed. Options: `--data PATH`, `--home DIR`, `--share S` of the items to hide, `--queries N` at most,
 * `--seed N`, `--threads N`.
 */
import { parseArgs } from 'node:util';
import { buildInteractions, type History, type Interactions } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { createSplit } from '@matinee/models/splits';
import { createRandom } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description = 'recall of items without any interaction, from their content, against chance';

const DEPTH = 100;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
      share: { type: 'string', default: '0.1' },
      queries: { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  const itemCount = dataset.items.vocabulary.ids.length;
  const { test } = createSplit(
    'temporal',
    { interactions: buildInteractions(dataset.events), userCount: dataset.users.ids.length, itemCount },
    { targets: 'successive' },
  );
  const random = createRandom(Number(values.seed));
  const isHidden = Uint8Array.from({ length: itemCount }, () => (random.next() < Number(values.share) ? 1 : 0));
  const family = findModelFamily('two-tower');
  const model = await progress.stage('fit two-tower without the hidden items', ({ checkpoint }) =>
    family.fit(
      {
        userCount: dataset.users.ids.length,
        items: dataset.items,
        interactions: withoutHidden(test.train, isHidden),
        asOf: test.trainAsOf,
      },
      family.defaults,
      { random: random.fork('fit'), checkpoint, threadCount: Number(values.threads) },
    ),
  );
  const hiddenQueries = test.queries.filter(({ targets }) => isHidden[targets[0] ?? 0] === 1);
  const step = Math.max(1, hiddenQueries.length / Number(values.queries));
  let hits = 0;
  let chance = 0;
  let count = 0;
  for (let at = 0; at < hiddenQueries.length; at += step) {
    const query = hiddenQueries[Math.floor(at)];
    if (query === undefined) continue;
    const excluded = test.availableFrom.map((from) => (from < query.asOf ? 0 : 1));
    for (const item of query.history.itemIndices) excluded[item] = 1;
    const open = excluded.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
    const known: RetrievalQuery = {
      history: historyWithoutHidden(query.history, isHidden),
      asOf: query.asOf,
      userIndex: -1,
    };
    const { itemIndices } = await model.retrieve(known, DEPTH, Uint8Array.from(excluded));
    if (itemIndices.includes(query.targets[0] ?? -1)) hits++;
    chance += DEPTH / open;
    count++;
  }
  const [recall, expected] = [hits / count, chance / count];
  console.log(
    `${dataset.name}: ${isHidden.reduce((sum, value) => sum + value, 0)} of ${itemCount} items hidden, seed ${values.seed}; ` +
      `${count} of ${hiddenQueries.length} queries whose target is hidden\n` +
      `recall@${DEPTH} ${recall.toFixed(4)}, by chance ${expected.toFixed(4)}: ${(recall / expected).toFixed(1)} times`,
  );
}

function withoutHidden(interactions: Interactions, isHidden: Uint8Array): Interactions {
  const isKept = (_: number, row: number): boolean => isHidden[interactions.itemIndices[row] ?? 0] === 0;
  const itemIndices = interactions.itemIndices.filter(isKept);
  return {
    count: itemIndices.length,
    userIndices: interactions.userIndices.filter(isKept),
    itemIndices,
    timestamps: interactions.timestamps.filter(isKept),
    weights: interactions.weights.filter(isKept),
    labels: interactions.labels.filter(isKept),
  };
}

function historyWithoutHidden({ itemIndices, timestamps, weights }: History, isHidden: Uint8Array): History {
  const isKept = (_: number, at: number): boolean => isHidden[itemIndices[at] ?? 0] === 0;
  return {
    itemIndices: itemIndices.filter(isKept),
    timestamps: timestamps.filter(isKept),
    weights: weights.filter(isKept),
  };
}
