import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * Takes everybody's but the owner's access to a home from files that an earlier version, or a person, made readable: the
 * event log and the secrets in it name people. What this process creates from now on is private from the start.
 *
 * The folder itself is tightened only where it holds nothing but Matinee's, since `--home` may name one that is shared.
 * Files of other owners are left alone.
 *
 * @param ours Names below the home that are Matinee's.
 */
export function makePrivate(home: string, ours: readonly string[]): void {
  process.umask(0o077);
  const names = namesIn(home);
  for (const name of names.filter((each) => ours.includes(each))) tighten(path.join(home, name));
  for (const name of namesIn(path.join(home, 'events'))) tighten(path.join(home, 'events', name));
  if (names.length > 0 && names.every((name) => ours.includes(name) || name.startsWith('.partial-'))) tighten(home);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function tighten(file: string): void {
  try {
    const stats = lstatSync(file);
    const mode = stats.isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE;
    if (stats.isSymbolicLink() || stats.uid !== process.getuid?.() || (stats.mode & 0o077) === 0) return;
    chmodSync(file, mode);
  } catch {
    // Gone meanwhile, or on a disk that knows no modes or cannot be written: it is as it was.
  }
}
