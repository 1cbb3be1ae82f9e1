import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeSystemError } from './system-error.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-system-'));
afterAll(() => rmSync(folder, { recursive: true }));

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

it('names the path and the reason of an error of the system, and no other error', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  const below = path.join(file, 'below');
  expect(describeSystemError(errorOf(() => readFileSync(folder)))).toBeUndefined();
  expect(describeSystemError(errorOf(() => readFileSync(below)))).toBe(
    `${below}: a part of the path is a file and no folder`,
  );
  const gone = path.join(folder, 'gone');
  expect(describeSystemError(errorOf(() => readFileSync(gone)))).toBe(`${gone}: there is no such file or folder`);
  expect(describeSystemError(new TypeError('x is not a function'))).toBeUndefined();
  expect(describeSystemError('text')).toBeUndefined();
});
