import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import Database from 'libsql';

/** Many processes hold a shared lock at once; an exclusive one excludes all others. */
export type LockKind = 'shared' | 'exclusive';

/**
 * Takes the lock that a file stands for, and returns the function that gives it back; `undefined` when another process
 * holds it. The system gives it back when the process ends, however it ends, so no lock is ever left over.
 *
 * @param file Created empty, with its folder, if it does not exist. It is never removed: whoever waits has it open.
 * @throws {MatineeError} `LOCK_UNUSABLE` when the file cannot be used.
 * @remarks It is the lock of an SQLite file. Nothing else in the process may open that file, since closing a file gives
 * back all locks that the process has on it (fcntl(2)); connections of SQLite know of each other.
 */
export function tryLock(file: string, kind: LockKind): (() => void) | undefined {
  let database: Database.Database | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    database = new Database(file);
    database.exec('PRAGMA busy_timeout = 0');
    database.exec(kind === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN');
    // A transaction takes its shared lock with the first read.
    if (kind === 'shared') database.exec('SELECT count(*) FROM sqlite_master');
    const held = database;
    return () => {
      // The file stays locked after `close` until the garbage collector has found every statement.
      held.exec('ROLLBACK');
      held.close();
    };
  } catch (error) {
    database?.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MatineeError('LOCK_UNUSABLE', `cannot lock ${file}: ${reason}; remove what stands there`, {
      cause: error,
    });
  }
}
