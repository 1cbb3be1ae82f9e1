import { setTimeout as wait } from 'node:timers/promises';
import { MatineeError } from '@matinee/numerics';
import type { App } from './app.ts';

export interface DrainOptions {
  /** Milliseconds in which new requests are still accepted, for connections that are already open. */
  readonly lingerMs: number;
  /** Maximum milliseconds to wait for requests in progress. */
  readonly graceMs: number;
}

export interface Drain {
  /** True from the moment `close` is called. */
  isDraining(): boolean;
  /**
   * Closes the server after answering every request that has reached it. First it still accepts requests and sends
   * `connection: close`; then it accepts no more, waits for requests in progress and closes the remaining connections.
   */
  close(): Promise<void>;
}

/** Closes at once, except for requests in progress. */
export const DEFAULT_DRAIN: DrainOptions = { lingerMs: 0, graceMs: 10_000 };

const CHECK_EVERY_MS = 10;

/** @param begin Called first; ends requests that never end by themselves. */
export function addDrain(app: App, { lingerMs, graceMs }: DrainOptions, begin: () => void): Drain {
  let inProgress = 0;
  let isDraining = false;
  let isRefusing = false;
  app.addHook('onRequest', async (_request, reply) => {
    inProgress++;
    // Emitted after an answer and also after the client has gone.
    reply.raw.once('close', () => inProgress--);
  });
  app.addHook('onRequest', (_request, _reply, next) => {
    next(isRefusing ? new MatineeError('OVERLOADED', 'the server is closing; try again') : undefined);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });

  return {
    isDraining: () => isDraining,
    async close() {
      isDraining = true;
      begin();
      await wait(lingerMs);
      isRefusing = true;
      const giveUpAt = performance.now() + graceMs;
      const closing = app.close();
      while (inProgress > 0 && performance.now() < giveUpAt) await wait(CHECK_EVERY_MS);
      // Browsers open connections in advance and send no request on them.
      app.server.closeAllConnections();
      await closing;
    },
  };
}
