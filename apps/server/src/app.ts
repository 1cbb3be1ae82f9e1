import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { ArrivalStore, EventLog, HouseholdStore, OnlineCounters, VisitorStore } from '@matinee/recommender';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { AnswerCache } from './answer-cache.ts';
import type { LogFollower } from './follow-log.ts';
import type { ReleaseGuard } from './guard-release.ts';
import type { LoadGate } from './load-gate.ts';
import type { Metrics } from './metrics.ts';
import type { Serving } from './serving.ts';
import type { EventStream } from './stream/event-stream.ts';
import type { TrainingMonitor } from './stream/training-progress.ts';

/** Fastify with the types of requests and answers taken from the contract's schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes are answered from. */
export interface Services {
  /** Taken once a request, at its start: what it gives next time may be another release. */
  readonly current: Serving['current'];
  readonly served: Serving['served'];
  readonly arrive: Serving['arrive'];
  readonly training: TrainingMonitor;
  readonly stream: EventStream;
  readonly datasetName: string;
  readonly userIds: readonly string[];
  readonly eventCount: number;
  readonly eventLog: EventLog;
  /** Reads the event log for all that is counted from it. */
  readonly log: LogFollower;
  /** What everybody does lately. */
  readonly counters: OnlineCounters;
  readonly guard: ReleaseGuard;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly arrivals: ArrivalStore;
  readonly metrics: Metrics;
  /** Routes whose work takes milliseconds go through it; what takes microseconds need not. */
  readonly gate: LoadGate;
  readonly answers: AnswerCache;
  readonly isDraining: () => boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly createId: () => string;
  /** What whoever brings titles must show; absent: none are taken. */
  readonly catalogueToken?: string;
  /** Of the places of a row that explores, how many are drawn at random. */
  readonly explorationShare: number;
}
