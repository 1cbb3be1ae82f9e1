/**
 * Compares one training step of SASRec and GRU4Rec (forward, backward, Adam, full softmax) with the same networks in
 * PyTorch. Both alternate in one run, so that other load on the machine affects both alike. The result is the ratio of
 * tokens per second in each round, and its median over rounds. Options: `--rounds N`, `--steps N` per round, `--threads
 * N`, `--batch N`, `--length N`, `--items N`, `--python PATH` (an interpreter with torch; Debian's is
 * /usr/bin/python3).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildGru4RecTraining, buildSasRecTraining } from '@matinee/models/sequence';
import { createRandom } from '@matinee/numerics';
import { createParameters, createTrainStep, type Feeds, type Graph, type Tensor } from '@matinee/numerics/engine';

export const description = 'a training step beside PyTorch, interleaved: tokens/s as a ratio';

const DROPOUT = 0.1;
const WIDTH = 64;
const MODELS = ['sasrec', 'gru4rec'] as const;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      rounds: { type: 'string', default: '7' },
      steps: { type: 'string', default: '5' },
      threads: { type: 'string', default: '2' },
      batch: { type: 'string', default: '128' },
      length: { type: 'string', default: '50' },
      items: { type: 'string', default: '3417' },
      python: { type: 'string', default: '/usr/bin/python3' },
    },
  });
  const { threads, batch, length, items } = values;
  const peer = await startPeer(values.python, { threads, batch, length, items });
  console.log(`PyTorch ${peer.versions}`);
  const shape = { batchSize: Number(batch), length: Number(length), itemCount: Number(items) };
  const ours = await compileOurs(shape, Number(threads));
  const steps = Number(values.steps);
  const tokens = shape.batchSize * shape.length;
  for (const model of MODELS) {
    await ours[model](2);
    await peer.steps(model, 2);
    const rounds: { ours: number; theirs: number }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      rounds.push({ ours: median(await ours[model](steps)), theirs: median(await peer.steps(model, steps)) });
    }
    const ratios = rounds.map((each) => each.theirs / each.ours).sort((a, b) => a - b);
    const rate = (ms: number): string =>
      `${ms.toFixed(1)} ms, ${Math.round((tokens * 1000) / ms).toLocaleString('en')} tokens/s`;
    console.log(
      `${model}: B=${batch} L=${length} V=${items} d=${WIDTH}, ${threads} threads, ${rounds.length} rounds of ${steps} steps\n` +
        `  ours    ${rate(median(rounds.map((each) => each.ours)))}\n` +
        `  PyTorch ${rate(median(rounds.map((each) => each.theirs)))}\n` +
        `  ours is ${median(ratios).toFixed(2)} times as fast (rounds from ${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
    );
  }
  peer.stop();
}

/** Runs `count` steps and returns the milliseconds of each. */
type RunSteps = (count: number) => Promise<number[]>;

async function compileOurs(
  { batchSize, length, itemCount }: { batchSize: number; length: number; itemCount: number },
  threadCount: number,
): Promise<Record<(typeof MODELS)[number], RunSteps>> {
  const targetCount = batchSize * length;
  const shape = { batchSize, length, targetCount };
  const size = { itemCount, embeddingDim: WIDTH, dropoutRate: DROPOUT };
  const random = createRandom(1);
  const draw = (bound: number): Int32Array => Int32Array.from({ length: targetCount }, () => random.integer(bound));
  const rows = Int32Array.from({ length: targetCount }, (_, row) => row);
  const common = {
    items: draw(itemCount),
    targets: draw(itemCount),
    rows,
    weights: new Float32Array(targetCount).fill(1),
  };
  const sasRec = buildSasRecTraining(
    { ...size, maxLength: length, blockCount: 2, headCount: 1, feedForwardDim: WIDTH },
    shape,
  );
  const gru4Rec = buildGru4RecTraining({ ...size, stateDim: WIDTH }, shape);
  return {
    sasrec: await compile(sasRec, { ...common, positions: rows.map((row) => row % length) }, threadCount),
    gru4rec: await compile(gru4Rec, { ...common, initialState: new Float32Array(batchSize * WIDTH) }, threadCount),
  };
}

async function compile(
  { graph, loss }: { graph: Graph; loss: Tensor },
  feeds: Feeds,
  threadCount: number,
): Promise<RunSteps> {
  const step = await createTrainStep({ graph, loss, state: createParameters(graph, 1), session: { threadCount } });
  return async (count) => {
    const times: number[] = [];
    for (let index = 0; index < count; index++) {
      const startedAt = performance.now();
      await step.run(feeds, 1e-3);
      times.push(performance.now() - startedAt);
    }
    return times;
  };
}

interface Peer {
  readonly versions: string;
  steps(model: string, count: number): Promise<number[]>;
  stop(): void;
}

async function startPeer(python: string, options: Readonly<Record<string, string>>): Promise<Peer> {
  const script = fileURLToPath(new URL('./peers/engine_peer.py', import.meta.url));
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await answers.next();
    if (done === true) throw new Error(`${python} ended without an answer`);
    const answer = JSON.parse(value) as Record<string, unknown>;
    if (answer['error'] !== undefined) throw new Error(`no PyTorch to compare with: ${String(answer['error'])}`);
    return answer;
  };
  const versions = JSON.stringify(await started(child, python, next));
  return {
    versions,
    async steps(model, count) {
      child.stdin.write(`${JSON.stringify({ model, steps: count })}\n`);
      return (await next())['ms'] as number[];
    },
    stop: () => child.stdin.end(),
  };
}

function started<T>(child: ChildProcess, python: string, next: () => Promise<T>): Promise<T> {
  return Promise.race([
    next(),
    new Promise<never>((_, reject) => {
      child.on('error', (error) => reject(new Error(`${python} cannot be run: ${error.message}`)));
    }),
  ]);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
