import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

describe('createRandom', () => {
  it('repeats its draws for the same seed and differs for another', () => {
    const draw = (seed: number) => Array.from({ length: 8 }, createRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('draws uniform numbers with the mean and variance of U(0, 1)', () => {
    const random = createRandom(1);
    const count = 200_000;
    let sum = 0;
    let squares = 0;
    for (let draw = 0; draw < count; draw++) {
      const value = random.next();
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(squares / count - mean * mean).toBeCloseTo(1 / 12, 2);
  });

  it('draws normals with mean 0 and variance 1', () => {
    const random = createRandom(2);
    const count = 200_000;
    let sum = 0;
    let squares = 0;
    for (let draw = 0; draw < count; draw++) {
      const value = random.normal();
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / count)).toBeLessThan(0.01);
    expect(squares / count).toBeCloseTo(1, 1);
  });

  it('shuffles into a permutation', () => {
    const shuffled = createRandom(3).shuffle(Int32Array.from({ length: 100 }, (_, index) => index));
    expect(Array.from(shuffled)).not.toEqual(Array.from(shuffled).sort((a, b) => a - b));
    expect(Array.from(shuffled).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('forks streams that differ by label and do not depend on earlier draws', () => {
    const first = createRandom(4);
    const second = createRandom(4);
    second.next();
    expect(first.fork('bootstrap').next()).toBe(second.fork('bootstrap').next());
    expect(first.fork('bootstrap').next()).not.toBe(first.fork('split').next());
  });
});
