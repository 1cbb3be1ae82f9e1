import type { Release } from '@matinee/models/release';
import { describe, expect, it } from 'vitest';
import { describeRelease } from './describe-release.ts';

type Training = NonNullable<Release['training']>;

function linesOf(training: Partial<Training>): readonly string[] {
  const sources = [{ name: 'item-knn', weight: 1, model: {} as Release['sources'][number]['model'] }];
  return describeRelease({ version: 'abc', sources, training: { metrics: {}, ...training } as Training }).split('\n');
}

const leftOut: Training['leftOut'] = [
  { part: 'two-tower', cause: 'data', reason: 'two-tower learns from users with events of two or more titles' },
  { part: 'ranker', cause: 'validation', reason: 'it does not order better than the blend' },
];
const metrics = {
  'validation.queries': 40,
  'validation.ndcg@100': 0.5,
  'validation.ndcg@100.item-knn': 0.4,
};

describe('the description of a release', () => {
  it('says what the release does without, and why', () => {
    expect(linesOf({ metrics, leftOut })).toEqual([
      'release abc',
      expect.stringMatching(/^ {2}item-knn +weight 1.000 +NDCG@100 alone 0.4000$/),
      expect.stringMatching(/^ {2}blend +NDCG@100 +0.5000$/),
      '  without two-tower: two-tower learns from users with events of two or more titles',
      '  without ranker: it does not order better than the blend',
      expect.stringMatching(/^Measured on the 40 queries that the weights were learned on, so not a test result/),
    ]);
  });

  it('says that last items were held out in place of the latest part', () => {
    expect(linesOf({ metrics, heldOutInstead: 'all events have the same time, or none' }).at(-1)).toContain(
      'learned on, everybody’s last items (all events have the same time, or none), so not a test result',
    );
  });

  it('says so where nothing could be held out', () => {
    expect(linesOf({ leftOut })).toEqual([
      'release abc',
      'too little data to learn weights: all sources count the same',
      expect.stringMatching(/^ {2}without two-tower: /),
      expect.stringMatching(/^ {2}without ranker: /),
    ]);
  });
});
