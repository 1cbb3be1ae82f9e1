/**
 * Compares gradient boosting with Debian's scikit-learn and XGBoost, interleaved, on the same bytes.
 *
 * npm run bench -- gbdt [--cases a,b,c] [--threads 1,2] [--rounds 3] [--rows 500000] [--ml-1m FOLDER]
 *
 * Every run is a process of its own, so that its peak memory is its own. Training time is from the table in memory to
 * the fitted model, binning included. Ratios are Matinee ÷ peer within a round, then the median over rounds: on a busy
 * machine they are more reliable than seconds. Set OMP_WAIT_POLICY=PASSIVE there, or the peers' threads busy-wait for
 * each other. The peers need python3-sklearn and python3-xgboost; a missing peer is skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createExplainer,
  createPredictor,
  fitGbdt,
  type GbdtConfig,
  ndcgAtK,
  openThreadPool,
  type TrainingSet,
} from '@matinee/gbdt';
import { type TableFiles, writeDenseTable, writeRankingTable } from './peers/gbdt-tables.ts';

export const description = 'boosted trees beside scikit-learn and XGBoost: time, memory, held-out quality, serving';

const PYTHON = '/usr/bin/python3';
const NDCG_CUTOFF = 10;

interface Settings {
  readonly objective: 'logistic' | 'lambdamart';
  readonly featureCount: number;
  readonly treeCount: number;
  readonly maxLeaves: number;
  readonly maxBins: number;
  readonly learningRate: number;
  readonly l2Regularization: number;
  readonly minChildWeight: number;
  readonly threads: number;
}

interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly metric: number;
}

type Contestant = 'matinee' | 'sklearn' | 'xgboost';

interface Options {
  readonly cases: string;
  readonly threads: string;
  readonly rounds: string;
  readonly rows?: string | undefined;
  readonly 'ml-1m'?: string | undefined;
}

export async function run(args: readonly string[]): Promise<void> {
  // One measured run of Matinee: `train FOLDER SETTINGS PREDICTIONS`.
  if (args[0] === 'train') return trainOnce(args[1], JSON.parse(args[2]), args[3]);
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string', default: 'a' },
      threads: { type: 'string', default: '1,2' },
      rounds: { type: 'string', default: '3' },
      rows: { type: 'string' },
      'ml-1m': { type: 'string' },
    },
  });
  compareCases(values);
}

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function readGroups(path: string): Int32Array {
  const bytes = readFileSync(path);
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** One run of Matinee in its own process. */
async function trainOnce(folder: string, settings: Settings, predictionsPath: string): Promise<void> {
  const featureNames = Array.from({ length: settings.featureCount }, (_, feature) => `f${feature}`);
  const values = readFloats(join(folder, 'train.features'));
  const isRanking = settings.objective === 'lambdamart';
  const set: TrainingSet = {
    features: { rowCount: values.length / featureNames.length, featureNames, values },
    labels: readFloats(join(folder, 'train.labels')),
    ...(isRanking && { groupSizes: readGroups(join(folder, 'train.groups')) }),
  };
  const { treeCount, maxLeaves, maxBins, learningRate, l2Regularization, minChildWeight } = settings;
  const config: GbdtConfig = {
    objective: isRanking ? { kind: 'lambdamart', truncation: NDCG_CUTOFF } : { kind: 'logistic' },
    ...{ treeCount, maxLeaves, maxBins, learningRate, l2Regularization, minChildWeight },
    constantFeatures: 'ignore',
  };
  const started = performance.now();
  const pool = await openThreadPool(settings.threads);
  const model = fitGbdt(set, config, { pool });
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  const held = readFloats(join(folder, 'held.features'));
  const scores = new Float64Array(held.length / featureNames.length);
  createPredictor(model).scoreInto(held, scores.length, scores);
  writeFileSync(predictionsPath, scores);
  console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}

function runContestant(contestant: Contestant, files: TableFiles, settings: Settings): Run | undefined {
  const predictionsPath = join(files.folder, `${contestant}.predictions`);
  const text = JSON.stringify(settings);
  const [program, programArguments] =
    contestant === 'matinee'
      ? [
          process.execPath,
          [
            ...process.execArgv,
            join(import.meta.dirname, 'main.ts'),
            'gbdt',
            'train',
            files.folder,
            text,
            predictionsPath,
          ],
        ]
      : [PYTHON, [join(import.meta.dirname, 'peers/gbdt_peers.py'), contestant, files.folder, text, predictionsPath]];
  const env = { ...process.env, OMP_NUM_THREADS: String(settings.threads) };
  const result = spawnSync(program, programArguments, { env, encoding: 'utf8' });
  if (result.status !== 0) {
    console.log(`  ${contestant} did not run: ${result.stderr.trim().split('\n').at(-1)}`);
    return undefined;
  }
  const printed: { seconds: number; peakMiB: number } = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
  return { ...printed, metric: heldOutMetric(files.folder, predictionsPath, settings) };
}

/** Log-loss or NDCG@10, by one implementation for all libraries. */
function heldOutMetric(folder: string, predictionsPath: string, settings: Settings): number {
  const bytes = readFileSync(predictionsPath);
  const scores = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const labels = readFloats(join(folder, 'held.labels'));
  if (settings.objective === 'lambdamart') {
    return ndcgAtK(scores, labels, readGroups(join(folder, 'held.groups')), NDCG_CUTOFF);
  }
  let total = 0;
  for (let row = 0; row < labels.length; row++)
    total += Math.log1p(Math.exp(labels[row] === 1 ? -scores[row] : scores[row]));
  return total / labels.length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function compare(
  title: string,
  files: TableFiles,
  settings: Omit<Settings, 'threads' | 'featureCount'>,
  options: Options,
): void {
  const contestants: Contestant[] =
    settings.objective === 'lambdamart' ? ['matinee', 'xgboost'] : ['matinee', 'sklearn', 'xgboost'];
  const metricName = settings.objective === 'lambdamart' ? `NDCG@${NDCG_CUTOFF}` : 'log-loss';
  console.log(
    `\n${title}: ${files.trainRows} × ${files.featureCount}, ${settings.treeCount} trees × ${settings.maxLeaves} leaves`,
  );
  for (const threads of options.threads.split(',').map(Number)) {
    const rounds: Partial<Record<Contestant, Run>>[] = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      const runs: Partial<Record<Contestant, Run>> = {};
      for (const contestant of contestants) {
        const run = runContestant(contestant, files, { ...settings, featureCount: files.featureCount, threads });
        if (run) runs[contestant] = run;
      }
      rounds.push(runs);
    }
    for (const contestant of contestants) {
      const complete = rounds.filter((runs) => runs[contestant] && runs.matinee);
      if (complete.length === 0) continue;
      const pick = (field: keyof Run): number => median(complete.map((runs) => (runs[contestant] as Run)[field]));
      const ratio = median(complete.map((runs) => (runs.matinee as Run).seconds / (runs[contestant] as Run).seconds));
      const line = [
        `  ${threads} thread${threads > 1 ? 's' : ' '} ${contestant.padEnd(8)}`,
        `train ${pick('seconds').toFixed(2)} s`,
        `${metricName} ${pick('metric').toFixed(5)}`,
        `peak ${pick('peakMiB').toFixed(0)} MiB`,
      ];
      if (contestant !== 'matinee') line.push(`ours ÷ theirs: time ${ratio.toFixed(2)}`);
      console.log(line.join(' · '));
    }
  }
}

/** 500 candidates through 200 trees of 31 leaves, and SHAP for 100 of them, on one thread. */
function measureServing(files: TableFiles): void {
  const featureNames = Array.from({ length: files.featureCount }, (_, feature) => `f${feature}`);
  const rowCount = 20_000;
  const values = readFloats(join(files.folder, 'train.features')).subarray(0, rowCount * featureNames.length);
  const labels = readFloats(join(files.folder, 'train.labels')).subarray(0, rowCount);
  const model = fitGbdt(
    { features: { rowCount, featureNames, values }, labels },
    { objective: { kind: 'logistic' }, treeCount: 200 },
  );
  const predictor = createPredictor(model);
  const explainer = createExplainer(model);
  const scores = new Float64Array(500);
  const contributions = new Float64Array(100 * featureNames.length);
  const time = (work: () => void): string => {
    const times = Array.from({ length: 50 }, () => {
      const started = performance.now();
      work();
      return performance.now() - started;
    });
    return `median ${median(times).toFixed(2)} ms, first ${times[0].toFixed(2)} ms`;
  };
  console.log('\nserving, 200 trees × 31 leaves, 1 thread');
  console.log(`  score 500 candidates: ${time(() => predictor.scoreInto(values, 500, scores))} (aim ≤ 2)`);
  console.log(`  SHAP for 100 items: ${time(() => explainer.explainInto(values, 100, contributions))} (aim ≤ 30)`);
}

function compareCases(options: Options): void {
  const shared = { maxBins: 255, learningRate: 0.1, l2Regularization: 1, minChildWeight: 0.001 };
  const folder = mkdtempSync(join(tmpdir(), 'gbdt-bench-'));
  try {
    for (const name of options.cases.split(',')) {
      if (name === 'a') {
        const files = writeDenseTable(join(folder, 'a'), Number(options.rows ?? 500_000), 100_000, 30);
        compare('(a) dense', files, { objective: 'logistic', treeCount: 50, maxLeaves: 31, ...shared }, options);
        measureServing(files);
      } else if (name === 'b') {
        const files = writeDenseTable(join(folder, 'b'), Number(options.rows ?? 2_000_000), 100_000, 40);
        compare('(b) large', files, { objective: 'logistic', treeCount: 100, maxLeaves: 63, ...shared }, options);
      } else if (name === 'c') {
        const data = options['ml-1m'];
        if (data === undefined || !existsSync(join(data, 'ratings.csv.gz'))) {
          console.log('\n(c) needs --ml-1m FOLDER with movies.dat and ratings.csv.gz of MovieLens 1M; left out');
          continue;
        }
        const files = writeRankingTable(join(folder, 'c'), data);
        const ranking = { objective: 'lambdamart', treeCount: 100, maxLeaves: 31, ...shared } as const;
        compare('(c) ranking, MovieLens 1M', files, ranking, options);
      } else {
        console.log(`unknown case "${name}"; known: a, b, c`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
