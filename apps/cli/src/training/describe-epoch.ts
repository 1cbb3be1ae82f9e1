import type { FitProgress } from '@matinee/models/training';

/** Describes the end of an epoch in one line. */
export function describeEpoch(report: FitProgress): string {
  const { epoch, maxEpochs, loss, validation = Number.NaN, bestEpoch, tokensPerSecond, secondsLeft } = report;
  return [
    `epoch ${epoch} of ${maxEpochs}`,
    `loss ${loss.toFixed(4)}`,
    `validation ${validation.toFixed(4)}${bestEpoch === epoch ? ', the best so far' : ''}`,
    `${Math.round(tokensPerSecond).toLocaleString('en')} examples/s`,
    `at most ${Math.ceil(secondsLeft / 60)} min left`,
  ].join(' · ');
}
