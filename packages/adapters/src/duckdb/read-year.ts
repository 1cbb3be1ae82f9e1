import { textOf } from '@matinee/recommender';
import { isMissing } from './read-genres.ts';

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';

/** Ways to write a year or a date from which the year can be told without a guess. */
const YEARS = [
  /^\(?(\d{4})(?:\.0+)?\)?$/,
  /^(\d{4})-(?:0[1-9]|1[0-2])(?:-\d{2}(?:[T ].*)?)?$/,
  /^(\d{4})\/(?:0?[1-9]|1[0-2])(?:\/\d{1,2})?$/,
  /^(\d{4})\s*[-–]\s*(?:\d{4})?$/,
  new RegExp(`^(?:\\d{1,2}[ -])?${MONTH}[ -](\\d{4})$`, 'i'),
  new RegExp(`^${MONTH} \\d{1,2},? (\\d{4})$`, 'i'),
];

/**
 * Reads a year from a cell: 1999, 1999.0, a date in ISO 8601, 01-Jan-1995, a range (its first year). Returns 0 for an
 * empty cell and undefined for one that cannot be read, such as 05/06/1987 or n/a.
 */
export function readYear(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === undefined || isMissing(text)) return 0;
  for (const pattern of YEARS) {
    const year = pattern.exec(text)?.[1];
    if (year !== undefined) return Number(year);
  }
  return undefined;
}
