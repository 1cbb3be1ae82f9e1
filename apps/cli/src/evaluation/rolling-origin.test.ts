import { describe, expect, it } from 'vitest';
import { describeRolling, parseOrigins } from './rolling-origin.ts';

describe('parseOrigins', () => {
  it('takes 2 to 6 cuts, of the protocol temporal only', () => {
    expect(parseOrigins('6', { protocol: 'temporal' })).toBe(6);
    for (const text of ['1', '7', 'five', '']) {
      expect(() => parseOrigins(text, { protocol: 'temporal' })).toThrow('--origins takes');
    }
    expect(() => parseOrigins('3', { protocol: 'leave-one-out' })).toThrow('--origins belongs to --protocol temporal');
  });
});

describe('describeRolling', () => {
  it('names the cuts, the queries of all together, and each model against the one above', () => {
    const estimate = { value: 0.05, low: 0.04, high: 0.06 };
    const view = { queryCount: 250, userCount: 200, metrics: { 'ndcg@10': estimate, 'recall@50': estimate } };
    const text = describeRolling({
      origins: [0.8, 0.9],
      models: [
        { name: 'popularity', ...view, ndcgByOrigin: [0.04, 0.06] },
        {
          name: 'item-knn',
          ...view,
          ndcgByOrigin: [0.05, 0.05],
          difference: { value: -0.001, low: -0.01, high: 0.02, pValue: 0.8 },
        },
      ],
    });
    expect(text).toContain('2 cuts in time, at 80 %, 90 % of the interactions');
    expect(text).toContain('250 queries of 200 users');
    expect(text).toMatch(/item-knn .*0\.0500 \[0\.0400, 0\.0600\] .*−0\.0010 \[−0\.0100, 0\.0200\] .*0\.0500 0\.0500/);
  });
});
