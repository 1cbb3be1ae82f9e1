import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSecretFile } from '@matinee/adapters/files';
import { openStoresInWorker } from '@matinee/adapters/sqlite';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { pino } from 'pino';
import { createServer } from './create-server.ts';
import type { ServedData } from './dependencies.ts';
import { hostRuleOf, isLoopback } from './http/hosts.ts';
import { DEFAULT_RATE_LIMITS, NO_RATE_LIMITS } from './http/rate-limits.ts';
import { collectAsAServer } from './serving/garbage-collection.ts';
import type { ServerSettings } from './settings.ts';
import type { GenerationProgress } from './stream/training-progress.ts';

/** What to serve, where, and the server's settings. */
export interface StartServerOptions extends ServedData, ServerSettings {
  /** SQLite file of the event log; created if it does not exist. `:memory:` keeps nothing. */
  readonly eventsFile: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface RunningServer {
  /** Address of the server, such as `http://localhost:8003`. */
  readonly url: string;
  /**
   * Serves another release of the same data from the next request on, and resolves then. No request is dropped.
   *
   * @throws {MatineeError} `RELEASE_MISMATCH`, `BAD_RELEASE`; the present release is then still served.
   */
  swap(release: Release): Promise<void>;
  /** Returns the release served now and the number of positive events since it was trained. */
  served(): { readonly release: Release; readonly newEngagements: number };
  /** Publishes the progress of training to the page and to `/api/v1/status`. May be called often. */
  report(progress: GenerationProgress): void;
  /** Whether programs need API keys, and how many valid ones there are. */
  readonly keys: { readonly areRequired: boolean; readonly count: number };
  /** Finishes the requests in progress, then closes the event log. */
  close(): Promise<void>;
}

/** The name of a store that keeps nothing. */
const IN_MEMORY = ':memory:';

/** Folder of the built page, relative to `src` and to `dist`. */
const WEB_ROOT = fileURLToPath(new URL('../../web/dist', import.meta.url));

/**
 * Starts a server with SQLite stores, a log on standard error and the built page, and listens.
 *
 * @throws {MatineeError} `PORT_IN_USE`, `CANNOT_LISTEN`, `STORE_UNUSABLE`, `STORE_UNAVAILABLE`, `STORE_DAMAGED`,
 * `BAD_FILE`, `RELEASE_MISMATCH`, `BAD_RELEASE`.
 */
export async function startServer({
  eventsFile,
  host,
  port,
  ...dataAndSettings
}: StartServerOptions): Promise<RunningServer> {
  collectAsAServer();
  const { hostNames = [] } = dataAndSettings;
  // With a name of its own the server is meant for others, even if a proxy is all that reaches it.
  const isOwn = isLoopback(host) && hostNames.length === 0;
  const stores = await openStoresInWorker(eventsFile);
  try {
    const { app, swap, served, report, close } = await createServer({
      webRoot: WEB_ROOT,
      processMetrics: true,
      ...(eventsFile !== IN_MEMORY && { pinPepper: await openSecretFile(pepperFileOf(eventsFile)) }),
      drain: { lingerMs: 200, graceMs: 10_000 },
      demo: isOwn,
      requiresKeys: !isLoopback(host),
      ...dataAndSettings,
      rateLimits: { ...(isOwn ? NO_RATE_LIMITS : DEFAULT_RATE_LIMITS), ...dataAndSettings.rateLimits },
      hosts: hostRuleOf(host, hostNames),
      eventLog: stores.events,
      visitors: stores.visitors,
      households: stores.households,
      newItems: stores.newItems,
      apiKeys: stores.apiKeys,
      probeStore: stores.probe,
      clock: Date.now,
      createId: randomUUID,
      logger: pino({ level: 'warn' }, pino.destination(2)),
    });
    await app.listen({ host, port }).catch((error: unknown) => {
      throw toListenError(error, host, port);
    });
    const valid = (await stores.apiKeys.list()).filter(({ revokedAtMs }) => revokedAtMs === null);
    const address = app.server.address();
    const boundPort = typeof address === 'object' && address !== null ? address.port : port;
    const shownHost = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host;
    return {
      url: `http://${shownHost}:${boundPort}`,
      swap,
      served,
      report,
      keys: { areRequired: dataAndSettings.requiresKeys ?? !isLoopback(host), count: valid.length },
      async close() {
        await close();
        await stores.close();
      },
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** Beside the store, and never inside: a copy of the store alone opens no PIN. */
function pepperFileOf(eventsFile: string): string {
  return path.join(path.dirname(eventsFile), `${path.basename(eventsFile, path.extname(eventsFile))}.pepper`);
}

function toListenError(error: unknown, host: string, port: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new MatineeError('PORT_IN_USE', `port ${port} is in use; choose another with --port or PORT`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new MatineeError('CANNOT_LISTEN', `cannot listen on ${host}:${port}: ${message}`, { cause: error });
  }
  return error;
}
