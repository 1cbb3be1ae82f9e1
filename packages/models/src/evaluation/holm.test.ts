import { describe, expect, it } from 'vitest';
import { correctPValues } from './holm.ts';

describe('correctPValues', () => {
  it('multiplies the smallest by their number, the next by one less, and never falls', () => {
    expect(correctPValues([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(correctPValues([0.02])).toEqual([0.02]);
    expect(correctPValues([0.9, 0.8])).toEqual([1, 1]);
    expect(correctPValues([])).toEqual([]);
  });
});
