import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type LockKind, tryLock } from '@matinee/adapters/sqlite';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import type { Workspace } from './workspace.ts';

/** Gives a lock back. The end of the process does so too. */
export type Unlock = () => void;

type LockedWork = 'preparing' | 'reading' | 'training' | 'downloading';

interface Waiting {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 200;

/**
 * Locks the name of a data set for replacing its data. Waits for another process that prepares it.
 *
 * @param refusal Says what to do while another process reads the data.
 * @throws {MatineeError} `DATASET_IN_USE` while a server or a command reads the data; `CANCELLED`.
 */
export async function lockForPreparing(
  workspace: Workspace,
  name: string,
  waiting: Waiting,
  refusal = `the data of ${name} have changed, and another process uses the prepared ones in ${workspace.home}; ` +
    'stop that process, or prepare them under another --name',
): Promise<Unlock> {
  const preparing = await waitForLock(lockFile(workspace, name, 'preparing'), 'exclusive', waiting, () =>
    waiting.progress.note(`waiting for another process that prepares ${name} in ${workspace.home}`),
  );
  const reading = tryLock(lockFile(workspace, name, 'reading'), 'exclusive');
  if (reading === undefined) {
    preparing();
    throw new MatineeError('DATASET_IN_USE', refusal);
  }
  return () => {
    reading();
    preparing();
  };
}

/**
 * Locks the data of a data set against replacement, as many processes may at once. Waits for one that replaces it.
 *
 * @throws {MatineeError} `CANCELLED`.
 */
export function lockForReading(workspace: Workspace, name: string, waiting: Waiting): Promise<Unlock> {
  // What cannot be written cannot be replaced.
  if (!isWritable(workspace.home)) return Promise.resolve(() => undefined);
  return waitForLock(lockFile(workspace, name, 'reading'), 'shared', waiting, () =>
    waiting.progress.note(`waiting for another process that prepares ${name} in ${workspace.home}`),
  );
}

/**
 * Locks the training beside a server, so that two servers of one home do not train and swap the same releases. Waits
 * until the other one has ended.
 *
 * @throws {MatineeError} `CANCELLED`.
 */
export function lockForTraining(workspace: Workspace, name: string, waiting: Waiting): Promise<Unlock> {
  return waitForLock(lockFile(workspace, name, 'training'), 'exclusive', waiting, () =>
    waiting.progress.note(
      `another process trains and refreshes ${name} in ${workspace.home}; this one only serves, and takes over when that one ends`,
    ),
  );
}

/**
 * Locks the download of a set, which several processes would write to one file. Waits for another one.
 *
 * @throws {MatineeError} `CANCELLED`.
 */
export function lockForDownload(workspace: Workspace, set: string, waiting: Waiting): Promise<Unlock> {
  return waitForLock(lockFile(workspace, set, 'downloading'), 'exclusive', waiting, () =>
    waiting.progress.note(`waiting for another process that downloads ${set} to ${workspace.home}`),
  );
}

async function waitForLock(file: string, kind: LockKind, { signal }: Waiting, onWait: () => void): Promise<Unlock> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const unlock = tryLock(file, kind);
    if (unlock !== undefined) return unlock;
    if (attempt === 0) onWait();
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  throw new MatineeError('CANCELLED', 'stopped while waiting for another process');
}

/** The names of data sets may hold dots, but these words only follow the last one. */
function lockFile({ home }: Workspace, name: string, what: LockedWork): string {
  return path.join(home, 'locks', `${name}.${what}`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
