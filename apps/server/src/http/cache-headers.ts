import { SESSION_HEADER, VISITOR_HEADER } from '@matinee/contract';
import type { App } from './app.ts';

/** No cache keeps an answer that is for one person, not even the browser's: it would be old after the next event. */
const PERSONAL = 'private, no-store';

/** What an answer may depend on beside its address: who sends it, and how it is to be encoded. */
const DECIDES = ['cookie', 'authorization', 'x-api-key', VISITOR_HEADER, SESSION_HEADER, 'accept-encoding'];

/** The `vary` headers of a server. */
export interface Vary {
  /** Of an answer that depends on who sends the request. */
  readonly personal: string;
  /** Of a file, which is the same for everybody. */
  readonly file: string;
}

/** @param byOrigin Whether other origins may read answers: these then say which one. */
export function createVary(byOrigin: boolean): Vary {
  const origin = byOrigin ? ['origin'] : [];
  return { personal: [...DECIDES, ...origin].join(', '), file: ['accept-encoding', ...origin].join(', ') };
}

/**
 * Gives every answer `cache-control` and `vary`, also refusals and answers to unknown addresses. A route that says
 * nothing is personal. Files set both themselves, on the raw response, where they are the same for everybody.
 */
export function addCacheHeaders(app: App, { personal }: Vary): void {
  app.addHook('onSend', (_request, reply, _payload, next) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', PERSONAL);
    reply.header('vary', (reply.raw.getHeader('vary') as string | undefined) ?? personal);
    next();
  });
}
