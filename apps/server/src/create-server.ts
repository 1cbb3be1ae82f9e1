import { performance } from 'node:perf_hooks';
import type { Release } from '@matinee/models/release';
import { defined, type Pause } from '@matinee/numerics';
import { DEFAULT_EXPLORATION_SHARE } from '@matinee/recommender';
import type { ServerDependencies } from './dependencies.ts';
import type { App } from './http/app.ts';
import { DEFAULT_DRAIN } from './http/drain.ts';
import { ANY_HOST } from './http/hosts.ts';
import { createHttpApp, DEFAULT_REQUEST_TIMEOUT_MS } from './http/http-app.ts';
import { createLoadGate, DEFAULT_LOAD_LIMITS } from './http/load-gate.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { DEFAULT_PROXIES } from './http/proxies.ts';
import { NO_RATE_LIMITS } from './http/rate-limits.ts';
import type { KeyRules } from './http/require-key.ts';
import { createResponseCache, DEFAULT_RESPONSE_CACHE } from './http/response-cache.ts';
import { createKeyRing } from './identity/key-ring.ts';
import { createTraceStore } from './lab/trace-store.ts';
import { addRoutes } from './routes/add-routes.ts';
import type { Services } from './routes/services.ts';
import { createEventLoopDelay, type EventLoopDelay, MEASURE_EVERY_MS } from './serving/event-loop-delay.ts';
import { followLog, type LogFollower } from './serving/follow-log.ts';
import { createReleaseGuard, type ReleaseGuard } from './serving/guard-release.ts';
import { createPause } from './serving/pause.ts';
import { readStores } from './serving/read-stores.ts';
import { createFeedbackRecorder } from './serving/record-feedback.ts';
import { createRecountedCounters } from './serving/recounted.ts';
import { createServing, type Serving } from './serving/serving.ts';
import { startSweeper } from './serving/sweep-rows.ts';
import { createUserLogs } from './serving/user-log.ts';
import { createEventStream, type EventStream } from './stream/event-stream.ts';
import { createTrainingMonitor, type GenerationProgress, type TrainingMonitor } from './stream/training-progress.ts';

/** Events that the stream stores for clients that reconnect. */
const STREAM_CAPACITY = 1000;

export interface Server {
  /** Ready to listen. */
  readonly app: App;
  /** See {@link Serving.swap}. */
  swap(release: Release): Promise<void>;
  /** Returns the release served now and the number of positive events since it was trained. */
  served(): { readonly release: Release; readonly newEngagements: number };
  /** See {@link ReleaseGuard.look}. */
  lookAtRelease(): Promise<void>;
  /** Publishes the progress of training the next generation to the stream and to `/api/v1/status`. */
  report(progress: GenerationProgress): void;
  /** See {@link Drain.close}. */
  close(): Promise<void>;
}

/**
 * Creates the HTTP server over one release at a time. It has no state of its own: feedback goes to the event log, and
 * every answer reads its user's feedback and all counts from there.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH` when the release was trained on other data, `BAD_RELEASE` when its parts do
 * not fit together.
 */
export async function createServer(dependencies: ServerDependencies): Promise<Server> {
  const { eventLog, clock, logger, webRoot, basePath = '', servesPage = true } = dependencies;
  // Microseconds: an earlier process cannot have reached this id with fewer than a million events per second.
  const stream = createEventStream({ capacity: STREAM_CAPACITY, firstId: Math.floor(clock() * 1000) });
  const training = createTrainingMonitor(clock, (event) => stream.publish('training', event));
  const traffic = createTraffic(dependencies, stream);
  const thread = watchThread(traffic.metrics);
  const log = followLog(
    eventLog,
    (error) => logger?.error(error, 'the event log cannot be read; counts stand still'),
    thread,
  );
  const userLogs = createUserLogs(eventLog);
  const stored = await readStores(dependencies.dataset, eventLog, dependencies.newItems);
  const { gone } = stored;
  const serving = await createServing({
    ...dependencies,
    ...thread,
    ...stored,
    log,
    userLogs,
    describeTraining: () => describeTraining(training),
  });
  publishReleases(stream, serving);
  const traces = createTraceStore();
  serving.onSwap(traces.clear);
  const guard = guardReleases(dependencies, serving, log, thread);
  const counters = await createRecountedCounters(log, (id) =>
    serving.current().engine.catalogue.vocabulary.indexOf(id),
  );
  const { app, drain, vary } = await createHttpApp({
    logger,
    drain: dependencies.drain ?? DEFAULT_DRAIN,
    onDrain: () => stream.close(),
    metrics: traffic.metrics,
    begin: thread.begin,
    hosts: dependencies.hosts ?? ANY_HOST,
    catalogue: () => serving.current().engine.catalogue,
    basePath,
    corsOrigins: dependencies.corsOrigins,
    keyRules: readKeyRules(dependencies),
    rateLimits: { ...NO_RATE_LIMITS, ...dependencies.rateLimits },
    trustedProxies: dependencies.trustedProxies ?? DEFAULT_PROXIES,
    requestTimeoutMs: dependencies.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
  });
  const services: Services = {
    serving,
    traces,
    listRuns: dependencies.listRuns ?? (() => Promise.resolve([])),
    ...describeInputs(dependencies),
    recordFeedback: createFeedbackRecorder({ eventLog, log, metrics: traffic.metrics, stream, clock }),
    async forgetUser({ userId, kind }, into) {
      if (kind === 'dataset') gone.deletedIds.add(userId);
      if (into !== undefined) userLogs.forget(into.userId);
      userLogs.forget(userId);
      await counters.recount();
      await serving.recount();
    },
    online: { log, counters, guard, training, stream },
    traffic: { ...traffic, isDraining: drain.isDraining },
  };
  await addRoutes(app, services, { ...(servesPage && defined({ webRoot })), vary, basePath });
  await app.ready();
  await log.readAll();
  const sweeper = startSweeper({
    ...services.stores,
    clock,
    runJob: thread.runJob,
    onError: (error) => logger?.error(error, 'rows that nobody uses could not be removed'),
  });
  await serving
    .warmUp()
    .catch((error: unknown) =>
      app.log.error(error, 'the release failed a trial; it is served because there is no other'),
    );
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
      await sweeper.close();
      await guard.close();
      await log.close();
      thread.stopWatching();
    },
  };
}

/** What is being trained, and how far it is. */
function describeTraining(training: TrainingMonitor): string | undefined {
  const current = training.current();
  if (current === undefined) return undefined;
  const { generation, stage, done, total } = current;
  return `${generation} is being trained: ${stage}${total > 0 ? `, ${done} of ${total}` : ''}`;
}

/** What long work on the serving thread needs: to give way, and to be named in the metrics. */
interface Thread extends Pick<EventLoopDelay, 'begin' | 'runJob'> {
  readonly pause: Pause;
  stopWatching(): void;
}

function watchThread({ observeDelay }: Metrics): Thread {
  const now = (): number => performance.now();
  const { begin, runJob, measure } = createEventLoopDelay(now, observeDelay);
  const timer = setInterval(measure, MEASURE_EVERY_MS).unref();
  return { begin, runJob, pause: createPause(now), stopWatching: () => clearInterval(timer) };
}

function readKeyRules({
  apiKeys,
  requiresKeys: areRequired = false,
  servesPage = true,
  demo = false,
  operatorToken,
  catalogueToken,
}: ServerDependencies): KeyRules {
  const keys = apiKeys && createKeyRing(apiKeys, () => performance.now());
  return { areRequired, servesPage, demo, ...defined({ keys, operatorToken, catalogueToken }) };
}

/** The services that are the server's dependencies themselves. */
function describeInputs({
  dataset,
  eventLog,
  visitors,
  households,
  newItems,
  probeStore,
  catalogueToken,
  pinPepper,
  demo = false,
  basePath = '',
  explorationShare = DEFAULT_EXPLORATION_SHARE,
  clock,
  createId,
}: ServerDependencies): Pick<Services, 'dataset' | 'stores' | 'settings' | 'clock' | 'createId'> {
  return {
    dataset: { name: dataset.name, userIds: dataset.users.ids, eventCount: dataset.events.count },
    stores: { eventLog, visitors, households, newItems, probeStore },
    settings: { explorationShare, demo, basePath, ...defined({ catalogueToken, pinPepper }) },
    clock,
    createId,
  };
}

function createTraffic(
  { limits, responseCache, processMetrics = false }: ServerDependencies,
  stream: EventStream,
): Pick<Services['traffic'], 'gate' | 'metrics' | 'responseCache'> {
  const gate = createLoadGate(
    { ...DEFAULT_LOAD_LIMITS, ...limits },
    () => performance.now(),
    () => performance.eventLoopUtilization().idle,
  );
  const metrics = createMetrics({ processMetrics, gate, streamClients: stream.subscriberCount });
  const cacheLimits = { ...DEFAULT_RESPONSE_CACHE, ...responseCache };
  return { gate, metrics, responseCache: createResponseCache(cacheLimits, metrics.countLookUp) };
}

/** Monitors every release that replaces another, and serves the earlier one again if the later one does worse. */
function guardReleases(
  { eventLog, logger, onRollBack }: ServerDependencies,
  serving: Serving,
  log: LogFollower,
  { pause, runJob }: Thread,
): ReleaseGuard {
  const guard = createReleaseGuard({
    eventLog,
    throughSequence: log.throughSequence,
    async rollBack(to, from) {
      const versions = { from: from.version, to: to.version };
      logger?.warn(versions, 'the release does worse than the one before, which is served again');
      await serving.swap(to, { isRollBack: true });
      onRollBack?.(to);
    },
    onError: (error) => logger?.error(error, 'the release could not be monitored'),
    pause,
    runJob,
  });
  serving.onSwap((later, earlier, { isRollBack = false }) => {
    // A release that is served again has been monitored already.
    if (!isRollBack) guard.monitor(later, earlier);
  });
  return guard;
}

function publishReleases(stream: EventStream, serving: Serving): void {
  serving.onSwap(({ release }, earlier, { isRollBack = false }) => {
    const { version, generation, training } = release;
    const rolledBack = isRollBack ? { rolledBackFrom: earlier.release.version } : {};
    stream.publish('release', { version, generation, metrics: training?.metrics ?? {}, ...rolledBack });
  });
}
