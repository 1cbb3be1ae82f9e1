import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { ErrorResponse } from '@matinee/contract';
import type { Catalogue } from '@matinee/models/data';
import fastify, { type FastifyBaseLogger, type FastifyReply, LogController } from 'fastify';
import { addMethodChecks } from './allowed-methods.ts';
import type { App } from './app.ts';
import { createUrlRewriter } from './base-path.ts';
import { addCacheHeaders, createVary, type Vary } from './cache-headers.ts';
import { addCompression } from './compression.ts';
import { type AllowedOrigins, addCrossOrigin } from './cross-origin.ts';
import { addDrain, type Drain, type DrainOptions } from './drain.ts';
import { addHostChecks, type HostRule } from './hosts.ts';
import { RETRY_AFTER_SECONDS, retryAfterOf, toErrorResponse } from './http-errors.ts';
import type { Metrics } from './metrics.ts';
import { addOpenApi } from './openapi.ts';
import { addRateLimits, type RateLimits } from './rate-limits.ts';
import { addKeyChecks, type KeyRules } from './require-key.ts';
import { requireDecodableUrl, requirePlainInput } from './require-plain-input.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { shareSchemas } from './shared-schemas.ts';
import { compileValidator } from './validation.ts';

/** See {@link ServerSettings.requestTimeoutMs}. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
/** Requests that are too slow are looked for so often, milliseconds. */
const LOOK_FOR_SLOW_EVERY_MS = 5000;

interface HttpAppOptions {
  /** Without a logger nothing is logged. */
  readonly logger: FastifyBaseLogger | undefined;
  readonly drain: DrainOptions;
  /** Called when the server begins to close. */
  readonly onDrain: () => void;
  readonly metrics: Metrics;
  /** Marks a route as under way, see `EventLoopDelay`. */
  readonly begin: (name: string) => () => void;
  /** The names by which the server may be addressed. */
  readonly hosts: HostRule;
  /** Returns the catalogue that is served now; its posters' hosts go into the security headers. */
  readonly catalogue: () => Catalogue;
  readonly keyRules: KeyRules;
  readonly rateLimits: RateLimits;
  /** Proxies whose `x-forwarded-*` headers count, see `readProxies`. */
  readonly trustedProxies: readonly string[];
  /** A request that has not come whole by then is refused with 408. */
  readonly requestTimeoutMs: number;
  /** Other origins whose pages may use the API; undefined = none. */
  readonly corsOrigins: AllowedOrigins | undefined;
  /** The path below which clients reach the server; empty for the root. */
  readonly basePath: string;
}

interface HttpApp {
  readonly app: App;
  readonly drain: Drain;
  readonly vary: Vary;
}

/** Creates the HTTP app without routes: options, error handlers, hooks and OpenAPI. */
export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const { logger, metrics, basePath, corsOrigins, requestTimeoutMs } = options;
  const vary = createVary(corsOrigins !== undefined && corsOrigins !== '*');
  const app: App = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    // One line per request is too much at thousands per second. Errors are logged; metrics count the rest.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // Refused by `requirePlainInput`, which says so; Fastify calls such a body invalid JSON.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    routerOptions: { maxParamLength: 200 },
    // `addDrain` refuses requests while the server closes, in the form of every other refusal.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(LOOK_FOR_SLOW_EVERY_MS, requestTimeoutMs),
    },
    ...(basePath !== '' && { rewriteUrl: createUrlRewriter(basePath) }),
    // A proxy says who the client is, by which name it came, and whether over TLS.
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    frameworkErrors: (error, _request, reply) => {
      const body = toErrorResponse(error);
      // No hook runs for an address that cannot be read.
      const headers = { 'cache-control': 'no-store', vary: vary.personal };
      void (reply as unknown as FastifyReply).code(body.statusCode).headers(headers).send(body);
    },
    clientErrorHandler: refuseOnSocket,
  }).withTypeProvider<TypeBoxTypeProvider>();

  // Fastify takes any text as a body of text; bodies are JSON.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(compileValidator);
  addErrorHandler(app);
  app.addHook('preValidation', async ({ body, query, params, raw, is404 }) => {
    // Nothing of it is read: the page has a search of its own for what stands in its address.
    if (is404) return;
    requireDecodableUrl(raw.url ?? '');
    requirePlainInput('body', body);
    requirePlainInput('query', query);
    requirePlainInput('path', params);
  });
  const drain = addDrain(app, options.drain, options.onDrain);
  app.addHook('onRequest', ({ method, routeOptions }, reply, next) => {
    const { url = 'unmatched', config } = routeOptions;
    // Emitted after an answer and also after the client has gone.
    if (!config?.isEndless) reply.raw.once('close', options.begin(`${method} ${url}`));
    next();
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const { url = 'unmatched', config } = routeOptions;
    if (config?.isEndless) return;
    metrics.observeRequest(method, url, reply.statusCode, reply.elapsedTime / 1000);
  });
  addSecurityHeaders(app, options.catalogue);
  addHostChecks(app, options.hosts, corsOrigins);
  if (corsOrigins !== undefined) await addCrossOrigin(app, corsOrigins);
  addMethodChecks(app);
  addKeyChecks(app, options.keyRules);
  await addRateLimits(app, options.rateLimits);
  addCacheHeaders(app, vary);
  app.addHook('onSend', (_request, reply, _payload, next) => {
    // Routes such as /readyz refuse without an error.
    if (isTemporary(reply.statusCode) && !reply.hasHeader('retry-after')) {
      reply.header('retry-after', RETRY_AFTER_SECONDS);
    }
    next();
  });
  shareSchemas(app);
  addCompression(app);
  await addOpenApi(app, basePath);
  return { app, drain, vary };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer lasts as long as the client listens, so its duration is not a response time. */
    isEndless?: boolean;
  }
}

function addErrorHandler(app: App): void {
  app.setErrorHandler((error, request, reply) => {
    const body = toErrorResponse(error);
    // A refused request is not a failure, and thousands of log lines per second help nobody. Metrics count them.
    if (body.statusCode >= 500 && body.statusCode !== 503) request.log.error(error, 'request failed');
    if (isTemporary(body.statusCode)) reply.header('retry-after', retryAfterOf(error));
    return reply.code(body.statusCode).header('cache-control', 'no-store').send(body);
  });
}

/** True for a refusal that says when to try again. */
function isTemporary(statusCode: number): boolean {
  return statusCode === 503 || statusCode === 429;
}

/** Refusals on the bare socket, by the code of Node's error. */
const SOCKET_REFUSALS: Readonly<Record<string, { readonly reason: string } & ErrorResponse>> = {
  HPE_HEADER_OVERFLOW: {
    statusCode: 431,
    reason: 'Request Header Fields Too Large',
    code: 'HEADERS_TOO_LARGE',
    message: 'the headers are too large',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    statusCode: 413,
    reason: 'Payload Too Large',
    code: 'BODY_TOO_LARGE',
    message: 'the chunks of the body carry too much beside it',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    statusCode: 408,
    reason: 'Request Timeout',
    code: 'REQUEST_TIMEOUT',
    message: 'the request did not come whole in time; send it again',
  },
};

const INVALID_HTTP = { statusCode: 400, reason: 'Bad Request', code: 'BAD_REQUEST', message: 'this is not valid HTTP' };

/** Answers a request that does not come whole, or cannot be parsed as HTTP, on the bare socket. */
function refuseOnSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const { reason, ...refusal } = SOCKET_REFUSALS[error.code ?? ''] ?? INVALID_HTTP;
  const body = JSON.stringify(refusal satisfies ErrorResponse);
  const head = [
    `HTTP/1.1 ${refusal.statusCode} ${reason}`,
    'Content-Type: application/json',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
