import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSecretFile } from './secret-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-secret-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('creates one secret, the same for all who ask at once and later, readable by its owner only', async () => {
  const file = path.join(folder, 'deep', 'key');
  const secrets = await Promise.all(Array.from({ length: 8 }, () => openSecretFile(file)));
  expect(secrets[0]).toHaveLength(32);
  for (const secret of [...secrets, await openSecretFile(file)]) expect(secret).toEqual(secrets[0]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['key']);
  expect(await openSecretFile(path.join(folder, 'other'))).not.toEqual(secrets[0]);
});

it('refuses a file of another length, and says what to do', async () => {
  const file = path.join(folder, 'key');
  await writeFile(file, 'something else');
  await expect(openSecretFile(file)).rejects.toThrow(`${file} must hold 32 bytes; restore it from a backup`);
});
