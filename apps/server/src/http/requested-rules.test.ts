import { createEngine } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { describe, expect, it } from 'vitest';
import { createRequestRulesCompiler } from './requested-rules.ts';

describe('the filters of requests', () => {
  it('are applied to the catalogue once each, pausing, and looked up from then on', async () => {
    const { dataset, release } = await createSmallWorld();
    let pauses = 0;
    const compile = createRequestRulesCompiler(createEngine(dataset, release), async () => void pauses++);
    const first = await compile({ filter: 'genre = "Comedy"' });
    expect(pauses).toBe(1);
    const again = await compile({ filter: 'genre = "Comedy"', exclude: '3,4' });
    expect(pauses).toBe(1);
    expect(again.exclude).toEqual([3, 4]);
    for (const item of [0, 1, 7]) expect(again.filter?.(item)).toBe(first.filter?.(item));
    await expect(compile({ filter: 'genre = ' })).rejects.toThrow('expected a number or a text');
  });
});
