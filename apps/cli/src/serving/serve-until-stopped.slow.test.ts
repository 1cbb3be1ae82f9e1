import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerProcesses, findChild, isAlive, type ServerProcesses } from '../testing/server-processes.ts';
import { writeSmallData } from '../testing/small-data.ts';

const TIMEOUT_MS = 90_000;

let folder: string;
let processes: ServerProcesses;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-stop-'));
  const data = path.join(folder, 'ratings-of-few');
  await writeSmallData(data);
  processes = createServerProcesses(folder, data);
});
afterAll(async () => {
  processes.killAll();
  await rm(folder, { recursive: true });
});

/** The status of `/readyz`, or that nobody listens. */
const readiness = (url: string): Promise<number | 'refused'> =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status,
    () => 'refused',
  );

const statusOf = async (url: string): Promise<object> =>
  (await fetch(`${url}/api/v1/status`)).json() as Promise<object>;

// Only /proc tells which process trains.
describe.runIf(process.platform === 'linux')('SIGTERM (on Linux)', () => {
  it(
    'closes the server before a training process that hears nothing is killed, and ends with 0',
    async () => {
      const { child, url } = await processes.start('start', 'stopped-child', 0, 'v2');
      const training = await findChild(child, 'train-generations-process');
      process.kill(training, 'SIGSTOP');
      expect(await readiness(url)).toBe(200);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await expect.poll(() => readiness(url), { timeout: TIMEOUT_MS, interval: 20 }).toBe('refused');
      expect([child.exitCode, isAlive(training)]).toEqual([null, true]);
      child.kill('SIGTERM'); // changes nothing
      expect(await ended).toEqual([0, null]);
      expect(isAlive(training)).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'to a training process stands in the status and the log, and the server goes on',
    async () => {
      const { child, url, log } = await processes.start('start', 'ended-child', 0, 'v2');
      const training = await findChild(child, 'train-generations-process');
      // It has said something, so it hears the signal.
      await expect.poll(() => statusOf(url), { timeout: TIMEOUT_MS }).toHaveProperty('training');
      process.kill(training, 'SIGTERM');
      await expect.poll(log, { timeout: TIMEOUT_MS }).toContain('the training of v2 starts again');
      const message = 'the training process ended with code 143';
      expect(log()).toContain(`v2 could not be trained: ${message}`);
      expect(await statusOf(url)).toMatchObject({ trainingFailure: { generation: 'v2', message } });
      expect(await statusOf(url)).not.toHaveProperty('training');
      expect(await processes.stop(child, 'SIGTERM')).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe('an error that nothing handles', () => {
  const fail = (how: string): string[] => ['--import', `data:text/javascript,process.on('SIGUSR2',()=>{${how}})`];

  it.each([
    ['thrown', "throw new Error('planted')"],
    ['rejected', "Promise.reject(new Error('planted'))"],
  ])(
    'that is %s is logged in one line; the server drains and ends with 1',
    async (_, how) => {
      const { child, url, log } = await processes.start('serve', 'ended-child', 0, '', [], fail(how));
      expect(await readiness(url)).toBe(200);
      const before = log().length;
      expect(await processes.stop(child, 'SIGUSR2')).toBe(1);
      const lines = log().slice(before).trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { code: 'UNEXPECTED', message: 'planted' } });
    },
    TIMEOUT_MS,
  );
});
