import { writeFile } from 'node:fs/promises';
import { MatineeError } from '@matinee/numerics';
import { expect, it } from 'vitest';
import { describeFailure } from './describe-failure.ts';

it('names the path and the fix of what the system refuses', async () => {
  const error: unknown = await writeFile('/proc/version/deep/file', '').catch((cause: unknown) => cause);
  expect(describeFailure(error)).toEqual({
    code: 'FILE_UNUSABLE',
    message: 'cannot open /proc/version/deep/file (ENOTDIR): a file stands where a folder belongs; move it away',
  });
});

it.each([
  ['ENOSPC', 'cannot write /home/x (ENOSPC): the disk is full; free some space'],
  [
    'EROFS',
    'cannot write /home/x (EROFS): the disk is mounted read-only; choose another --home, or mount it for writing',
  ],
  ['SQLITE_FULL', 'cannot use the event log (SQLITE_FULL): the disk is full; free some space'],
  [
    'SQLITE_CORRUPT_VTAB',
    'cannot use the event log (SQLITE_CORRUPT_VTAB): it is damaged; restore it from a backup, or move it away to begin a new one',
  ],
])('says what to do about %s', (code, message) => {
  const error = Object.assign(new Error('raw'), { code, path: '/home/x', syscall: 'write' });
  expect(describeFailure(error)).toEqual({ code: 'FILE_UNUSABLE', message });
});

it('passes on what is explained already, and marks what nobody has foreseen', () => {
  expect(describeFailure(new MatineeError('NOT_FOUND', 'no release'))).toEqual({
    code: 'NOT_FOUND',
    message: 'no release',
  });
  expect(describeFailure(new TypeError('x is undefined'))).toEqual({ code: 'UNEXPECTED', message: 'x is undefined' });
  expect(describeFailure('text')).toEqual({ code: 'UNEXPECTED', message: 'text' });
});
