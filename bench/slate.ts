/**
 * Measures what diversifying a page takes, and what it costs in relevance on validation: the figures behind the default
 * strength. Options: `--data PATH`, `--generation v1`, `--home DIR`. It uses at most 4,000 of validation's queries, one
 * per event.
 */
import { parseArgs } from 'node:util';
import { buildInteractions, type Dataset } from '@matinee/models/data';
import { genreShares, rankFold } from '@matinee/models/evaluation';
import { fitGeneration, type GenerationName, resolveGeneration } from '@matinee/models/generations';
import { measureDiversity } from '@matinee/models/report';
import { createItemSpace, type ItemSpace, rerank } from '@matinee/models/slate';
import { createSplit } from '@matinee/models/splits';
import { createRandom } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description = 're-ordering: time of a page, and NDCG against diversity on validation [--data PATH]';

const MAX_QUERIES = 4000;
const SEED = 1;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      generation: { type: 'string', default: 'v1' },
      home: { type: 'string', default: '.matinee' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  timePage(dataset);
  await measureOnValidation(dataset, values.generation as GenerationName);
}

/** Six rows of 100 titles out of 500 each, two of them calibrated, as on the page of a user with a history. */
function timePage({ items }: Dataset): void {
  const random = createRandom(SEED);
  const itemCount = items.genres.length;
  const plain = createItemSpace(items, []);
  const width = 64;
  const vectors = Float32Array.from({ length: itemCount * width }, () => random.normal() / Math.sqrt(width));
  const draw = (count: number): Int32Array =>
    random.shuffle(Int32Array.from({ length: itemCount }, (_, item) => item)).slice(0, count);
  const history = draw(150);
  const taste = genreShares(
    { itemIndices: history, weights: new Float32Array(history.length).fill(1) },
    plain.genres,
    plain.genreCount,
  );
  const rows = Array.from({ length: 6 }, () => draw(500));
  for (const [name, space] of Object.entries<ItemSpace>({
    'genres alone': plain,
    'genres and vectors of 64': { ...plain, width, vectors },
  })) {
    for (const count of [20, 40, 100]) {
      const times: number[] = [];
      for (let page = 0; page < 600; page++) {
        const startedAt = performance.now();
        for (const [row, titles] of rows.entries()) {
          rerank(titles, space, { strength: 0.1, count, taste: row < 2 ? taste : undefined });
        }
        times.push(performance.now() - startedAt);
      }
      const sorted = times.slice(100).sort((a, b) => a - b);
      console.log(
        `${name}, 6 rows of ${count} out of 500: p50 ${sorted[250].toFixed(2)} ms, p95 ${sorted[475].toFixed(2)} ms a page`,
      );
    }
  }
}

async function measureOnValidation(dataset: Dataset, generation: GenerationName): Promise<void> {
  const { items } = dataset;
  const interactions = buildInteractions(dataset.events);
  const userCount = dataset.users.ids.length;
  const itemCount = items.vocabulary.ids.length;
  const split = createSplit('temporal', { interactions, userCount, itemCount }, { targets: 'successive' });
  const { validation, recallOver } = split;
  const step = Math.max(1, validation.queries.length / MAX_QUERIES);
  const queries = Array.from(
    { length: Math.min(MAX_QUERIES, validation.queries.length) },
    (_, index) => validation.queries[Math.floor(index * step)],
  );
  const checkpoint = () => Promise.resolve();
  const { model } = await fitGeneration(
    generation,
    { userCount, items, interactions: validation.train, asOf: validation.trainAsOf },
    resolveGeneration(generation, { interactionCount: interactions.count }),
    {
      random: createRandom(SEED),
      checkpoint,
      stage: (_title, work) => work({ checkpoint, summary: () => undefined }),
    },
  );
  const fold = { ...validation, queries };
  const rankings = await rankFold(model, fold, 100, { itemCount, checkpoint });
  const space = createItemSpace(items, model.sources);
  const points = measureDiversity([{ name: 'validation', meaning: '', rankings, fold, space }], {
    items,
    recallOver,
    bootstrap: { resampleCount: 1000, seed: SEED },
  });
  console.log(
    `\n${generation} on ${dataset.name}, validation of the split by time, ${queries.length} queries, seed ${SEED}; all @10`,
  );
  console.log('strength  NDCG    against 0                  diversity  miscalibration');
  for (const { strength, ndcg, cost, diversity, miscalibration } of points) {
    const interval = `${cost.value.toFixed(4)} [${cost.low.toFixed(4)}, ${cost.high.toFixed(4)}]`;
    console.log(
      `${String(strength).padEnd(8)}  ${ndcg.value.toFixed(4)}  ${interval.padEnd(25)}  ${diversity.value.toFixed(3)}      ${miscalibration.value.toFixed(3)}`,
    );
  }
}
