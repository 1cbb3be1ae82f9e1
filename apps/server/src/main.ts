import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { pino } from 'pino';
import { createServer } from './create-server.ts';
import type { ServedData } from './dependencies.ts';
import { collectAsAServer } from './serving/garbage-collection.ts';
import type { ServerSettings } from './settings.ts';
import type { GenerationProgress } from './stream/training-progress.ts';

/** What to serve, where, and the server's settings. */
export interface StartServerOptions extends ServedData, ServerSettings {
  /** SQLite file of the event log; created if it does not exist. */
  readonly eventsFile: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface RunningServer {
  /** Where it answers, as in `http://localhost:8003`. */
  readonly url: string;
  /**
   * Serves another release of the same data from the next request on; none is dropped. Resolves once it is served.
   *
   * @throws {MatineeError} `RELEASE_MISMATCH`, `BAD_RELEASE`: what was served before is served on.
   */
  swap(release: Release): Promise<void>;
  /** What is served now, and how many turns to titles there were since it was trained. */
  served(): { readonly release: Release; readonly newEngagements: number };
  /** Tells the page, and `/api/v1/status`, how far the training of the next generation is. May be called often. */
  report(progress: GenerationProgress): void;
  /** Answers what is under way, then closes the event log. */
  close(): Promise<void>;
}

/** The built page; the same from `src` and from `dist`. */
const WEB_ROOT = fileURLToPath(new URL('../../web/dist', import.meta.url));

/**
 * Wires the server to the real world and listens.
 *
 * @throws {MatineeError} `PORT_IN_USE`, `CANNOT_LISTEN`, `STORE_UNUSABLE`, `RELEASE_MISMATCH`, `BAD_RELEASE`.
 */
export async function startServer({
  eventsFile,
  host,
  port,
  ...dataAndSettings
}: StartServerOptions): Promise<RunningServer> {
  collectAsAServer();
  const stores = openSqliteStores(eventsFile);
  try {
    const { app, swap, served, report, close } = await createServer({
      webRoot: WEB_ROOT,
      processMetrics: true,
      drain: { lingerMs: 200, graceMs: 10_000 },
      ...dataAndSettings,
      eventLog: stores.events,
      visitors: stores.visitors,
      households: stores.households,
      newItems: stores.newItems,
      clock: Date.now,
      createId: randomUUID,
      logger: pino({ level: 'warn' }, pino.destination(2)),
    });
    await app.listen({ host, port }).catch((error: unknown) => {
      throw toListenError(error, host, port);
    });
    const address = app.server.address();
    const boundPort = typeof address === 'object' && address !== null ? address.port : port;
    const shownHost = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host;
    return {
      url: `http://${shownHost}:${boundPort}`,
      swap,
      served,
      report,
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
