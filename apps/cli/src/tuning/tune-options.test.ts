import { describe, expect, it } from 'vitest';
import { parseTuneOptions, type TuneArguments } from './tune-options.ts';

const args: TuneArguments = {
  model: 'ease',
  metric: 'ndcg@10',
  protocol: 'temporal',
  confidence: 'every-interaction',
  'min-item-count': '0',
  'min-user-count': '0',
  'positive-only': false,
  'request-time': true,
  seed: '1',
  resamples: '100',
};

describe('parseTuneOptions', () => {
  it.each([
    ['90s', 90_000],
    ['20m', 1_200_000],
    ['1.5h', 5_400_000],
  ])('takes a budget of %s', (budget, milliseconds) => {
    expect(parseTuneOptions({ ...args, budget }).budgetMs).toBe(milliseconds);
  });

  it('takes a number of trials, a time, or both', () => {
    expect(parseTuneOptions({ ...args, trials: '7' })).toMatchObject({ trialCount: 7, budgetMs: undefined });
    expect(parseTuneOptions({ ...args, trials: '7', budget: '1m' })).toMatchObject({ trialCount: 7, budgetMs: 60_000 });
    expect(() => parseTuneOptions(args)).toThrow(/--budget takes a time .*--trials a number/);
  });

  it('says which option is wrong and what it takes', () => {
    for (const budget of ['20', '0m', 'm', '-3s', '5 m', '1d']) {
      expect(() => parseTuneOptions({ ...args, budget })).toThrow(/--budget takes a time such as 90s, 20m or 2h/);
    }
    expect(() => parseTuneOptions({ ...args, trials: '0' })).toThrow(/--trials takes a whole number from 1/);
    expect(() => parseTuneOptions({ ...args, trials: '1', metric: 'ndcg' })).toThrow(/--metric: "ndcg" is none of/);
    expect(() => parseTuneOptions({ ...args, trials: '1', model: 'eas' })).toThrow(/--model: "eas" is none of/);
  });
});
