import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSmallWorld } from '@matinee/recommender/testing';
import { startServer } from '@matinee/server';
import { describe, expect, it } from 'vitest';
import { NEEDS_SERVER, readmeExample, USABLE_ALONE } from './readme-example.mjs';

/** Inside the repository, so that imports resolve to its packages; ignored by every other tool. */
const folder = fileURLToPath(new URL('../node_modules/.cache/readme-examples', import.meta.url));

/** Returns what the example of a package prints. */
async function run(name: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}-${process.pid}.mts`);
  await writeFile(file, readmeExample(name));
  try {
    const flags = ['--import', 'tsx', '--conditions=@matinee/source'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { env });
    return stdout;
  } finally {
    await rm(file);
  }
}

describe('the first example of a README', () => {
  const alone = USABLE_ALONE.filter((name) => !NEEDS_SERVER.includes(name));

  it.each(alone)('runs as it stands: packages/%s', async (name) => {
    expect(await run(name)).not.toBe('');
  });

  it.each(NEEDS_SERVER)('runs as it stands against a server: packages/%s', async (name) => {
    const world = await createSmallWorld();
    const server = await startServer({ ...world, eventsFile: ':memory:', host: '127.0.0.1', port: 0 });
    try {
      const printed = await run(name, { ...process.env, MATINEE_URL: server.url });
      expect(printed).toMatch(/^.+ Story .+: Trending now$/m);
      expect(printed).toMatch(/^accepted\n404 USER_NOT_FOUND$/m);
    } finally {
      await server.close();
    }
  });
});
