import { MatineeError } from '@matinee/numerics';

/** What to do about an error of the file system, by its code (errno(3)). */
const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the quota of this user is used up; free some space',
  EFBIG: 'the file would be larger than this process may write; raise the limit (ulimit -f)',
  EROFS: 'the disk is mounted read-only; choose another --home, or mount it for writing',
  EACCES: 'this user may not do that; give it the file, or choose another --home',
  EPERM: 'this user may not do that; give it the file, or choose another --home',
  ENOTDIR: 'a file stands where a folder belongs; move it away',
  EEXIST: 'a file stands where a folder belongs; move it away',
  EISDIR: 'a folder stands where a file belongs; move it away',
  ENOTEMPTY: 'a folder stands where another belongs; move it away',
  EMFILE: 'this process has too many files open; raise the limit (ulimit -n)',
  ENFILE: 'the system has too many files open',
  EIO: 'the disk does not answer as it should; look at the log of the system',
  ELOOP: 'symbolic links lead in a circle; remove one',
  ENAMETOOLONG: 'the name is too long; choose a shorter --home or --name',
};

/** The same for errors of the event log, by the code of SQLite. */
const STORE_FIXES: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'the disk is full; free some space'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'it cannot be written; allow writing to it, or choose another --home'],
  [/^SQLITE_BUSY/, 'another process writes to it for too long; try again, or end that process'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'it is damaged; restore it from a backup, or move it away to begin a new one'],
  [/^SQLITE_IOERR/, 'the disk does not answer as it should; look at the log of the system'],
];

/** An error as a code and one sentence. */
export interface FailureText {
  /** `UNEXPECTED` for an error that nobody has foreseen. */
  readonly code: string;
  readonly message: string;
}

/** Describes any error. What went wrong with a file names its path and what to do. */
export function describeFailure(error: unknown): FailureText {
  if (error instanceof MatineeError) return { code: error.code, message: error.message };
  const ofFile = describeFileError(error);
  if (ofFile !== undefined) return { code: 'FILE_UNUSABLE', message: ofFile };
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

function describeFileError(error: unknown): string | undefined {
  const { code = '', path, syscall = 'use' } = error as NodeJS.ErrnoException;
  const ofStore = STORE_FIXES.find(([pattern]) => pattern.test(String(code)))?.[1];
  if (ofStore !== undefined) return `cannot use the event log (${code}): ${ofStore}`;
  const fix = FIXES[code];
  if (fix === undefined) return undefined;
  return `cannot ${syscall} ${path ?? 'a file of the home'} (${code}): ${fix}`;
}
