import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ChildOptions, runChild } from './start-child.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-child-'));

function run(program: string, options: Partial<ChildOptions<{ readonly pid: number }>> = {}) {
  const file = path.join(folder, `${Math.random()}.mjs`);
  writeFileSync(file, program);
  return runChild<{ readonly pid: number }>({
    file,
    task: { word: 'begin' },
    onMessage: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

const SAYS_ITS_PID = "process.on('message', () => process.send({ pid: process.pid }));";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('runChild', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('hands over the task and the messages, and has no failure for a child that ends by itself', async () => {
    const messages: object[] = [];
    const program = "process.on('message', (task) => process.send(task, () => process.exit(0)));";
    expect(await run(program, { onMessage: (message) => messages.push(message) })).toBeUndefined();
    expect(messages).toEqual([{ word: 'begin' }]);
  });

  it('names a child that could not be started, and throws nothing', async () => {
    const failure = await run('', { execPath: path.join(folder, 'no-such-node') });
    expect(failure).toMatchObject({ code: 'CHILD_NOT_STARTED', message: expect.stringContaining('ENOENT') });
  });

  it('names the signal of a child that was killed', async () => {
    const failure = await run(SAYS_ITS_PID, { onMessage: ({ pid }) => process.kill(pid, 'SIGKILL') });
    expect(failure).toMatchObject({ code: 'CHILD_KILLED', message: expect.stringContaining('SIGKILL') });
  });

  it('names the code of a child that failed', async () => {
    expect(await run('process.exit(3)')).toMatchObject({ code: 'CHILD_FAILED' });
  });

  it('ends a child that is silent for too long', async () => {
    let child = 0;
    const limits = { hangMs: 300 };
    const onMessage = ({ pid }: { readonly pid: number }): void => {
      child = pid;
    };
    const failure = await run(SAYS_ITS_PID, { limits, onMessage });
    expect(failure).toMatchObject({ code: 'CHILD_HUNG' });
    expect(isAlive(child)).toBe(false);
  });

  it('keeps a child that sends heartbeats, and hands none of them on', async () => {
    const messages: object[] = [];
    const program =
      "process.on('message', () => { setInterval(() => process.send({ kind: 'heartbeat' }), 50); setTimeout(() => process.exit(0), 900); });";
    const failure = await run(program, { limits: { hangMs: 600 }, onMessage: (message) => messages.push(message) });
    expect([failure, messages]).toEqual([undefined, []]);
  });

  it('ends a child that is stopped and hears no SIGTERM', async () => {
    const stop = new AbortController();
    let child = 0;
    const onMessage = ({ pid }: { readonly pid: number }): void => {
      child = pid;
      process.kill(pid, 'SIGSTOP');
      stop.abort();
    };
    const failure = await run(SAYS_ITS_PID, { signal: stop.signal, limits: { graceMs: 200 }, onMessage });
    expect(failure).toBeUndefined();
    expect(isAlive(child)).toBe(false);
  });

  it('keeps the secrets of the server from the child', async () => {
    process.env['MATINEE_CATALOGUE_TOKEN'] = 'a-secret-of-the-server';
    const messages: object[] = [];
    const program = "process.on('message', () => process.send({ env: process.env }, () => process.exit(0)));";
    await run(program, { onMessage: (message) => messages.push(message) });
    delete process.env['MATINEE_CATALOGUE_TOKEN'];
    expect(JSON.stringify(messages)).toContain('PATH');
    expect(JSON.stringify(messages)).not.toContain('a-secret-of-the-server');
  });
});
