/**
 * Measures where the milliseconds of a request go, in one process and without HTTP: every stage of a list or a page,
 * for users who have not been served before, for the same users again, and for the same with kept candidates.
 *
 * Options: `--home FOLDER`, `--data NAME`, `--version V` (default: the release trained last there), `--users N` (200),
 * `--kind list|page`. Seed 11. Times are of the thread's clock: nothing else may run beside it. A stage's 10th
 * percentile says most on a machine that is not quiet.
 */
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import {
  type Engine,
  type FeedbackState,
  type RecommendInput,
  type Remembered,
  recommendList,
  recommendPage,
  type Trace,
} from '@matinee/recommender';
import { openEngine, PATIENT } from './load/open-engine.ts';

export const description = 'where the milliseconds of a request go, stage by stage [--home H]';

const SEED = 11;
const LIST_LENGTH = 20;
const WARM_UP = 60;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string', default: 'movielens-small' },
      home: { type: 'string', default: '.matinee' },
      users: { type: 'string', default: '200' },
      kind: { type: 'string', default: 'list' },
      version: { type: 'string' },
    },
  });
  const engine = await openEngine(values);
  console.log(`seed ${SEED}`);
  const random = createRandom(SEED);
  const drawn = Array.from({ length: WARM_UP + Number(values.users) }, () => random.integer(engine.userCount));
  const asOf = Math.floor(Date.now() / 1000);
  const answer = values.kind === 'page' ? answerPage : answerList;
  const keeping: Engine = { ...engine, kept: new Map<FeedbackState, Remembered>() };
  const passes = [
    { title: 'first', engine },
    { title: 'again', engine },
    { title: 'with candidates that are kept now', engine: keeping },
    { title: 'with kept candidates', engine: keeping },
  ].map((pass) => ({ ...pass, traces: [] as Trace[], whole: [] as number[] }));
  for (const [at, userIndex] of drawn.entries()) {
    const input = { userIndex, feedback: { byItem: new Map() }, asOf };
    for (const pass of passes) {
      const startedAt = performance.now();
      const trace = await answer(pass.engine, input);
      if (at < WARM_UP) continue;
      pass.whole.push(performance.now() - startedAt);
      pass.traces.push(trace);
    }
  }
  for (const { title, traces, whole } of passes) report(title, traces, whole);
}

async function answerList(engine: Engine, input: RecommendInput): Promise<Trace> {
  return (await recommendList(engine, input, LIST_LENGTH, PATIENT)).trace;
}

async function answerPage(engine: Engine, input: RecommendInput): Promise<Trace> {
  const { sections, trace } = await recommendPage(engine, input, PATIENT);
  for (const { placements } of sections) {
    for (const { explain } of placements.slice(0, LIST_LENGTH)) await explain();
  }
  return trace;
}

function report(title: string, traces: readonly Trace[], whole: readonly number[]): void {
  console.log(`\n${title}: ${row(whole)}`);
  for (const stage of Object.keys(traces[0]?.stagesMs ?? {})) {
    console.log(`  ${stage.padEnd(22)} ${row(traces.map(({ stagesMs }) => stagesMs[stage] ?? 0))}`);
  }
}

function row(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(2);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  return `p10 ${at(0.1)}  p50 ${at(0.5)}  p99 ${at(0.99)}  mean ${mean.toFixed(2)} ms`;
}
