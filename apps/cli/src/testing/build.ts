import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Builds all packages, so that tests never run a stale command line.
 *
 * @throws {Error} with the compiler's messages.
 */
export function setup(): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b'], { cwd: REPOSITORY, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the command line cannot be built:\n${stdout}`);
}
