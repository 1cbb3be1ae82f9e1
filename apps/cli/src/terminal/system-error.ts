/** What the codes of an operating system mean for a file. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk cannot be written',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file and no folder',
  EISDIR: 'it is a folder and no file',
  EEXIST: 'there is something else of this name',
  ELOOP: 'it is a link to itself',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk has an error',
};

/**
 * Describes an error of the operating system about a file in one sentence with its path. Returns undefined for another
 * error, which is a fault of the program.
 */
export function describeSystemError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path: file } = error as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''];
  return file === undefined || reason === undefined ? undefined : `${file}: ${reason}`;
}
