import { SESSION_HEADER, VISITOR_HEADER } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import type { App } from './app.ts';

/** Origins whose pages may use the API: exact ones, or every one. */
export type AllowedOrigins = readonly string[] | '*';

/** Browsers ask again whether a request is allowed after so long. */
const PREFLIGHT_SECONDS = 600;

/** Headers of requests that browsers do not send to other origins by themselves. */
const REQUEST_HEADERS = [
  ...['authorization', 'content-type', 'x-api-key', VISITOR_HEADER, SESSION_HEADER],
  ...['if-none-match', 'last-event-id'],
];
/** Headers of answers that scripts of other origins may read. */
const ANSWER_HEADERS = ['etag', 'retry-after', 'ratelimit', 'ratelimit-policy', 'server-timing'];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of allowed origins may show it as an image. */
    isEmbeddable?: boolean;
  }
}

/**
 * Reads a list of origins.
 *
 * @param text `https://shop.example, https://m.shop.example:8443`, or `*` for every origin.
 * @throws {MatineeError} `BAD_ARGUMENT` naming the text that is no origin.
 */
export function readOrigins(text: string): AllowedOrigins {
  const origins = text
    .split(',')
    .map((origin) => origin.trim().toLowerCase())
    .filter((origin) => origin !== '');
  if (origins.length === 1 && origins[0] === '*') return '*';
  const wrong = origins.find(
    (origin) => !/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin,
  );
  if (wrong === undefined) return origins;
  throw new MatineeError(
    'BAD_ARGUMENT',
    `an origin looks like https://shop.example, without a path and a usual port, and * stands alone; got "${wrong}"`,
  );
}

/** True for a page whose origin may use the API. */
export function isAllowedOrigin(allowed: AllowedOrigins | undefined, origin: string): boolean {
  return allowed !== undefined && (allowed === '*' || allowed.includes(origin));
}

/**
 * Lets pages of other origins use the API and show its posters. They show who they are by headers, never by cookies: a
 * cookie comes with every request of its browser, whoever makes it.
 *
 * The plugin is loaded only where origins are allowed.
 */
export async function addCrossOrigin(app: App, allowed: AllowedOrigins): Promise<void> {
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    origin: allowed === '*' ? '*' : [...allowed],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // Otherwise a preflight that lacks a header is answered in plain text.
    strictPreflight: false,
  });
  app.addHook('onRequest', ({ routeOptions }, reply, next) => {
    if (routeOptions.config?.isEmbeddable) reply.header('cross-origin-resource-policy', 'cross-origin');
    next();
  });
}
