import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Files that programs leave beside the parts of a table. */
const NO_PART = /^[._]/;
const TABLE_ENDING = /\.(?:csv|tsv|txt|jsonl|ndjson|json|parquet)(?:\.gz)?$/;

/**
 * Returns the files of a table, sorted by path: the file itself; the tables below a folder, as Spark writes them; or the
 * files that match a pattern, in which `*` is any part of a name, `?` one character and `**` any folders. Names that
 * begin with a dot or an underscore are left out. Returns an empty list if there is no such file.
 */
export function findParts(file: string): readonly string[] {
  if (existsSync(file)) {
    if (!statSync(file).isDirectory()) return [file];
    return filesBelow(file).filter((each) => TABLE_ENDING.test(each));
  }
  if (!/[*?]/.test(file)) return [];
  const names = file.split(path.sep);
  const base =
    names
      .slice(
        0,
        names.findIndex((name) => /[*?]/.test(name)),
      )
      .join(path.sep) || path.sep;
  const pattern = patternOf(file);
  return existsSync(base) ? filesBelow(base).filter((each) => pattern.test(each)) : [];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (each) =>
        !path
          .relative(folder, each)
          .split(path.sep)
          .some((name) => NO_PART.test(name)),
    )
    .filter((each) => existsSync(each) && statSync(each).isFile())
    .sort((a, b) => (a < b ? -1 : 1));
}

function patternOf(file: string): RegExp {
  const pattern = file.replace(/\*\*\/|[*?]|[\\^$.|+()[\]{}]/g, (found) => {
    if (found === '**/') return '(?:.*/)?';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
  return new RegExp(`^${pattern}$`);
}
