import { expect, it } from 'vitest';
import { rememberLatest } from './remember-latest.ts';

it('makes a value once while its key is among the latest, and again once it is not', () => {
  const made: object[] = [];
  const remember = rememberLatest((key: object) => made.push(key));
  const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () => ({})) as [
    object,
    object,
    object,
    object,
    object,
  ];
  for (const key of [first, second, third, fourth]) remember(key);
  expect([first, fourth, second, third].map(remember)).toEqual([1, 4, 2, 3]);
  expect(made).toHaveLength(4);
  remember(fifth);
  expect(remember(second)).toBe(2);
  expect(remember(first)).toBe(6);
});
