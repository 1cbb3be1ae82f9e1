import { defined } from '@matinee/numerics';
import type { ItemFact } from '../ports/item-fact.ts';
import { isCalendarDate } from './calendar-date.ts';
import { MATURITY_LABELS, maturityOfRating, type RatedTitle } from './maturity.ts';

/** Facts that an item table or a new item may have: the keys in `matinee.json` and in the API. */
export const FACT_COLUMNS = [
  'maturity',
  'distributor',
  'regions',
  'licenceStart',
  'licenceEnd',
  'original',
  'hidden',
] as const;
export type FactColumn = (typeof FACT_COLUMNS)[number];

/** Returns the trimmed text of a value; undefined if it is empty. */
export function textOf(value: unknown): string | undefined {
  const text = value === null || value === undefined ? '' : String(value).trim();
  return text === '' ? undefined : text;
}

/**
 * Reads the facts of a row, or returns its first unreadable cell as a problem. Empty cells are skipped.
 *
 * @param columns The row's key for each fact.
 * @param title What else the row says of the item: a label is read for what it meant on such a title.
 */
export function readItemFact(
  values: Readonly<Record<string, unknown>>,
  columns: Readonly<Partial<Record<FactColumn, string>>>,
  title: RatedTitle = { genres: [], year: 0 },
): ItemFact | { readonly problem: string } {
  const problems: string[] = [];
  /** Parses a cell; an unreadable one becomes a problem. */
  function read<T>(column: FactColumn, wanted: string, parse: (value: unknown) => T | undefined): T | undefined {
    const name = columns[column];
    const value = name === undefined ? undefined : values[name];
    const text = textOf(value);
    if (text === undefined) return undefined;
    const parsed = parse(Array.isArray(value) ? value : text);
    if (parsed === undefined) problems.push(`${column}: cannot read "${shorten(text)}" as ${wanted}`);
    return parsed;
  }
  const age = read('maturity', `an age from 0 to 18 or one of ${MATURITY_LABELS.join(', ')}`, (text) =>
    maturityOfRating(String(text), title),
  );
  const distributor = read('distributor', 'a name', String);
  const regions = read('regions', 'two-letter codes of countries, as in DE|FR', readRegions);
  const licenceStart = read('licenceStart', 'a date or time in ISO 8601', (text) => readMoment(String(text), 'start'));
  const licenceEnd = read('licenceEnd', 'a date or time in ISO 8601', (text) => readMoment(String(text), 'end'));
  const isOriginal = read('original', 'true or false', readFlag);
  const isHidden = read('hidden', 'true or false', readFlag);
  if (licenceStart !== undefined && licenceEnd !== undefined && licenceEnd <= licenceStart) {
    problems.push('licenceEnd: lies before licenceStart');
  }
  const [problem] = problems;
  if (problem !== undefined) return { problem };
  return {
    ...(age === undefined ? {} : { maturity: { age, source: 'listed' } }),
    ...defined({ distributor, regions, licenceStart, licenceEnd }),
    ...(isOriginal === true ? { isOriginal } : {}),
    ...(isHidden === true ? { isHidden } : {}),
  };
}

/** Values of requests end up in answers and logs. */
const LONGEST_SHOWN = 60;

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function readRegions(value: unknown): readonly string[] | undefined {
  const parts = Array.isArray(value) ? value.map(String) : String(value).split(/[|,;\s]+/);
  const codes = parts.map((part) => part.trim().toUpperCase()).filter((code) => code !== '');
  return codes.length > 0 && codes.every((code) => /^[A-Z]{2}$/.test(code)) ? [...new Set(codes)] : undefined;
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

function readFlag(value: unknown): boolean | undefined {
  const text = String(value).toLowerCase();
  return Object.hasOwn(FLAGS, text) ? FLAGS[text] : undefined;
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Parses a time to seconds since 1970, in UTC if it has no offset. A date alone means its beginning for `start` and its
 * end for `end`.
 */
function readMoment(text: string, edge: 'start' | 'end'): number | undefined {
  const [, date = '', time, offset = 'Z'] = MOMENT.exec(text) ?? [];
  if (!isCalendarDate(date)) return undefined;
  if (time === undefined) return Date.parse(`${date}T00:00:00Z`) / 1000 + (edge === 'end' ? SECONDS_A_DAY : 0);
  const moment = Date.parse(`${date}T${time}${offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase()}`);
  return Number.isNaN(moment) ? undefined : moment / 1000;
}

const SECONDS_A_DAY = 86_400;
