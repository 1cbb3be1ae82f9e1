import { describe, expect, it } from 'vitest';
import { studentReach } from './student-t.ts';

describe('studentReach', () => {
  it.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 5, 2.571],
    [0.95, 30, 2.042],
    [0.99, 2, 9.925],
    [0.5, 4, 0.741],
    [0, 2, 0],
  ])('is what tables of t have: chance %d, %d degrees of freedom', (chance, degreesOfFreedom, reach) => {
    expect(studentReach(chance, degreesOfFreedom)).toBeCloseTo(reach, 3);
  });
});
