import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstNotBefore } from './event-times.ts';

it('finds the first time that is not before the moment, within the part asked about', () => {
  const times = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 });
  fc.assert(
    fc.property(times, fc.nat(40), fc.nat(40), fc.integer({ min: -1, max: 21 }), (values, one, other, moment) => {
      const sorted = Float64Array.from(values).sort();
      const [start, end] = [Math.min(one, other, values.length), Math.min(Math.max(one, other), values.length)];
      let first = start;
      while (first < end && sorted[first] < moment) first++;
      expect(firstNotBefore(sorted, start, end, moment)).toBe(first);
    }),
  );
});
