import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { createClassSampler, shareOfTargets } from './sampled-classes.ts';

describe('createClassSampler', () => {
  const items = Int32Array.from({ length: 1000 }, (_, at) => Math.floor(at ** 2 / 20_000));
  const shares = new Float64Array(50);
  for (const item of items) shares[item] += 1 / items.length;

  it('holds every real target once, nothing twice, and says where each target stands', () => {
    const sampler = createClassSampler(shares, 20);
    for (let seed = 0; seed < 50; seed++) {
      const random = createRandom(seed);
      const targets = Int32Array.from({ length: 12 }, () => random.integer(50));
      const { classes, positions } = sampler.sample(targets, 8, random);
      expect(classes.length).toBe(20);
      expect(new Set(classes).size).toBe(20);
      for (let row = 0; row < 8; row++) expect(classes[positions[row]]).toBe(targets[row]);
      expect([...positions.subarray(8)]).toEqual([0, 0, 0, 0]);
    }
  });

  it.each([
    [12, 10],
    [20, 10],
    [40, 10],
    [48, 30],
  ])('states how often an item really is among %i classes of 50, with %i targets', (classCount, targetCount) => {
    const sampler = createClassSampler(shares, classCount);
    const random = createRandom(1);
    const present = new Float64Array(50);
    const stated = new Float64Array(50);
    const statements = new Float64Array(50);
    const draws = 40_000;
    for (let draw = 0; draw < draws; draw++) {
      const targets = Int32Array.from({ length: targetCount }, () => items[random.integer(items.length)]);
      const { classes, logitOffsets } = sampler.sample(targets, targetCount, random);
      classes.forEach((item, at) => {
        present[item]++;
        stated[item] += Math.exp(-logitOffsets[at]);
        statements[item]++;
      });
    }
    // In groups of ten items: the noise of one rare item alone is some 2 %.
    for (let group = 0; group < 50; group += 10) {
      const sum = (values: Float64Array): number => values.subarray(group, group + 10).reduce((a, b) => a + b, 0);
      const chance = sum(stated.map((total, item) => total / statements[item])) / 10;
      expect(sum(present) / draws / 10 / chance).toBeGreaterThan(0.97);
      expect(sum(present) / draws / 10 / chance).toBeLessThan(1.03);
    }
  });

  it('corrects nothing where all items are classes', () => {
    const { logitOffsets } = createClassSampler(shares, 50).sample(Int32Array.of(3, 3, 49), 3, createRandom(1));
    expect(logitOffsets).toEqual(new Float32Array(50));
  });

  it('refuses more classes than items, and more targets than classes', () => {
    expect(() => createClassSampler(shares, 51)).toThrow('51 classes of 50 items');
    const sampler = createClassSampler(shares, 3);
    expect(() => sampler.sample(Int32Array.of(1, 2, 3, 4), 4, createRandom(1))).toThrow('more than 3 distinct');
  });
});

describe('shareOfTargets', () => {
  // The sequences 0 1 2, and 3 with five more items.
  const sequences = { offsets: Int32Array.of(0, 3, 9), items: Int32Array.of(0, 1, 2, 3, 0, 1, 1, 2, 2) };
  const targets = (mostOfSequence: number, part: 'any' | 'newest'): number[] => {
    const shares = shareOfTargets(sequences, 4, { mostOfSequence, part });
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    return [...shares];
  };

  it('counts what is a target, and a long sequence for no more than its examples', () => {
    expect(targets(10, 'any')).toEqual([1 / 7, 3 / 7, 3 / 7, 0]);
    const [first, second, third] = targets(2, 'any');
    expect([first, second, third].map((share) => share * 4 * 5)).toEqual([2, 9, 9].map((n) => expect.closeTo(n, 9)));
    expect(targets(2, 'newest')).toEqual([0, 1 / 4, 3 / 4, 0]);
  });
});
