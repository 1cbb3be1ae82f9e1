import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isRunning, ownMark } from './process-mark.ts';

const PREFIX = '.partial-';

/**
 * Returns a new name for a file or folder that is not complete yet: `.partial-<process>-<random>`. Names of data sets,
 * releases and files never begin like this, so a partial cannot stand in for one.
 */
export function partialName(): string {
  return `${PREFIX}${ownMark()}-${randomUUID().slice(0, 8)}`;
}

/** Removes the partials of a folder whose process has ended. Those of running processes stay. */
export async function removeDeadPartials(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const mark = name.slice(PREFIX.length).replace(/-[^-]*$/, '');
    if (!isRunning(mark)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
