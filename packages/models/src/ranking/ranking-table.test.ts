import { describe, expect, it } from 'vitest';
import { checkRankingTable, locateQueries, type RankingTable, requireSameFeatures } from './ranking-table.ts';

const table: RankingTable = {
  featureNames: ['a', 'b'],
  rowCount: 3,
  values: Float32Array.of(1, 2, 3, Number.NaN, 5, 6),
  labels: Float32Array.of(0, 1, 1),
  groupSizes: Int32Array.of(1, 2),
};

describe('checkRankingTable', () => {
  it('accepts a sound table, and one without queries', () => {
    expect(() => checkRankingTable('train', table)).not.toThrow();
    const none = { values: new Float32Array(0), labels: new Float32Array(0), groupSizes: new Int32Array(0) };
    expect(() => checkRankingTable('train', { ...table, ...none, rowCount: 0 })).not.toThrow();
  });

  it.each<[string, Partial<RankingTable>, string, string]>([
    ['no features', { featureNames: [] }, 'BAD_FEATURES', 'train: featureNames is empty'],
    ['a repeated name', { featureNames: ['a', 'a'] }, 'BAD_FEATURES', 'two features are called "a"'],
    ['a value too few', { values: new Float32Array(5) }, 'BAD_FEATURES', '3 rows of 2 features need 6'],
    ['a label too many', { labels: new Float32Array(4) }, 'BAD_LABELS', 'labels has 4 values for 3 rows'],
    ['a graded label', { labels: Float32Array.of(0, 2, 1) }, 'BAD_LABELS', 'labels[1] is 2; a label is 0 or 1'],
    ['groups that end early', { groupSizes: Int32Array.of(1, 1) }, 'BAD_GROUPS', 'sums to 2 and the table has 3 rows'],
    ['an empty group', { groupSizes: Int32Array.of(3, 0) }, 'BAD_GROUPS', 'groupSizes[1] is 0'],
  ])('refuses %s', (_, change, code, message) => {
    const check = (): void => checkRankingTable('train', { ...table, ...change });
    expect(check).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

describe('requireSameFeatures', () => {
  it.each([
    [['a', 'b', 'c'], 'validation: feature 2 is nothing and must be "c"'],
    [['b', 'a'], 'validation: feature 0 is "a" and must be "b"'],
    [['a'], 'validation: feature 1 is "b" and must be nothing'],
  ])('names what differs from %j', (expected, message) => {
    expect(() => requireSameFeatures('validation', table, expected)).toThrow(message);
  });
});

describe('locateQueries', () => {
  it('finds the rows and positives of every query', () => {
    expect(locateQueries(table)).toEqual([
      { start: 0, end: 1, positiveCount: 0 },
      { start: 1, end: 3, positiveCount: 2 },
    ]);
  });
});
