import { describe, expect, it } from 'vitest';
import { describeStudy, type TuneTextInput } from './tune-text.ts';
import type { TrialRecord } from './tuning-study.ts';

const trialOf = (number: number, value: number | undefined, more: Partial<TrialRecord> = {}): TrialRecord => ({
  number,
  origin: number === 1 ? 'defaults' : 'random',
  values: { 'sources.ease.config.regularization': 100 * number },
  seed: 1,
  ms: 1000,
  finishedAt: '2026-01-01T00:00:00.000Z',
  ...(value === undefined
    ? { status: 'failed', error: { code: 'DIVERGED', message: 'the loss is no number' } }
    : { status: 'done', metric: { name: 'ndcg@10', value, low: value - 0.01, high: value + 0.01 } }),
  ...more,
});

const text = (trials: readonly TrialRecord[], more: Partial<TuneTextInput>): string =>
  describeStudy({
    folder: '/home/tuning',
    model: 'v2',
    metric: 'ndcg@10',
    queryCount: 1209,
    trials,
    best: undefined,
    defaults: trials[0],
    gain: undefined,
    fullEpochs: undefined,
    trainCommand: 'matinee train --model v2',
    ...more,
  });

describe('describeStudy', () => {
  it('puts the best first, and says the gain, that it is optimistic, and how to train', () => {
    const trials = [trialOf(1, 0.05), trialOf(2, 0.04), trialOf(3, 0.07), trialOf(4, undefined)];
    const gain = { value: 0.02, low: 0.01, high: 0.03, pValue: 0.004 };
    const shown = text(trials, { best: trials[2], gain });
    expect(shown).toContain('v2: 4 trials, 1 failed; ndcg@10 on 1,209 queries of validation');
    const [, first] = shown.split('\n').slice(2);
    expect(first).toMatch(/^3 +0\.0700 \[0\.0600, 0\.0800\] .* random +ease\.regularization=300$/);
    expect(shown).toContain('+0.0200 [0.0100, 0.0300], p 0.004\n');
    expect(shown).toContain('best of 3 on these very queries, so its figure is optimistic');
    expect(shown).toContain('The test was not looked at');
    expect(shown).toContain('matinee train --model v2');
  });

  it('calls an interval that holds 0 no clear difference', () => {
    const trials = [trialOf(1, 0.05), trialOf(2, 0.06)];
    const shown = text(trials, { best: trials[1], gain: { value: 0.01, low: -0.01, high: 0.03, pValue: 0.3 } });
    expect(shown).toContain('no clear difference');
  });

  it('keeps the defaults where nothing is better', () => {
    const trials = [trialOf(1, 0.05), trialOf(2, 0.04)];
    const shown = text(trials, { best: trials[0] });
    expect(shown).toContain('Nothing that was tried is better than the defaults: keep them.');
    expect(shown).not.toContain('matinee train');
  });

  it('counts those that were given up after few epochs among the choice, and does not recommend them', () => {
    const tried = trialOf(2, 0.09, { epochs: 5 });
    const trials = [trialOf(1, 0.05, { epochs: 40 }), tried];
    const shown = text(trials, { best: trials[0], fullEpochs: 40 });
    expect(shown).toContain('No other configuration came to be trained at all 40 epochs');
    const full = [...trials, trialOf(3, 0.08, { epochs: 40, values: tried.values })];
    const gain = { value: 0.03, low: 0.01, high: 0.05, pValue: 0.01 };
    expect(text(full, { best: full[2], gain, fullEpochs: 40 })).toContain('best of 2 on these');
  });

  it('says when nothing was finished, or the defaults were not', () => {
    expect(text([trialOf(1, undefined)], { defaults: undefined })).toContain('No trial was finished');
    const trials = [trialOf(1, undefined), trialOf(2, 0.05)];
    expect(text(trials, { best: trials[1], defaults: undefined })).toContain('no gain can be stated');
  });
});
