import path from 'node:path';
import { openSnapshotFile } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { Estimate, PairedDifference } from '@matinee/models/evaluation';
import {
  compareTrials,
  estimateTrial,
  proposeTrial,
  type TrialPlan,
  type TuningPlan,
  type ValidationSplit,
  withFields,
} from '@matinee/models/tuning';
import { defined, MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { runTrial } from './run-trial.ts';
import type { TuneOptions } from './tune-options.ts';
import type { TrialRecord, TuningStudy } from './tuning-study.ts';

/** A search and everything it needs to run. */
export interface StudyContext {
  readonly study: TuningStudy;
  readonly plan: TuningPlan;
  /** The complete configuration that trials change, with what the space fixes. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly dataset: Dataset;
  readonly split: ValidationSplit;
  readonly options: TuneOptions;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The result of a search. */
export interface StudyResult {
  readonly trials: readonly TrialRecord[];
  /** The best trial that was trained in full; `undefined` when all failed. */
  readonly best: TrialRecord | undefined;
  readonly defaults: TrialRecord | undefined;
  /** The best minus the defaults, paired on the same queries; `undefined` when one of them is missing. */
  readonly gain: PairedDifference | undefined;
}

/** So many failures in a row mean that the whole space, or the data, is at fault. */
const MAX_FAILURES_IN_A_ROW = 10;

/**
 * Tries one configuration after the other until the budget is spent, and records each trial as soon as it ends.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C, `TUNING_FAILED` when trials only fail. All trials stay recorded.
 */
export async function runStudy(context: StudyContext): Promise<StudyResult> {
  const { study, plan, options, progress } = context;
  const { values: tried } = study.trials;
  if (tried.length > 0)
    progress.note(`continuing after ${tried.length} earlier ${tried.length === 1 ? 'trial' : 'trials'}`);
  let failuresInARow = 0;
  while (!isSpent(tried, options)) {
    const next = proposeTrial(plan, tried);
    if (next === undefined) {
      progress.note('the space holds no further configuration to try');
      break;
    }
    const record = await tryOne(next, context);
    failuresInARow = record.status === 'failed' ? failuresInARow + 1 : 0;
    if (failuresInARow === MAX_FAILURES_IN_A_ROW) {
      throw new MatineeError(
        'TUNING_FAILED',
        `${failuresInARow} trials in a row failed, the last with: ${record.error?.message}; all are in ${study.folder}`,
      );
    }
  }
  return concludeStudy(context);
}

function isSpent(tried: readonly TrialRecord[], { trialCount, budgetMs }: TuneOptions): boolean {
  if (trialCount !== undefined && tried.length >= trialCount) return true;
  return budgetMs !== undefined && tried.reduce((sum, { ms }) => sum + ms, 0) >= budgetMs;
}

/** Marks a failed trial's stage as failed and carries its record. */
class FailedTrial extends Error {
  readonly record: TrialRecord;
  constructor(record: TrialRecord) {
    super(record.error?.message);
    this.record = record;
  }
}

async function tryOne(next: TrialPlan, context: StudyContext): Promise<TrialRecord> {
  const { study, options, progress } = context;
  const snapshotFile = path.join(study.folder, `trial-${next.number}.snapshot`);
  const name = `trial ${next.number}${options.trialCount === undefined ? '' : ` of ${options.trialCount}`}`;
  let over: { readonly record: TrialRecord; readonly values?: Float64Array };
  try {
    over = await progress.stage(`${name}: ${describeTrial(next)}`, async (stage) => {
      const finished = await runAndMeasure(next, snapshotFile, stage.update, context);
      if (finished.record.status === 'failed') throw new FailedTrial(finished.record);
      stage.summary(describeMetric(finished.record));
      return finished;
    });
  } catch (error) {
    if (!(error instanceof FailedTrial)) throw error;
    progress.note(`failed: ${error.message}`);
    over = { record: error.record };
  }
  await study.add(over.record, over.values);
  await openSnapshotFile(snapshotFile).remove();
  return over.record;
}

async function runAndMeasure(
  next: TrialPlan,
  snapshotFile: string,
  update: (done: number, total: number) => void,
  { base, dataset, split, options, workspace, progress, signal }: StudyContext,
): Promise<{ readonly record: TrialRecord; readonly values?: Float64Array }> {
  const { protocol, protocolConfig, confidence, filter, seed, metric, threadCount, resampleCount } = options;
  const startedAt = performance.now();
  const end = await runTrial(
    {
      home: workspace.home,
      datasetFolder: path.join(workspace.datasets, dataset.name),
      model: options.model,
      config: configOfTrial(base, next),
      options: { protocol, protocolConfig, confidence, filter, seed },
      metric,
      snapshotFile,
      ...defined({ threadCount }),
    },
    { progress, signal, update },
  );
  const common = {
    ...next,
    seed,
    ms: Math.round(performance.now() - startedAt),
    ...defined({ peakMemoryMiB: end.peakMemoryMiB }),
    finishedAt: new Date().toISOString(),
  };
  if (end.status === 'failed') return { record: { ...common, status: 'failed', error: end.error } };
  const { values, fitMs, rankMs } = end.outcome;
  const estimate = estimateTrial(values, usersOf(split), { resampleCount, seed });
  return { record: { ...common, status: 'done', metric: { name: metric, ...estimate }, fitMs, rankMs }, values };
}

/** The complete configuration of a trial. */
export function configOfTrial(base: object, { values, epochs }: TrialPlan): Record<string, unknown> {
  return withFields(base, { ...values, ...defined({ maxEpochs: epochs }) });
}

/** `0.0434 [0.0401, 0.0467]` */
export function describeEstimate({ value, low, high }: Estimate): string {
  return `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function describeMetric({ metric }: TrialRecord): string {
  return metric === undefined ? '' : `${metric.name} ${describeEstimate(metric)}`;
}

/** The values of a trial on one line. */
export function describeTrial({ origin, values, epochs }: TrialPlan): string {
  const settings = Object.entries(values).map(([field, value]) => `${shortName(field)}=${value}`);
  const head = origin === 'defaults' ? 'the defaults' : settings.join(' ');
  return epochs === undefined ? head : `${head}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
}

/** Shortens `sources.user-knn.config.shrinkage` to `user-knn.shrinkage`. */
function shortName(field: string): string {
  return field.replace(/^sources\.(.+)\.config\./, '$1.');
}

async function concludeStudy({ study, plan, split, options }: StudyContext): Promise<StudyResult> {
  const trials = study.trials.values;
  const full = trials.filter(({ epochs }) => epochs === plan.epochSteps.at(-1));
  const best = sortTrials(full)[0];
  const defaults = trials.find(({ origin, status }) => origin === 'defaults' && status === 'done');
  const { resampleCount, seed } = options;
  const valuesOf = (trial: TrialRecord | undefined): Promise<Float64Array | undefined> =>
    trial === undefined ? Promise.resolve(undefined) : study.valuesOf(trial, split.validation.queries.length);
  const [found, given] = [await valuesOf(best), await valuesOf(defaults)];
  const gain = found && given && compareTrials(found, given, usersOf(split), { resampleCount, seed });
  return { trials, best, defaults, gain };
}

/** The finished trials, best first: by number of epochs, then by the metric, then the earlier one. */
export function sortTrials(trials: readonly TrialRecord[]): readonly TrialRecord[] {
  const value = ({ metric }: TrialRecord): number => metric?.value ?? Number.NEGATIVE_INFINITY;
  return trials
    .filter(({ status }) => status === 'done')
    .sort((a, b) => (b.epochs ?? 0) - (a.epochs ?? 0) || value(b) - value(a) || a.number - b.number);
}

function usersOf({ validation }: ValidationSplit): Int32Array {
  return Int32Array.from(validation.queries, ({ userIndex }) => userIndex);
}
