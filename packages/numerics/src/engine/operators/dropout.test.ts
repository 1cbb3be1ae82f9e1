import { describe, expect, it } from 'vitest';
import { createGraph, input } from '../graph/graph.ts';
import { dropout, fillDropoutMask } from './dropout.ts';

describe('dropout', () => {
  it('is the identity in a graph not built for training', () => {
    const graph = createGraph({ training: false });
    const x = input(graph, 'x', [3]);
    expect(dropout(x, 0.5)).toBe(x);
    expect(graph.dropoutMasks).toEqual([]);
  });
});

describe('fillDropoutMask', () => {
  const fill = (keepProbability: number, key: number, length = 100_001): Float32Array => {
    const mask = new Float32Array(length);
    fillDropoutMask(mask, keepProbability, key);
    return mask;
  };

  it('keeps the requested share and an expectation of 1', () => {
    for (const keepProbability of [0.1, 0.5, 0.8, 0.95]) {
      const mask = fill(keepProbability, 12345);
      const kept = mask.filter((value) => value > 0).length / mask.length;
      const mean = mask.reduce((sum, value) => sum + value, 0) / mask.length;
      expect(Math.abs(kept - keepProbability)).toBeLessThan(0.006);
      expect(Math.abs(mean - 1)).toBeLessThan(0.03);
    }
  });

  it('repeats for the same key; masks of two keys and neighbours in one mask are uncorrelated', () => {
    const mask = fill(0.5, 1);
    expect(fill(0.5, 1)).toEqual(mask);
    const other = fill(0.5, 2);
    let agreeing = 0;
    let neighbours = 0;
    for (let index = 1; index < mask.length; index++) {
      if (mask[index] === other[index]) agreeing++;
      if (mask[index] === mask[index - 1]) neighbours++;
    }
    expect(Math.abs(agreeing / mask.length - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(neighbours / mask.length - 0.5)).toBeLessThan(0.01);
  });
});
