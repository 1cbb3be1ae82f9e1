import type { App } from '../http/app.ts';
import type { Services } from './services.ts';

const OLD_PREFIX = '/api/v1/movies/';
const PREFIX = '/api/v1/items/';

/** Redirects addresses of an earlier version of the API; 308 makes clients repeat the method and the body. */
export function redirectOldAddresses(app: App, { settings }: Services): void {
  app.all(`${OLD_PREFIX}*`, { schema: { hide: true } }, async ({ url }, reply) =>
    reply.redirect(settings.basePath + PREFIX + url.slice(OLD_PREFIX.length), 308),
  );
}
