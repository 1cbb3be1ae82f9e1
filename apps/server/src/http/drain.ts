import { setTimeout as wait } from 'node:timers/promises';
import type { App } from './app.ts';

export interface DrainOptions {
  /** Requests are still taken for so long: connections that were made already get to say what they want. */
  readonly lingerMs: number;
  /** Requests under way are waited for no longer than this. */
  readonly graceMs: number;
}

export interface Drain {
  /** True from the moment `close` is called. */
  isDraining(): boolean;
  /**
   * Closes the server so that every request that has reached it is answered: goes on answering for a moment, asking
   * clients to let go of their connections, then takes no new ones, waits for what is under way, and closes what is left.
   */
  close(): Promise<void>;
}

/** Closes at once, except for requests in progress. */
export const DEFAULT_DRAIN: DrainOptions = { lingerMs: 0, graceMs: 10_000 };

const LOOK_EVERY_MS = 10;

/** @param begin Called first; ends what would otherwise never end by itself. */
export function addDrain(app: App, { lingerMs, graceMs }: DrainOptions, begin: () => void): Drain {
  let underWay = 0;
  let isDraining = false;
  app.addHook('onRequest', async (_request, reply) => {
    underWay++;
    // Comes whether the answer was sent or the client gave up.
    reply.raw.once('close', () => underWay--);
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
      const giveUpAt = performance.now() + graceMs;
      const closing = app.close();
      while (underWay > 0 && performance.now() < giveUpAt) await wait(LOOK_EVERY_MS);
      // Browsers hold connections open on which they have asked nothing.
      app.server.closeAllConnections();
      await closing;
    },
  };
}
