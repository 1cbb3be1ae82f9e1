import { performance } from 'node:perf_hooks';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { ErrorResponse } from '@matinee/contract';
import type { Release } from '@matinee/models/release';
import { defined } from '@matinee/numerics';
import { createOnlineCounters, DEFAULT_EXPLORATION_SHARE } from '@matinee/recommender';
import fastify, { type FastifyReply, LogController } from 'fastify';
import type { ServerDependencies } from './dependencies.ts';
import type { App } from './http/app.ts';
import { addDrain } from './http/drain.ts';
import { toErrorResponse } from './http/http-errors.ts';
import { createLoadGate, DEFAULT_LOAD_LIMITS } from './http/load-gate.ts';
import { createMetrics } from './http/metrics.ts';
import { createResponseCache, DEFAULT_RESPONSE_CACHE } from './http/response-cache.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { shareSchemas } from './http/shared-schemas.ts';
import { compileValidator } from './http/validation.ts';
import { addEventsRoute } from './routes/events.ts';
import { addFeedbackRoute } from './routes/feedback.ts';
import { addHomeRoute } from './routes/home.ts';
import { addHouseholdRoutes } from './routes/households.ts';
import { addItemRoute } from './routes/item.ts';
import { addItemsRoute } from './routes/items.ts';
import { addOnboardingRoute } from './routes/onboarding.ts';
import { addOperationRoutes } from './routes/operation.ts';
import { addPage } from './routes/page.ts';
import { addPosterRoute } from './routes/poster.ts';
import { addProfileSessionRoutes } from './routes/profile-session.ts';
import { addRecommendRoute } from './routes/recommend.ts';
import { addRowRoute } from './routes/rows.ts';
import { addSearchRoute } from './routes/search.ts';
import type { Services } from './routes/services.ts';
import { addSimilarRoute } from './routes/similar.ts';
import { addStatusRoute } from './routes/status.ts';
import { addStreamRoute, STREAM_ROUTE } from './routes/stream.ts';
import { addUserEventsRoute } from './routes/user-events.ts';
import { addUserRoutes } from './routes/users.ts';
import { followLog } from './serving/follow-log.ts';
import { createReleaseGuard } from './serving/guard-release.ts';
import { createServing } from './serving/serving.ts';
import { createEventStream } from './stream/event-stream.ts';
import { createTrainingMonitor, type GenerationProgress } from './stream/training-progress.ts';

/** Overload passes, or somebody has to look: soon enough for a person, late enough for a server. */
const RETRY_AFTER_SECONDS = 1;

/** Events kept for clients that come back. */
const STREAM_CAPACITY = 1000;

export interface Server {
  /** Ready to listen. */
  readonly app: App;
  /** See {@link Serving.swap}. */
  swap(release: Release): Promise<void>;
  /** What is served now, and how many turns to titles there were since it was trained. */
  served(): { readonly release: Release; readonly newEngagements: number };
  /** See {@link ReleaseGuard.look}. */
  lookAtRelease(): Promise<void>;
  /** Tells who listens, and `/api/v1/status`, how far the training of the next generation is. */
  report(progress: GenerationProgress): void;
  /** See {@link Drain.close}. */
  close(): Promise<void>;
}

/**
 * The HTTP server over one release at a time. It keeps no state of its own: what people say goes to the event log, every
 * answer reads what its user said from there, and what everybody did is counted from there.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH` when the release was trained on other data, `BAD_RELEASE` when its parts do
 * not fit.
 */
export async function createServer(dependencies: ServerDependencies): Promise<Server> {
  const {
    dataset,
    eventLog,
    visitors,
    households,
    newItems,
    catalogueToken,
    clock,
    createId,
    processMetrics = false,
    explorationShare = DEFAULT_EXPLORATION_SHARE,
    logger,
    webRoot,
  } = dependencies;
  const { responseCache, limits, drain: drainOptions = { lingerMs: 0, graceMs: 10_000 } } = dependencies;
  // Microseconds: no earlier process over the same page can have come so far, at less than a million events a second.
  const stream = createEventStream({ capacity: STREAM_CAPACITY, firstId: Math.floor(clock() * 1000) });
  const training = createTrainingMonitor(clock, (event) => stream.publish('training', event));
  const log = followLog(eventLog, (error) => logger?.error(error, 'the event log cannot be read; counts stand still'));
  const serving = await createServing({
    ...dependencies,
    newItems: await newItems.readAll(),
    log,
    onSwap(later, earlier, { isRollBack = false }) {
      const { version, generation, training: record } = later.release;
      const rolledBack = isRollBack ? { rolledBackFrom: earlier.release.version } : {};
      stream.publish('release', { version, generation, metrics: record?.metrics ?? {}, ...rolledBack });
      // One that is brought back has been watched already.
      if (!isRollBack) guard.monitor(later, earlier);
    },
  });
  const counters = createOnlineCounters((id) => serving.current().engine.catalogue.vocabulary.indexOf(id));
  log.follow(counters);
  const guard = createReleaseGuard({
    eventLog,
    throughSequence: log.throughSequence,
    async rollBack(to, from) {
      logger?.warn(
        { from: from.version, to: to.version },
        'the release has fallen behind the one before, which is back',
      );
      await serving.swap(to, { isRollBack: true });
      dependencies.onRollBack?.(to);
    },
    onError: (error) => logger?.error(error, 'the release could not be watched'),
  });
  const gate = createLoadGate(
    { ...DEFAULT_LOAD_LIMITS, ...limits },
    () => performance.now(),
    () => performance.eventLoopUtilization().idle,
  );
  const metrics = createMetrics({ processMetrics, gate, streamClients: stream.subscriberCount });
  const services: Services = {
    gate,
    answers: createResponseCache({ ...DEFAULT_RESPONSE_CACHE, ...responseCache }, metrics.countLookUp),
    isDraining: () => drain.isDraining(),
    current: serving.current,
    served: serving.served,
    addItems: serving.addItems,
    training,
    stream,
    datasetName: dataset.name,
    userIds: dataset.users.ids,
    eventCount: dataset.events.count,
    eventLog,
    log,
    counters,
    guard,
    visitors,
    households,
    newItems,
    ...defined({ catalogueToken }),
    metrics,
    clock,
    createId,
    explorationShare,
  };
  const app = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    // One line a request is too much at thousands a second; errors are logged, metrics count the rest.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 200 },
    // While it closes, a server answers what is under way and refuses what is new.
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    frameworkErrors: (error, _request, reply) => {
      const body = toErrorResponse(error);
      void (reply as unknown as FastifyReply).code(body.statusCode).send(body);
    },
    clientErrorHandler: (error, socket) => {
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET' || !socket.writable) return;
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW';
      const body = JSON.stringify({
        statusCode: isTooLarge ? 431 : 400,
        code: isTooLarge ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST',
        message: isTooLarge ? 'the headers are too large' : 'this is not valid HTTP',
      } satisfies ErrorResponse);
      socket.end(
        `HTTP/1.1 ${isTooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler((error, request, reply) => {
    const body = toErrorResponse(error);
    // A refusal is no failure, and thousands of them a second are no help to whoever reads; metrics count them.
    if (body.statusCode >= 500 && body.statusCode !== 503) request.log.error(error, 'request failed');
    if (body.statusCode === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply.code(body.statusCode).header('cache-control', 'no-store').send(body);
  });
  const drain = addDrain(app, drainOptions, () => stream.close());
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    // Listening lasts as long as somebody listens; it is no time to an answer.
    if (route === STREAM_ROUTE) return;
    services.metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });

  addSecurityHeaders(app, () => serving.current().engine.catalogue);
  shareSchemas(app);
  app.addHook('onRoute', (route) => {
    const schema = route.schema;
    if (schema?.response === undefined) return;
    route.schema = { ...schema, response: { ...(schema.response as object), '4xx': ErrorResponse } };
  });
  await addOpenApi(app);

  addRecommendRoute(app, services);
  addFeedbackRoute(app, services);
  addHomeRoute(app, services);
  addRowRoute(app, services);
  addItemRoute(app, services);
  addSimilarRoute(app, services);
  addOnboardingRoute(app, services);
  addPosterRoute(app, services);
  addSearchRoute(app, services);
  addUserRoutes(app, services);
  addHouseholdRoutes(app, services);
  addProfileSessionRoutes(app, services);
  addUserEventsRoute(app, services);
  addEventsRoute(app, services);
  addItemsRoute(app, services);
  addStreamRoute(app, services);
  addStatusRoute(app, services);
  addOperationRoutes(app, services);
  await addPage(app, webRoot);
  await app.ready();
  await log.catchUp();
  await serving
    .warmUp()
    .catch((error: unknown) => app.log.error(error, 'the release failed a trial; it is served for want of another'));
  return {
    app,
    swap: (release) => serving.swap(release),
    served() {
      const { release, live } = serving.current();
      return { release, newEngagements: live.engagementCount() };
    },
    lookAtRelease: guard.look,
    report: training.report,
    async close() {
      await drain.close();
      await guard.close();
      await log.close();
    },
  };
}

async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Matinee',
        version: '1',
        description:
          'GET /recommend and POST /feedback are stable; /api/v1 is what the page uses. docs/api.md has examples.',
      },
      components: { securitySchemes: { catalogueToken: { type: 'http', scheme: 'bearer' } } },
      tags: [
        { name: 'stable', description: 'Will not change' },
        { name: 'page', description: 'What the page uses' },
        { name: 'operation', description: 'For whoever runs it' },
      ],
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
