/**
 * Epochs of SASRec on a file of `user item` lines in time order: seconds an epoch, memory, and HR@10 / NDCG@10 on the
 * last but one item of every user, ranked among all items the user has not seen. Options: `--file PATH` (text or .gz),
 * `--epochs N`, `--threads N`, `--seed N`, `--test` to rank the last item as well after the last epoch.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  buildSasRecInference,
  buildSasRecTraining,
  drawSequenceBatches,
  fillHistories,
  planBuckets,
  type SasRecConfig,
  type SequenceSet,
} from '@matinee/models/sequence';
import { createRandom } from '@matinee/numerics';
import {
  createEvaluation,
  createParameters,
  createTrainStep,
  type Evaluation,
  runTrainingLoop,
  type TrainingBatch,
  type TrainStep,
} from '@matinee/numerics/engine';

export const description = 'SASRec epochs on a sequence file: seconds, memory, HR@10 and NDCG@10';

const EVALUATION_BATCH = 128;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      file: { type: 'string' },
      epochs: { type: 'string', default: '3' },
      threads: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      test: { type: 'boolean', default: false },
    },
  });
  if (values.file === undefined) throw new Error('say which file: --file PATH');
  const [epochs, threadCount, seed] = [values.epochs, values.threads, values.seed].map(Number);
  const { histories, itemCount } = readSequences(values.file);
  const config: SasRecConfig = {
    itemCount,
    maxLength: 200,
    embeddingDim: 64,
    blockCount: 2,
    headCount: 1,
    feedForwardDim: 256,
    dropoutRate: 0.1,
  };
  const buckets = planBuckets([50, 100, 150, 200], 6400);
  console.log(`${histories.length} users, ${itemCount} items, seed ${seed}, ${threadCount} threads`);

  const training = buckets.map((bucket) => ({ bucket, ...buildSasRecTraining(config, { ...bucket }) }));
  const state = createParameters(training[0].graph, seed);
  const session = { threadCount };
  const steps = new Map<number, TrainStep>();
  for (const { bucket, graph, loss } of training) {
    steps.set(bucket.length, await createTrainStep({ graph, loss, state, session }));
  }
  const inference = buildSasRecInference(config, { batchSize: EVALUATION_BATCH, length: config.maxLength });
  const evaluation = await createEvaluation(inference.graph, { scores: inference.scores }, state, session);

  const sequences = joinSequences(histories.map((history) => history.subarray(0, -2)));
  const random = createRandom(seed);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const startedAt = performance.now();
    const { progress } = await runTrainingLoop({
      state,
      batches: batchesOfEpoch(sequences, steps, buckets, random.fork(`epoch ${epoch}`)),
      schedule: { learningRate: 1e-3 },
      now: () => performance.now(),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const validation = await rankHeldOut(evaluation, config, histories, 2);
    console.log(
      `epoch ${epoch}: ${seconds.toFixed(1)} s, ${progress?.step} steps, ${progress?.tokensPerSecond.toFixed(0)} tokens/s, ` +
        `loss ${progress?.meanLoss.toFixed(4)}, validation ${validation}, ` +
        `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, CPU ${(process.cpuUsage().user / 1e6).toFixed(0)} s`,
    );
  }
  if (values.test) console.log(`test ${await rankHeldOut(evaluation, config, histories, 1)}`);
}

function* batchesOfEpoch(
  sequences: SequenceSet,
  steps: ReadonlyMap<number, TrainStep>,
  buckets: ReturnType<typeof planBuckets>,
  random: ReturnType<typeof createRandom>,
): Generator<TrainingBatch> {
  for (const { bucket, tokenCount, items, positions, rows, targets, weights } of drawSequenceBatches(
    sequences,
    buckets,
    random,
  )) {
    const step = steps.get(bucket.length);
    if (step) yield { step, tokenCount, feeds: { items, positions, rows, targets, weights } };
  }
}

/** HR@10 and NDCG@10 of the item `fromEnd` places from the end, given everything before it. */
async function rankHeldOut(
  evaluation: Evaluation,
  config: SasRecConfig,
  histories: readonly Int32Array[],
  fromEnd: number,
): Promise<string> {
  let hits = 0;
  let gain = 0;
  const { itemCount, maxLength } = config;
  for (let first = 0; first < histories.length; first += EVALUATION_BATCH) {
    const known = histories.slice(first, first + EVALUATION_BATCH).map((history) => history.subarray(0, -fromEnd));
    const feeds = fillHistories(known, { batchSize: EVALUATION_BATCH, maxLength });
    const scores = (await evaluation.run({ ...feeds }))['scores'] as Float32Array;
    known.forEach((seen, member) => {
      const row = scores.subarray(member * itemCount, (member + 1) * itemCount);
      const target = histories[first + member].at(-fromEnd) ?? 0;
      const targetScore = row[target];
      for (const item of seen) row[item] = Number.NEGATIVE_INFINITY;
      let rank = 0;
      // Ties count against the target.
      for (let item = 0; item < itemCount; item++) if (item !== target && row[item] >= targetScore) rank++;
      if (rank < 10) {
        hits++;
        gain += 1 / Math.log2(rank + 2);
      }
    });
  }
  return `HR@10 ${(hits / histories.length).toFixed(4)} NDCG@10 ${(gain / histories.length).toFixed(4)}`;
}

function readSequences(file: string): { histories: Int32Array[]; itemCount: number } {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const byUser = new Map<string, number[]>();
  const indexOfItem = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [user, item] = line.trim().split(/\s+/);
    if (item === undefined) continue;
    const index = indexOfItem.get(item) ?? indexOfItem.size;
    indexOfItem.set(item, index);
    const history = byUser.get(user);
    if (history) history.push(index);
    else byUser.set(user, [index]);
  }
  const histories = [...byUser.values()].filter((items) => items.length >= 4).map((items) => Int32Array.from(items));
  return { histories, itemCount: indexOfItem.size };
}

function joinSequences(histories: readonly Int32Array[]): SequenceSet {
  const offsets = new Int32Array(histories.length + 1);
  histories.forEach((history, index) => {
    offsets[index + 1] = offsets[index] + history.length;
  });
  const items = new Int32Array(offsets[histories.length]);
  histories.forEach((history, index) => {
    items.set(history, offsets[index]);
  });
  return { offsets, items };
}
