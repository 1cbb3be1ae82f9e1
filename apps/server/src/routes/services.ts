import type { EventLog, HouseholdStore, NewItemStore, OnlineCounters, VisitorStore } from '@matinee/recommender';
import type { LoadGate } from '../http/load-gate.ts';
import type { Metrics } from '../http/metrics.ts';
import type { ResponseCache } from '../http/response-cache.ts';
import type { LogFollower } from '../serving/follow-log.ts';
import type { ReleaseGuard } from '../serving/guard-release.ts';
import type { Serving } from '../serving/serving.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { TrainingMonitor } from '../stream/training-progress.ts';

/** What routes are answered from. */
export interface Services {
  /** Taken once a request, at its start: what it gives next time may be another release. */
  readonly current: Serving['current'];
  readonly served: Serving['served'];
  readonly addItems: Serving['addItems'];
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
  readonly newItems: NewItemStore;
  readonly metrics: Metrics;
  /** Routes whose work takes milliseconds go through it; what takes microseconds need not. */
  readonly gate: LoadGate;
  readonly answers: ResponseCache;
  readonly isDraining: () => boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly createId: () => string;
  /** What whoever brings titles must show; absent: none are taken. */
  readonly catalogueToken?: string;
  /** Of the places of a row that explores, how many are drawn at random. */
  readonly explorationShare: number;
}
