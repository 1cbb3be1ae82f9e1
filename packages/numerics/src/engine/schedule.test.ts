import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule.ts';

describe('learningRateAt', () => {
  it('rises linearly over the warm-up and stays without a decay', () => {
    const config = { learningRate: 0.4, warmupSteps: 4 };
    expect([1, 2, 4, 5, 900].map((step) => learningRateAt(config, step))).toEqual([0.1, 0.2, 0.4, 0.4, 0.4]);
  });

  it('falls to the final share along a line or half a cosine, and no further', () => {
    const config = { learningRate: 1, warmupSteps: 10, totalSteps: 110, finalShare: 0.1 };
    for (const decay of ['linear', 'cosine'] as const) {
      expect(learningRateAt({ ...config, decay }, 60)).toBeCloseTo(0.55, 12);
      expect(learningRateAt({ ...config, decay }, 110)).toBeCloseTo(0.1, 12);
      expect(learningRateAt({ ...config, decay }, 500)).toBeCloseTo(0.1, 12);
    }
    expect(learningRateAt({ ...config, decay: 'cosine' }, 35)).toBeGreaterThan(
      learningRateAt({ ...config, decay: 'linear' }, 35),
    );
  });

  it('throws BAD_SCHEDULE for a decay without an end', () => {
    expect(() => learningRateAt({ learningRate: 1, decay: 'linear' }, 1)).toThrow('needs totalSteps above 0');
  });
});
