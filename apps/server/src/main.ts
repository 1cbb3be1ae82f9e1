import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { defined, MatineeError } from '@matinee/numerics';
import type { ItemFacts } from '@matinee/recommender';
import { pino } from 'pino';
import { createServer } from './create-server.ts';
import type { LoadLimits } from './http/load-gate.ts';
import type { ResponseCacheLimits } from './http/response-cache.ts';
import { collectAsAServer } from './serving/garbage-collection.ts';
import type { GenerationProgress } from './stream/training-progress.ts';

export interface StartServerOptions {
  readonly dataset: Dataset;
  readonly release: Release;
  /** What rules know of the titles beside the catalogue; nothing where absent. */
  readonly facts?: ItemFacts;
  /** SQLite file of the event log; made where it is missing. */
  readonly eventsFile: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** How much is taken on before requests are refused; {@link DEFAULT_LOAD_LIMITS} for what is not given. */
  readonly limits?: Partial<LoadLimits>;
  /** How many answers are kept, and how long; `DEFAULT_RESPONSE_CACHE` for what is not given. */
  readonly responseCache?: Partial<ResponseCacheLimits>;
  /** Share of places drawn at random in the rows that explore; the server's default where absent. */
  readonly explorationShare?: number;
  /** What whoever brings titles must show; none are taken where absent. */
  readonly catalogueToken?: string;
  /** Told of a release that was brought back because the one after it fell: it is to be current after a restart too. */
  readonly onRollBack?: (release: Release) => void;
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
  dataset,
  release,
  facts,
  eventsFile,
  host,
  port,
  limits,
  responseCache,
  explorationShare,
  catalogueToken,
  onRollBack,
}: StartServerOptions): Promise<RunningServer> {
  collectAsAServer();
  const stores = openSqliteStores(eventsFile);
  try {
    const { app, swap, served, report, close } = await createServer({
      dataset,
      release,
      eventLog: stores.events,
      visitors: stores.visitors,
      households: stores.households,
      newItems: stores.newItems,
      clock: Date.now,
      createId: randomUUID,
      webRoot: WEB_ROOT,
      logger: pino({ level: 'warn' }, pino.destination(2)),
      processMetrics: true,
      drain: { lingerMs: 200, graceMs: 10_000 },
      ...defined({ facts, limits, responseCache, explorationShare, catalogueToken, onRollBack }),
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
