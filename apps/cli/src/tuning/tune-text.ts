import { alignColumns } from '../terminal/align-columns.ts';
import type { StudyResult } from './run-study.ts';
import { describeEstimate, describeTrial, sortTrials } from './run-study.ts';
import type { TrialRecord } from './tuning-study.ts';

/** Rows of the table. */
const TOP = 10;

export interface TuneTextInput extends StudyResult {
  readonly folder: string;
  readonly model: string;
  readonly metric: string;
  readonly queryCount: number;
  /** Number of epochs of a full training, for models that are trained in epochs. */
  readonly fullEpochs: number | undefined;
  readonly trainCommand: string | undefined;
}

/** The result of a search as text for a terminal: the top trials, the gain with its interval, and the next command. */
export function describeStudy(input: TuneTextInput): string {
  const { folder, model, metric, queryCount, trials, best, trainCommand, fullEpochs } = input;
  const failed = trials.filter(({ status }) => status === 'failed').length;
  const lines = [
    '',
    `${model}: ${trials.length} trials, ${failed} failed; ${metric} on ${queryCount.toLocaleString('en')} queries of validation, 95 % intervals over users`,
    ...describeTop(sortTrials(trials).slice(0, TOP), fullEpochs !== undefined),
    '',
    ...describeGain(input),
  ];
  if (trainCommand !== undefined && best?.origin !== 'defaults') lines.push('', trainCommand);
  return [...lines, '', `every trial: ${folder}/trials.jsonl`].join('\n');
}

function describeTop(trials: readonly TrialRecord[], hasEpochs: boolean): string[] {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`);
  return alignColumns(
    [
      ['trial', ...(hasEpochs ? ['epochs'] : []), 'metric', 'fit', 'rank', 'memory', 'by', 'values'],
      ...trials.map((trial) => [
        String(trial.number),
        ...(hasEpochs ? [String(trial.epochs ?? '')] : []),
        trial.metric === undefined ? '' : describeEstimate(trial.metric),
        seconds(trial.fitMs),
        seconds(trial.rankMs),
        trial.peakMemoryMiB === undefined ? '' : `${trial.peakMemoryMiB.toLocaleString('en')} MiB`,
        trial.origin,
        describeTrial({ ...trial, origin: 'random' }).replace(/, \d+ epochs?$/, ''),
      ]),
    ],
    ['trial', 'by', 'values'],
  );
}

function describeGain({ trials, best, defaults, gain, metric, fullEpochs }: TuneTextInput): string[] {
  const done = trials.filter(({ status }) => status === 'done');
  const inFull = done.filter(({ epochs }) => epochs === fullEpochs).length;
  // Configurations that were dropped after few epochs count too: they were part of the choice.
  const configurations = new Set(done.map(({ values }) => JSON.stringify(values))).size;
  if (best === undefined) {
    return [
      `No trial was finished${fullEpochs === undefined ? '' : ` at all ${fullEpochs} epochs`}: nothing to recommend.`,
    ];
  }
  if (best.origin === 'defaults') {
    const others = inFull - 1;
    return [
      others > 0
        ? 'Nothing that was tried is better than the defaults: keep them.'
        : fullEpochs === undefined
          ? 'Only the defaults were tried: give a larger budget.'
          : `No other configuration came to be trained at all ${fullEpochs} epochs: give a larger budget.`,
    ];
  }
  const chosen = `Chosen as the best of ${configurations} on these very queries, so its figure is optimistic, and more so the more were tried;`;
  if (defaults === undefined || gain === undefined) {
    return [
      `The defaults failed, or their figures are lost: no gain can be stated. ${chosen} the test was not looked at.`,
    ];
  }
  const sign = gain.value >= 0 ? '+' : '';
  return [
    `Gain over the defaults in ${metric}, paired, on validation: ${sign}${describeEstimate(gain)}, p ${gain.pValue.toFixed(3)}${gain.low <= 0 ? ': no clear difference' : ''}`,
    `${chosen} the interval knows nothing of the choice. The test was not looked at.`,
  ];
}
