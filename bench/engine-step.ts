/**
 * Milliseconds of one training step (forward, backward, Adam) of SASRec and GRU4Rec with cross-entropy over all items,
 * at the shapes of the published step times. Options: `--steps N`, `--threads N`, `--length N`, `--batch N`, `--items
 * N`, `--dropout R`, `--spinning`.
 */
import { parseArgs } from 'node:util';
import { buildGru4RecTraining, buildSasRecTraining } from '@matinee/models/sequence';
import { createRandom } from '@matinee/numerics';
import {
  createParameters,
  createTrainStep,
  type Feeds,
  type Graph,
  type SessionOptions,
  type Tensor,
} from '@matinee/numerics/engine';

export const description = 'one training step of SASRec and GRU4Rec: ms, tokens/s, memory';

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      steps: { type: 'string', default: '20' },
      threads: { type: 'string', default: '2' },
      batch: { type: 'string', default: '128' },
      length: { type: 'string', default: '50' },
      items: { type: 'string', default: '3417' },
      dropout: { type: 'string', default: '0.1' },
      spinning: { type: 'boolean', default: false },
    },
  });
  const [steps, threadCount, batchSize, length, itemCount, dropoutRate] = [
    values.steps,
    values.threads,
    values.batch,
    values.length,
    values.items,
    values.dropout,
  ].map(Number);
  const session = { threadCount, spinning: values.spinning };
  const embeddingDim = 64;
  const targetCount = batchSize * length;
  const shape = { batchSize, length, targetCount };
  const random = createRandom(1);
  const draw = (count: number, bound: number): Int32Array =>
    Int32Array.from({ length: count }, () => random.integer(bound));
  const common = {
    items: draw(targetCount, itemCount),
    rows: Int32Array.from({ length: targetCount }, (_, row) => row),
    targets: draw(targetCount, itemCount),
    weights: new Float32Array(targetCount).fill(1),
  };
  console.log(
    `B=${batchSize} L=${length} V=${itemCount} d=${embeddingDim}, dropout ${dropoutRate}, ${threadCount} threads`,
  );

  const sasRecSize = { maxLength: length, blockCount: 2, headCount: 1, feedForwardDim: embeddingDim };
  const sasRec = buildSasRecTraining({ itemCount, embeddingDim, dropoutRate, ...sasRecSize }, shape);
  const positions = common.rows.map((row) => row % length);
  await timeSteps('SASRec, 2 blocks', sasRec, { ...common, positions }, steps, session, targetCount);

  const gru = buildGru4RecTraining({ itemCount, embeddingDim, stateDim: embeddingDim, dropoutRate }, shape);
  const initialState = new Float32Array(batchSize * embeddingDim);
  await timeSteps('GRU4Rec', gru, { ...common, initialState }, steps, session, targetCount);
}

async function timeSteps(
  name: string,
  { graph, loss }: { graph: Graph; loss: Tensor },
  feeds: Feeds,
  steps: number,
  session: SessionOptions,
  tokenCount: number,
): Promise<void> {
  const state = createParameters(graph, 1);
  const startedAt = performance.now();
  const step = await createTrainStep({ graph, loss, state, session });
  const compileMs = performance.now() - startedAt;
  // Two steps to warm up: the first plans memory, the second reads the other buffer set for the first time.
  for (let index = 0; index < 2; index++) await step.run(feeds, 1e-3);
  const cpuBefore = process.cpuUsage();
  const times: number[] = [];
  for (let index = 0; index < steps; index++) {
    const before = performance.now();
    await step.run(feeds, 1e-3);
    times.push(performance.now() - before);
  }
  const cpu = process.cpuUsage(cpuBefore);
  times.sort((a, b) => a - b);
  const median = times[Math.floor(steps / 2)];
  console.log(
    `${name}: median ${median.toFixed(1)} ms, fastest ${times[0].toFixed(1)} ms, ` +
      `${((tokenCount * 1000) / median).toFixed(0)} tokens/s, CPU ${((cpu.user + cpu.system) / 1000 / steps).toFixed(0)} ms a step, ` +
      `${step.nodeCount} nodes, compiled in ${compileMs.toFixed(0)} ms, ` +
      `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
  await step.release();
}
