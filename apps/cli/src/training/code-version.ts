import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MatineeError } from '@matinee/numerics';

/** A file of the code that is hashed. */
interface CodeFile {
  /** Its path within its package, after the package's name: the same on every machine. */
  readonly label: string;
  readonly file: string;
}

interface ReadCodeFile extends CodeFile {
  readonly text: string;
}

/** URL of the module that an import of another package names. */
type ResolvePackage = (specifier: string) => string;

const resolvePackage: ResolvePackage = (specifier) => import.meta.resolve(specifier);

/**
 * Folders of the models package whose results are cached. The code that decides those results is imported from there.
 */
const RANKING_MODULES = ['candidates', 'evaluation', 'generations', 'release', 'tuning'];

/** Folders of the models package that make training data of a data set. The commands call them before any fit. */
const DATA_MODULES = ['data', 'splits'];

/**
 * sha256 over the code that fits, ranks and measures, as it runs (sources or build). It names the code in reports and
 * is part of the key of every cached result, so that a changed line invalidates them.
 */
export function hashRankingCode(): Promise<string> {
  return hashReachedCode([...DATA_MODULES, ...RANKING_MODULES].map((folder) => entryOf(`@matinee/models/${folder}`)));
}

/** sha256 over the code that decides what a fitted source is: part of the key of cached sources. */
export function hashSourceCode(): Promise<string> {
  return hashReachedCode(sourceEntries());
}

/** The files from which all code is reached that makes training data and fits sources on it. */
export function sourceEntries(): readonly CodeFile[] {
  const generations = entryOf('@matinee/models/generations');
  return [
    ...DATA_MODULES.map((folder) => entryOf(`@matinee/models/${folder}`)),
    besideEntry(generations, 'fit-sources'),
  ];
}

function entryOf(specifier: string): CodeFile {
  const file = fileURLToPath(resolvePackage(specifier));
  return { label: `${specifier}/${path.basename(file)}`, file };
}

/** Another file of the folder; `.ts` or `.js` as the entry is. */
function besideEntry({ label, file }: CodeFile, name: string): CodeFile {
  const base = `${name}${path.extname(file)}`;
  return { label: path.posix.join(path.posix.dirname(label), base), file: path.join(path.dirname(file), base) };
}

/** sha256 over the labels and texts of the files that {@link findReachedCode} finds. */
export async function hashReachedCode(
  entries: readonly CodeFile[],
  resolve: ResolvePackage = resolvePackage,
): Promise<string> {
  const hash = createHash('sha256');
  for (const { label, text } of await findReachedCode(entries, resolve)) hash.update(`${label}\0${text}\0`);
  return hash.digest('hex');
}

/**
 * The entries and all files that they import, directly or not, relatively or from `@matinee` packages; by label.
 * Imports of types are not followed, since a build has none; neither are third-party packages.
 *
 * @throws {MatineeError} `NOT_FOUND` when an entry does not exist.
 */
export async function findReachedCode(
  entries: readonly CodeFile[],
  resolve: ResolvePackage = resolvePackage,
): Promise<readonly ReadCodeFile[]> {
  const reached = new Map<string, ReadCodeFile>();
  let pending = entries;
  while (pending.length > 0) {
    const read = await Promise.all(pending.map(async (each) => ({ ...each, text: await readText(each.file) })));
    const imported = new Map<string, CodeFile>();
    for (const { file, label, text } of read) {
      if (text === undefined) {
        if (pending === entries) throw new MatineeError('NOT_FOUND', `the code file ${file} does not exist`);
        continue; // what looks like an import stands in a comment
      }
      reached.set(file, { label, file, text });
      for (const specifier of importsOf(text)) {
        const target = follow(specifier, { file, label }, resolve);
        if (target !== undefined) imported.set(target.file, target);
      }
    }
    pending = [...imported.values()].filter(({ file }) => !reached.has(file));
  }
  return [...reached.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** `import … from 'x'`, `export … from 'x'` and `import 'x'`, over several lines too; none of `import type`. */
const STATIC_IMPORT = /^\s*(?:import|export)\s+(?!type\s)(?:[^'"`;]*?\sfrom\s+)?['"]([^'"\n]+)['"]/gm;
/** `import('x')` and `new URL('x', import.meta.url)`, as workers and child processes are named. */
const DYNAMIC_IMPORT = /\b(?:import|new\s+URL)\(\s*['"]([^'"\n]+)['"]/g;

function importsOf(text: string): string[] {
  return [STATIC_IMPORT, DYNAMIC_IMPORT].flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ([, specifier]) => specifier as string),
  );
}

function follow(specifier: string, from: CodeFile, resolve: ResolvePackage): CodeFile | undefined {
  if (/^\.\.?\/.*\.[tj]s$/.test(specifier)) {
    return {
      label: path.posix.join(path.posix.dirname(from.label), specifier),
      file: path.resolve(path.dirname(from.file), specifier),
    };
  }
  if (!specifier.startsWith('@matinee/')) return undefined;
  try {
    const file = fileURLToPath(resolve(specifier));
    return { label: `${specifier}/${path.basename(file)}`, file };
  } catch {
    return undefined; // no export of this package, so no code that runs
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
