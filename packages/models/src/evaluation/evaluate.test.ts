import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import type { DenseScorer } from './rank-fold.ts';
import { constantScorer, evaluateOptions, queryOf, smallFold } from './testing/worlds.ts';

describe('evaluate', () => {
  it('gives the numbers that can be worked out by hand', async () => {
    // Lists: user 0 (history 0, 1): 4 3 2, target 4 at rank 1. User 1 (history 2): 4 3 1 0, target 3 at rank 2.
    const { evaluation } = await evaluate(constantScorer([1, 2, 3, 4, 5, 6]), smallFold(), evaluateOptions(6));
    const at = (metric: string): number | undefined => evaluation.all.metrics[metric].value;
    expect(at('hr@5')).toBe(1);
    expect(at('recall@5')).toBe(1);
    expect(at('precision@5')).toBeCloseTo(0.2, 12);
    expect(at('mrr@5')).toBeCloseTo((1 + 1 / 2) / 2, 12);
    expect(at('map@5')).toBeCloseTo((1 + 1 / 2) / 2, 12);
    expect(at('ndcg@5')).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12);
    // Shown: 4 3 2 and 4 3 1 0, of five items that exist: exposures 1 1 1 2 2 of 7.
    expect(evaluation.catalogue['coverage@5']).toBe(1);
    expect(evaluation.catalogue['gini@5']).toBeCloseTo((-4 * 1 - 2 * 1 + 0 * 1 + 2 * 2 + 4 * 2) / 7 / 4, 12);
    // Three training users; items 0 … 3 were met by one each, item 4 by none: log2(3) bits all.
    expect(evaluation.lists['novelty@5'].value).toBeCloseTo(Math.log2(3), 12);
  });

  it('measures a perfect model as 1 and a hopeless one as 0', async () => {
    const knowing: DenseScorer = {
      scoreAll: ({ userIndex }, scores) => scores.set(userIndex === 0 ? [0, 0, 0, 0, 1, 0] : [0, 0, 0, 1, 0, 0]),
    };
    const perfect = (await evaluate(knowing, smallFold(), evaluateOptions(6))).evaluation;
    for (const metric of ['hr', 'recall', 'ndcg', 'mrr', 'map']) {
      expect(perfect.all.metrics[`${metric}@5`]).toEqual({ value: 1, low: 1, high: 1 });
    }
    const hopeless = constantScorer([1, 1, 1, Number.NaN, Number.NaN, 1]);
    const { evaluation } = await evaluate(hopeless, smallFold(), evaluateOptions(6));
    expect(Object.values(evaluation.all.metrics).map(({ value }) => value)).toEqual(new Array(30).fill(0));
  });

  it('depends on the order of what is no target only through the target’s rank', async () => {
    // Any scores for the other items that keep them below (or above) the target leave all accuracy as it is.
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([10, 11, 12], { minLength: 3 }), async ([a, b, c]) => {
        const fold = smallFold({
          queries: [
            queryOf(
              0,
              [
                [0, 1],
                [1, 2],
              ],
              10,
              [4],
            ),
          ],
        });
        const { evaluation } = await evaluate(constantScorer([0, 0, a, b, 5, c]), fold, evaluateOptions(6));
        expect(evaluation.all.metrics['mrr@10'].value).toBeCloseTo(1 / 3, 12);
      }),
    );
  });

  it('gives each user and item segment its own queries', async () => {
    const { evaluation } = await evaluate(constantScorer([1, 2, 3, 4, 5, 6]), smallFold(), evaluateOptions(6));
    expect(evaluation.userSegments.map(({ name, queryCount }) => [name, queryCount])).toEqual([['cold users', 2]]);
    // Item 4 is not in training; items 0 … 3 have one user each, so 0 and 1 are head, 2 torso… and 3 torso too.
    expect(evaluation.itemSegments.map(({ name, queryCount }) => [name, queryCount])).toEqual([
      ['torso items', 1],
      ['cold items', 1],
    ]);
  });

  it('reports queries whose target is tied with the history apart from the others', async () => {
    const tied = queryOf(0, [[0, 10]], 10, [4]);
    const untied = queryOf(1, [[2, 3]], 12, [3]);
    const fold = smallFold({ queries: [tied, untied] });
    const { evaluation } = await evaluate(constantScorer([1, 2, 3, 4, 5, 6]), fold, evaluateOptions(6));
    const ofSegments = evaluation.waitSegments.map(({ name, queryCount, metrics }) => [
      name,
      queryCount,
      metrics['mrr@5'].value,
    ]);
    expect(ofSegments.slice(0, 2)).toEqual([
      ['tied queries', 1, 1],
      ['untied queries', 1, 0.5],
    ]);
  });

  it('gives an equal result for equal input', async () => {
    const run = () => evaluate(constantScorer([1, 2, 3, 4, 5, 6]), smallFold(), evaluateOptions(6));
    expect(await run()).toEqual(await run());
  });
});
