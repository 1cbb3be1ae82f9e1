/**
 * Opens the homes of new visitors from several clients at once, and counts the answers by status: none should be 503.
 *
 * Options: `--home FOLDER` serves the release trained last there (with `matinee train --preset v2 --home FOLDER`), and
 * without it V1 is trained in a temporary folder; `--data FOLDER` (default: the bundled set); `--visitors N` (200);
 * `--clients N,N,…` (5,10,20,50,100), each a connection that opens one home after the other.
 *
 * Every home is the first thing a visitor asks for, so nothing of it is cached under its address. Fails if a home is
 * refused. The times say something on a quiet machine only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withServer } from './load/serving-process.ts';

export const description = 'homes of new visitors from many clients at once: answers by status, and how long they took';

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string' },
      visitors: { type: 'string', default: '200' },
      clients: { type: 'string', default: '5,10,20,50,100' },
    },
  });
  const temporary =
    values.home === undefined ? mkdtempSync(path.join(os.tmpdir(), 'matinee-new-visitors-')) : undefined;
  const server = {
    home: values.home ?? (temporary as string),
    data: values.data,
    isTrained: values.home !== undefined,
    cacheMegabytes: 32,
    oneCore: false,
  };
  try {
    await withServer(server, async ({ base }) => {
      for (const clients of values.clients.split(',').map(Number)) {
        await measure(base, Number(values.visitors), clients);
      }
    });
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

interface Visitor {
  readonly userIdx: number;
  readonly secret: string;
}

async function measure(base: string, visitorCount: number, clients: number): Promise<void> {
  const waiting: Visitor[] = [];
  for (let index = 0; index < visitorCount; index++) waiting.push(await newVisitor(base));
  const statuses = new Map<number, number>();
  const times: number[] = [];
  const client = async (): Promise<void> => {
    for (let visitor = waiting.pop(); visitor !== undefined; visitor = waiting.pop()) {
      const startedAt = performance.now();
      const headers = { 'x-matinee-visitor': visitor.secret };
      const answer = await fetch(`${base}/api/v1/home?userIdx=${visitor.userIdx}`, { headers });
      await answer.arrayBuffer();
      times.push(performance.now() - startedAt);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  times.sort((a, b) => a - b);
  const counts = Array.from(statuses, ([status, count]) => `${count} × ${status}`).join(', ');
  const at = (share: number): string => `${Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)} ms`;
  console.log(`${clients} clients: ${counts}; median ${at(0.5)}, longest ${at(1)}`);
  if (statuses.get(200) !== visitorCount) process.exitCode = 1;
}

async function newVisitor(base: string): Promise<Visitor> {
  const answer = await fetch(`${base}/api/v1/users`, { method: 'POST' });
  return (await answer.json()) as Visitor;
}
