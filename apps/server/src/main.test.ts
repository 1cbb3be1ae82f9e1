import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { StatusResponse } from '@matinee/contract';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, type StartServerOptions, startServer } from './main.ts';

let folder: string;
let server: RunningServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-main-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function isDemo(options: Pick<StartServerOptions, 'host'> & Partial<StartServerOptions>): Promise<boolean> {
  await server?.close();
  const eventsFile = path.join(folder, 'events.db');
  server = await startServer({ ...(await createSmallWorld()), eventsFile, port: 0, ...options });
  const { port } = new URL(server.url);
  return ((await (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).json()) as StatusResponse).demo;
}

describe('startServer', () => {
  it('begins in demo mode only where nobody else reaches the server', async () => {
    expect(await isDemo({ host: '127.0.0.1' })).toBe(true);
    expect(await isDemo({ host: '127.0.0.1', hostNames: ['movies.example'] })).toBe(false);
    expect(await isDemo({ host: '0.0.0.0' })).toBe(false);
  });

  it('counts requests wherever others reach the server, also through a proxy', async () => {
    const countsRequests = async (options: Parameters<typeof isDemo>[0]): Promise<boolean> => {
      await isDemo(options);
      const { port } = new URL(server?.url ?? '');
      return (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).headers.has('ratelimit-policy');
    };
    expect(await countsRequests({ host: '127.0.0.1' })).toBe(false);
    expect(await countsRequests({ host: '127.0.0.1', hostNames: ['movies.example'] })).toBe(true);
    expect(await countsRequests({ host: '0.0.0.0' })).toBe(true);
    const none = { perKey: 0, perUser: 0, perAddress: 0 };
    expect(await countsRequests({ host: '0.0.0.0', rateLimits: none })).toBe(false);
  });

  it('takes the operator’s word about demo mode', async () => {
    expect(await isDemo({ host: '127.0.0.1', demo: false })).toBe(false);
    expect(await isDemo({ host: '0.0.0.0', demo: true })).toBe(true);
  });
});
