import { describe, expect, it } from 'vitest';
import { estimateMaturity, MATURITY_LABELS, maturityOfRating, readMaturity } from './maturity.ts';

describe('readMaturity', () => {
  it('reads labels and ages', () => {
    expect(['G', 'pg', ' PG-13 ', 'R', 'NC-17', 'TV-14'].map(readMaturity)).toEqual([0, 7, 13, 17, 18, 14]);
    expect(['0', '12', '16+', '18'].map(readMaturity)).toEqual([0, 12, 16, 18]);
    expect(['FSK 12', 'fsk ab 16', 'FSK-0', 'PEGI 7', 'USK18'].map(readMaturity)).toEqual([12, 16, 0, 7, 18]);
    for (const label of MATURITY_LABELS) expect(readMaturity(label)).toBeLessThanOrEqual(18);
  });

  it('reads nothing into anything else', () => {
    for (const text of ['', '19', '-1', '7.5', 'Not Rated', 'PG13', 'constructor', '__proto__', '100']) {
      expect(readMaturity(text), text).toBeUndefined();
    }
  });
});

describe('maturityOfRating', () => {
  it.each([
    // PG before July 1984 let pass what PG-13 covers since.
    ['PG', ['Drama'], 1975, undefined, 13],
    ['PG', ['Action', 'Horror'], 1975, undefined, 13],
    ['PG', ['Comedy'], 1984, 6, 13],
    ['PG', ['Comedy'], 1984, 7, 10],
    ['PG', ['Comedy'], 1984, undefined, 13],
    ['PG', ['Comedy'], 1996, undefined, 10],
    ['PG', ['Comedy'], 0, undefined, 10],
    ['GP', ['Western'], 1970, undefined, 13],
    ['TV-PG', ['Drama'], 2010, undefined, 10],
    // For children.
    ['PG', ['Children', 'Comedy'], 1975, undefined, 7],
    ['PG', ['Animation'], 2001, undefined, 7],
    ['PG', ['children'], 2001, undefined, 7],
    // The older of the label's age and what dark genres suggest.
    ['PG', ['Children', 'Horror'], 2001, undefined, 13],
    ['PG', ['Thriller'], 2001, undefined, 13],
    ['G', ['Drama', 'War'], 1939, undefined, 13],
    ['G', ['Musical'], 1965, undefined, 0],
    ['TV-Y7', ['Animation', 'Crime'], 2005, undefined, 13],
    ['R', ['Horror'], 1978, undefined, 17],
    // An age is what somebody has set, and without genres nothing more is known.
    ['6', ['Horror'], 1975, undefined, 6],
    ['PG', [], 1975, undefined, 7],
  ])('reads %s of %j in %i, month %s, as %i', (label, genres, year, month, age) => {
    expect(maturityOfRating(label, { genres, year, ...(month === undefined ? {} : { month }) })).toBe(age);
  });

  it('reads no age into a title that was not rated', () => {
    for (const label of ['Approved', 'Passed', 'Not Rated', 'Unrated', 'Open']) {
      expect(maturityOfRating(label, { genres: ['Children'], year: 1950 }), label).toBeUndefined();
    }
  });
});

describe('estimateMaturity', () => {
  it('is 7 for films for children, 13 for dark ones of them, 17 for all others', () => {
    expect(estimateMaturity(['Children', 'Comedy'])).toBe(7);
    expect(estimateMaturity(['Children', 'Thriller'])).toBe(13);
    expect(estimateMaturity(['Animation', 'Comedy'])).toBe(17);
    expect(estimateMaturity([])).toBeUndefined();
  });
});
