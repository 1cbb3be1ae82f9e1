import { describe, expect, it } from 'vitest';
import { ratingSlots } from './rating-slots.ts';

describe('ratingSlots', () => {
  it('has all ten ratings, also those that nobody gave', () => {
    const slots = ratingSlots([{ value: 3, count: 1 }]);
    expect(slots.map(({ value }) => value)).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]);
    expect(slots.reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });

  it('leaves another scale as it is', () => {
    const histogram = [
      { value: 1, count: 2 },
      { value: 100, count: 3 },
    ];
    expect(ratingSlots(histogram)).toBe(histogram);
  });
});
