import createTypedClient, { type Client, type Middleware } from 'openapi-fetch';
import { createRetryingFetch, waitFor } from './retry.ts';
import type { paths } from './schema.ts';

/** One method a HTTP method, typed by the path: `client.GET('/recommend', { params: { query: { user_idx: 7 } } })`. */
export type MatineeClient = Client<paths>;

export interface ClientOptions {
  /** Address of the server with its base path, if it has one: `https://example.com/matinee`. */
  readonly baseUrl: string;
  /** An API key or the operator's token. Not for pages that everybody can open: they would show it to everybody. */
  readonly key?: string | undefined;
  /** The secret that `POST /api/v1/users` gave. Browsers hold it as a cookie, so a page needs none. */
  readonly visitorSecret?: string | undefined;
  /** The session that choosing a profile gave; a cookie in browsers, too. */
  readonly session?: string | undefined;
  /** Further attempts where sending a request again is safe; 2 by default. */
  readonly retries?: number;
  /** Time limit of one attempt in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  /** The `fetch` to send with; the global one by default. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

const HEADERS = { visitorSecret: 'x-matinee-visitor', session: 'x-matinee-session' } as const;

/** Methods that HTTP defines as repeatable: RFC 9110, section 9.2.2. */
const REPEATABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** A list stores nothing; events have ids, and an id that the server knows is not stored again. */
const REPEATABLE_POSTS = new Set(['/recommend', '/feedback', '/api/v1/events']);

/**
 * Creates a client of one server. A call resolves to `{ data, error, response }`, or rejects when the server cannot be
 * reached; see {@link dataOf} to have errors thrown.
 */
export function createClient({
  baseUrl,
  key,
  retries = 2,
  timeoutMs = 10_000,
  fetch: send = (request) => fetch(request),
  ...secrets
}: ClientOptions): MatineeClient {
  const repeatablePosts = new WeakSet<Request>();
  const client = createTypedClient<paths>({
    baseUrl: baseUrl.replace(/\/+$/, ''),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(secrets.visitorSecret === undefined ? {} : { [HEADERS.visitorSecret]: secrets.visitorSecret }),
      ...(secrets.session === undefined ? {} : { [HEADERS.session]: secrets.session }),
    },
    fetch: createRetryingFetch({
      retries,
      timeoutMs,
      fetch: send,
      isRepeatable: (request) => REPEATABLE_METHODS.has(request.method) || repeatablePosts.has(request),
      random: Math.random,
      wait: waitFor,
    }),
  });
  client.use(withEventIds((request) => repeatablePosts.add(request)));
  return client;
}

/** Gives feedback an id, so that it counts once even if it is sent again. */
function withEventIds(note: (request: Request) => void): Middleware {
  return {
    async onRequest({ request, schemaPath }) {
      if (request.method !== 'POST' || !REPEATABLE_POSTS.has(schemaPath)) return undefined;
      if (schemaPath !== '/feedback') {
        // A line may have neither an id nor a time, and would be stored again.
        const isOfLines = request.headers.get('content-type')?.includes('ndjson') === true;
        if (!isOfLines) note(request);
        return undefined;
      }
      const body = (await request.clone().json()) as object;
      const named = new Request(request, { body: JSON.stringify({ event_id: newEventId(), ...body }) });
      note(named);
      return named;
    },
  };
}

/** Browsers have `crypto.randomUUID` on pages that came over TLS only. */
function newEventId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
