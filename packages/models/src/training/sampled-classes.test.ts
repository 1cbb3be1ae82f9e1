import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { createClassSampler, shareOfItems } from './sampled-classes.ts';

describe('createClassSampler', () => {
  const items = Int32Array.from({ length: 1000 }, (_, at) => Math.floor(at ** 2 / 20_000));
  const shares = shareOfItems(items, 50);

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

  it('corrects by how often an item really is among the classes', () => {
    const sampler = createClassSampler(shares, 20);
    const random = createRandom(1);
    const seen = new Float64Array(50);
    const expected = new Float64Array(50);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++) {
      const targets = Int32Array.from({ length: 10 }, () => items[random.integer(items.length)]);
      const { classes, logitOffsets } = sampler.sample(targets, 10, random);
      classes.forEach((item, at) => {
        seen[item] += 1 / draws;
        // E[1/q̂ · 1(sampled)] is 1 when q̂ is the item's chance.
        expected[item] += Math.exp(logitOffsets[at]) / draws;
      });
    }
    for (let item = 0; item < 50; item++) {
      expect(seen[item]).toBeGreaterThan(0);
      expect(expected[item]).toBeGreaterThan(0.75);
      expect(expected[item]).toBeLessThan(1.25);
    }
  });

  it('refuses more classes than items, and more targets than classes', () => {
    expect(() => createClassSampler(shares, 51)).toThrow('51 classes of 50 items');
    const sampler = createClassSampler(shares, 3);
    expect(() => sampler.sample(Int32Array.of(1, 2, 3, 4), 4, createRandom(1))).toThrow('more than 3 distinct');
  });
});
