import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStores, type SqliteStores } from '@matinee/adapters/sqlite';
import { VISITOR_COOKIE } from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import { createSmallWorld } from '@matinee/recommender/testing';
import type { InjectOptions } from 'fastify';
import { createServer, type Server } from '../create-server.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { App } from '../http/app.ts';

export interface TestServer {
  readonly app: App;
  /** The server's stores, for what no route returns. */
  readonly stores: SqliteStores;
  readonly swap: Server['swap'];
  readonly report: Server['report'];
  readonly lookAtRelease: Server['lookAtRelease'];
  /**
   * Sends a request like a browser that holds the secret of its visitors; `json` is the parsed body. Profiles' sessions
   * are not held: tests send them as a header.
   */
  send(
    options: InjectOptions | string,
  ): Promise<{ status: number; json: never; headers: Record<string, unknown>; text: string }>;
  post(url: string, payload: unknown): ReturnType<TestServer['send']>;
  newVisitor(): Promise<number>;
  /** Sends a request of somebody else, who holds no secret. */
  sendAsStranger: TestServer['send'];
  close(): Promise<void>;
}

const world = createSmallWorld();

/**
 * Starts a complete server over the small world, in demo mode, with a real event log in a temporary folder.
 */
export async function startTestServer(overrides: Partial<ServerDependencies> = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-server-'));
  const stores = openSqliteStores(path.join(folder, 'events.db'));
  const { app, swap, report, lookAtRelease, close } = await createServer({
    ...(await world),
    eventLog: stores.events,
    visitors: stores.visitors,
    households: stores.households,
    newItems: stores.newItems,
    apiKeys: stores.apiKeys,
    probeStore: stores.probe,
    clock: Date.now,
    createId: randomUUID,
    demo: true,
    // Tests share the machine, so a request refused for lack of time says nothing about the server.
    limits: { maxWaitMs: 10_000 },
    ...overrides,
  });
  let cookie: string | undefined;
  const send: TestServer['send'] = async (options) => {
    const { headers = {}, ...rest } = typeof options === 'string' ? { url: options } : options;
    const answer = await sendAsStranger({
      ...rest,
      headers: { ...(cookie === undefined ? {} : { cookie }), ...headers },
    });
    const [given] = String(answer.headers['set-cookie'] ?? '').split(';');
    if (given?.startsWith(`${VISITOR_COOKIE}=`)) cookie = given;
    return answer;
  };
  const sendAsStranger: TestServer['send'] = async (options) => {
    const response = await app.inject(options as InjectOptions);
    let json: unknown;
    try {
      json = response.json();
    } catch {
      json = undefined;
    }
    return { status: response.statusCode, json: json as never, headers: response.headers, text: response.body };
  };
  const post: TestServer['post'] = (url, payload) => send({ method: 'POST', url, payload: payload as object });
  return {
    app,
    stores,
    swap,
    report,
    lookAtRelease,
    send,
    sendAsStranger,
    post,
    newVisitor: async () => ((await post('/api/v1/users', {})).json as { userIdx: UserIdx }).userIdx,
    async close() {
      await close();
      await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}
