import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages that decide which items a model ranks how. */
const RANKING_PACKAGES = ['@matinee/numerics', '@matinee/gbdt', '@matinee/models'];

/** Folders of the models package that decide what a fitted source is. What blends and ranks them is not among them. */
const SOURCE_FOLDERS = [
  'artifacts',
  'config',
  'data',
  'retrieval',
  'sequence',
  'splits',
  'training',
  'two-tower',
  'vectors',
];

/** Of the models package: what is written of figures, and decides none. */
const REPORT_FOLDER = path.join('evaluation', 'report');

/**
 * sha256 over the code that fits and ranks, as it runs (sources or build). Names the code in reports, and makes kept
 * lists worthless as soon as a line of it changes.
 */
export function hashRankingCode(): Promise<string> {
  return hashCode((_, file) => path.dirname(file) !== REPORT_FOLDER);
}

/** sha256 over the code that decides what a fitted source is: makes kept sources worthless when it changes. */
export function hashSourceCode(): Promise<string> {
  return hashCode(
    (packageName, file) =>
      packageName === '@matinee/numerics' || SOURCE_FOLDERS.includes(file.split(path.sep)[0] as string),
  );
}

async function hashCode(includes: (packageName: string, file: string) => boolean): Promise<string> {
  const hash = createHash('sha256');
  for (const name of RANKING_PACKAGES) {
    const folder = path.dirname(fileURLToPath(import.meta.resolve(name)));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.includes(`${path.sep}testing${path.sep}`) && includes(name, path.relative(folder, file)))
      .sort();
    for (const file of files) {
      hash.update(`${name}/${path.relative(folder, file)}\0`);
      hash.update(await readFile(file));
      hash.update('\0');
    }
  }
  return hash.digest('hex');
}
