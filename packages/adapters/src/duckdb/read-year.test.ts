import { expect, it } from 'vitest';
import { readYear } from './read-year.ts';

it.each([
  ['1999-05-01', 1999],
  ['2001-01-01T00:00:00Z', 2001],
  ['1987.0', 1987],
  [1987, 1987],
  ['01-Jan-1995', 1995],
  ['November 18, 1994', 1994],
  ['Oct 2008', 2008],
  ['1999/05/01', 1999],
  ['1993-1998', 1993],
  ['(1972)', 1972],
  ['', 0],
  [null, 0],
  ['\\N', 0],
  ['NaN', 0],
  ['05/06/1987', undefined],
  ['n/a', undefined],
  ['1999-13-01', undefined],
  ['87', undefined],
  ['19990501', undefined],
  [Number.NaN, 0],
])('reads the year of %j as %j', (value, year) => {
  expect(readYear(value)).toBe(year);
});
