import { textOf } from '@matinee/recommender';
import { parseJson } from './exact-json.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** What programs write into an empty cell, and MovieLens for an item without genres. */
const NONE = /^(?:\\N|none|null|nan|<na>|\(no genres listed\))$/i;

/** Returns whether a text stands for a missing value. */
export function isMissing(text: string): boolean {
  return NONE.test(text);
}

/** The genres of an item, and what could not be read. */
export interface ReadGenres {
  readonly genres: readonly string[];
  readonly problem?: string;
}

/**
 * Reads the genres in a cell: names with a separator between them; a list in JSON or Python, which may hold lists, and
 * objects with a `name`; or an object whose keys are the genres and whose values say how often or whether
 * (`{"Drama": 3}`). Repeated and empty names are left out.
 *
 * @param value The cell: a text, or the value of a JSON or Parquet column.
 */
export function readGenres(value: unknown, separator: string): ReadGenres {
  const cell = typeof value === 'string' ? (textOf(value) ?? null) : value;
  if (typeof cell === 'string' && /^[[{(]/.test(cell) && !isMissing(cell)) {
    const list = parseList(cell);
    return list === undefined ? unreadable(cell) : collect(list);
  }
  return collect(typeof cell === 'string' ? cell.split(separator) : cell);
}

function parseList(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    value = parsePythonLiteral(text);
  }
  return typeof value === 'object' && value !== null ? value : undefined;
}

function unreadable(value: unknown): ReadGenres {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { genres: [], problem: `genres: cannot read "${text.replaceAll('"', "'").slice(0, 100)}" as a list` };
}

function collect(value: unknown): ReadGenres {
  const names = new Set<string>();
  let problem: string | undefined;
  const add = (each: unknown): void => {
    if (Array.isArray(each)) for (const one of each) add(one);
    else if (typeof each === 'object' && each !== null) addObject(each as Readonly<Record<string, unknown>>);
    else {
      const name = textOf(each);
      if (name === undefined || isMissing(name)) return;
      if (/^[[{]/.test(name)) problem ??= unreadable(name).problem;
      else names.add(name);
    }
  };
  const addObject = (object: Readonly<Record<string, unknown>>): void => {
    const entries = Object.entries(object);
    if (typeof object['name'] === 'string') add(object['name']);
    else if (entries.every(([, weight]) => typeof weight === 'number' || typeof weight === 'boolean')) {
      for (const [name, weight] of entries) if (Number(weight) > 0) add(name);
    } else problem ??= unreadable(object).problem;
  };
  add(value);
  return { genres: [...names], ...(problem === undefined ? {} : { problem }) };
}
