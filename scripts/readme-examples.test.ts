import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readmeExample, USABLE_ALONE } from './readme-example.mjs';

/** Inside the repository, so that imports resolve to its packages; ignored by every other tool. */
const folder = fileURLToPath(new URL('../node_modules/.cache/readme-examples', import.meta.url));

describe('the first example of a README', () => {
  it.each(USABLE_ALONE)('runs as it stands: packages/%s', async (name) => {
    const example = readmeExample(name);
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${name}-${process.pid}.mts`);
    await writeFile(file, example);
    try {
      const flags = ['--import', 'tsx', '--conditions=@matinee/source'];
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, file]);
      expect(stdout).not.toBe('');
    } finally {
      await rm(file);
    }
  });
});
