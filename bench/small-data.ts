/**
 * Measures networks on small data, with their defaults and with their settings for small data. Without `--whole`, the
 * data is a part of the data set: 1,090 users, of each a stretch of 15 to 82 events, so that it has the size of the
 * public sets that small networks are published on. The rest is leave-one-out with full ranking. Options:
 * `--data PATH`, `--home DIR`, `--whole`, `--models a,b,c`, `--fold validation|test`, `--seed N`, `--threads N`.
 */
import { parseArgs } from 'node:util';
import { buildInteractions, type Dataset } from '@matinee/models/data';
import { rankFold } from '@matinee/models/evaluation';
import { findModelFamily } from '@matinee/models/generations';
import { createSplit, type Fold } from '@matinee/models/splits';
import { createRandom, type Random } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description = 'networks on small data: their defaults against their settings for it';

const USERS = 1090;
const SHORTEST = 15;
const LONGEST = 82;
const DEPTH = 100;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
      whole: { type: 'boolean', default: false },
      models: { type: 'string', default: 'item-knn,ease,two-tower,gru4rec,sasrec,time-transformer' },
      fold: { type: 'string', default: 'validation' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  const itemCount = dataset.items.vocabulary.ids.length;
  const userCount = dataset.users.ids.length;
  const interactions = buildInteractions(
    values.whole ? dataset.events : drawStretches(dataset, createRandom(Number(values.seed)).fork('stretches')),
  );
  const split = createSplit('leave-one-out', { interactions, userCount, itemCount });
  const fold = values.fold === 'test' ? split.test : split.validation;
  console.log(
    `${dataset.name}: ${interactions.count} events of ${new Set(interactions.userIndices).size} users with ` +
      `${new Set(interactions.itemIndices).size} items, leave-one-out, ${values.fold}, seed ${values.seed}`,
  );
  for (const name of values.models.split(',')) {
    const family = findModelFamily(name);
    const { training } = family.traits;
    const variants: [string, object][] = [['defaults', {}]];
    if (training !== 'direct') variants.push(['for small data', training.smallData]);
    for (const [variant, settings] of variants) {
      const startedAt = performance.now();
      const model = await progress.stage(`fit ${name}, ${variant}`, ({ checkpoint }) =>
        family.fit(
          { userCount, items: dataset.items, interactions: fold.train, asOf: fold.trainAsOf },
          { ...family.defaults, ...settings },
          { random: createRandom(Number(values.seed)).fork(name), checkpoint, threadCount: Number(values.threads) },
        ),
      );
      const seconds = (performance.now() - startedAt) / 1000;
      const lists = await progress.stage(`rank with ${name}, ${variant}`, ({ checkpoint }) =>
        rankFold(model, fold, DEPTH, { itemCount, checkpoint }),
      );
      const { hits, ndcg, recall } = measure(lists.itemIndices, fold);
      console.log(
        `${name.padEnd(17)} ${variant.padEnd(15)} HR@10 ${hits.toFixed(4)}  NDCG@10 ${ndcg.toFixed(4)}  ` +
          `recall@${DEPTH} ${recall.toFixed(4)}  ${seconds.toFixed(0)} s`,
      );
    }
  }
}

/** Of each drawn user the events of one stretch, in order of time. */
function drawStretches({ events, users }: Dataset, random: Random): Dataset['events'] {
  const rowsOf = Array.from({ length: users.ids.length }, (): number[] => []);
  for (let row = 0; row < events.count; row++) rowsOf[events.userIndices[row] ?? 0]?.push(row);
  const drawn = random.shuffle(rowsOf.filter((rows) => rows.length >= SHORTEST)).slice(0, USERS);
  const kept = drawn.flatMap((rows) => {
    const inOrder = rows.toSorted((a, b) => (events.timestamps[a] ?? 0) - (events.timestamps[b] ?? 0));
    const length = Math.min(rows.length, SHORTEST + random.integer(LONGEST - SHORTEST + 1));
    const start = random.integer(rows.length - length + 1);
    return inOrder.slice(start, start + length);
  });
  const rows = Int32Array.from(kept).sort();
  return {
    count: rows.length,
    userIndices: rows.map((row) => events.userIndices[row] ?? 0),
    itemIndices: rows.map((row) => events.itemIndices[row] ?? 0),
    timestamps: Float64Array.from(rows, (row) => events.timestamps[row] ?? 0),
    values: Float32Array.from(rows, (row) => events.values[row] ?? 0),
    types: Uint8Array.from(rows, (row) => events.types[row] ?? 0),
  };
}

/** Means over the fold's queries, which have one target each. */
function measure(itemIndices: Int32Array, { queries }: Fold): { hits: number; ndcg: number; recall: number } {
  const sums = { hits: 0, ndcg: 0, recall: 0 };
  for (const [query, { targets }] of queries.entries()) {
    const rank = itemIndices.subarray(query * DEPTH, (query + 1) * DEPTH).indexOf(targets[0] ?? -1);
    if (rank >= 0) sums.recall++;
    if (rank < 0 || rank >= 10) continue;
    sums.hits++;
    sums.ndcg += 1 / Math.log2(rank + 2);
  }
  const mean = (sum: number): number => sum / queries.length;
  return { hits: mean(sums.hits), ndcg: mean(sums.ndcg), recall: mean(sums.recall) };
}
