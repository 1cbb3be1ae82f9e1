import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const built = pathToFileURL(path.join(import.meta.dirname, '../../dist/training/lower-priority.js')).href;

/** Reads what the process itself reads: a test process that lowers its own priority cannot raise it again. */
const PROGRAM = `
  import { readdirSync } from 'node:fs';
  import os from 'node:os';
  import { lowerPriority } from '${built}';
  lowerPriority(19);
  console.log(JSON.stringify(readdirSync('/proc/self/task').map((id) => os.getPriority(Number(id)))));`;

it.runIf(process.platform === 'linux')('lowers the priority of all threads, not of the first alone', () => {
  const options = ['--input-type=module', '--eval', PROGRAM];
  const niceness = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as number[];
  expect(niceness.length).toBeGreaterThan(2);
  expect(new Set(niceness)).toEqual(new Set([19]));
});
