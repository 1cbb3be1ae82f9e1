import type { EventLog, HouseholdStore, NewItemStore, OnlineCounters, VisitorStore } from '@matinee/recommender';
import type { LoadGate } from '../http/load-gate.ts';
import type { Metrics } from '../http/metrics.ts';
import type { ResponseCache } from '../http/response-cache.ts';
import type { SavedRun } from '../lab/saved-run.ts';
import type { TraceStore } from '../lab/trace-store.ts';
import type { Person } from '../serving/access.ts';
import type { LogFollower } from '../serving/follow-log.ts';
import type { ReleaseGuard } from '../serving/guard-release.ts';
import type { FeedbackRecorder } from '../serving/record-feedback.ts';
import type { Serving } from '../serving/serving.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { TrainingMonitor } from '../stream/training-progress.ts';

/** What routes use to answer. */
export interface Services {
  /** Call `current` once per request, at its start: a later call may return another release. */
  readonly serving: Pick<Serving, 'current' | 'of' | 'served' | 'addItems' | 'changeItems'>;
  /** The traces of the latest page requests, for the Lab. */
  readonly traces: TraceStore;
  /** Reads the manifests of the releases on disk. */
  readonly listRuns: () => Promise<readonly SavedRun[]>;
  readonly dataset: DatasetSummary;
  readonly stores: Stores;
  readonly recordFeedback: FeedbackRecorder;
  /**
   * Lets go of what is in memory of a user whose events are deleted, or moved to another user, and counts anew.
   */
  readonly forgetUser: (person: Person, into?: Person) => Promise<void>;
  readonly online: {
    /** Reads the event log for everything that is counted from it. */
    readonly log: LogFollower;
    /** Recent events of all users, counted by item. */
    readonly counters: Omit<OnlineCounters, 'apply'>;
    readonly guard: ReleaseGuard;
    readonly training: TrainingMonitor;
    readonly stream: EventStream;
  };
  readonly traffic: {
    /** Routes that work for milliseconds go through the gate; routes that work for microseconds need not. */
    readonly gate: LoadGate;
    readonly responseCache: ResponseCache;
    readonly metrics: Metrics;
    readonly isDraining: () => boolean;
  };
  readonly settings: {
    /** Secret that a client must send to add items; absent = no items are accepted. */
    readonly catalogueToken?: string;
    /** Whether everybody may look at the page as any user of the data set. */
    readonly demo: boolean;
    /** Share of places filled at random in a row that explores, 0 to 1. */
    readonly explorationShare: number;
    /** Secret that PINs are hashed with; absent = salt only. */
    readonly pinPepper?: Uint8Array;
    /** The path below which clients reach the server, such as `/matinee`; empty for the root. */
    readonly basePath: string;
  };
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /** Returns a unique id that cannot be guessed. */
  readonly createId: () => string;
}

/** The stores of what users do and of added items. */
export interface Stores {
  readonly eventLog: EventLog;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly newItems: NewItemStore;
  /** Writes a row durably, to find out whether anything can be stored. */
  readonly probeStore: () => Promise<void>;
}

interface DatasetSummary {
  readonly name: string;
  readonly userIds: readonly string[];
  readonly eventCount: number;
}
