import type { Release } from '@matinee/models/release';
import {
  createLiveEngine,
  type EventLog,
  listWithin,
  type MonitorState,
  monitorRelease,
  type ReleaseMonitor,
} from '@matinee/recommender';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';
import type { Snapshot } from './snapshot.ts';

/** The release that was served before, and how the present one does beside it. */
export interface GuardState extends MonitorState {
  readonly earlier: string;
  readonly later: string;
}

/** Watches every release that takes over, and brings back the one before if it falls. */
export interface ReleaseGuard {
  /** Watches from now on; an earlier watch ends. */
  monitor(later: Snapshot, earlier: Snapshot): void;
  /** Undefined before the first swap. */
  state(): GuardState | undefined;
  /** Asks about what has happened since the last time; called every second. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export interface GuardDependencies {
  readonly eventLog: EventLog;
  /** Place in the log up to which the swap was prepared. */
  readonly throughSequence: () => number;
  /** Brings the earlier release back. */
  readonly rollBack: (to: Release, from: Release) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const LOOK_EVERY_MS = 1000;
/** A question costs two answers: at most so much of the server's time goes into them. */
const QUERIES_A_LOOK = 2;

export function createReleaseGuard(dependencies: GuardDependencies): ReleaseGuard {
  const { eventLog, throughSequence, rollBack, onError } = dependencies;
  let monitored: { earlier: Release; later: Release; monitor: ReleaseMonitor } | undefined;
  let looking: Promise<void> | undefined;

  async function lookNow(): Promise<void> {
    const now = monitored;
    if (now === undefined || now.monitor.state().state !== 'monitoring') return;
    const { state } = await now.monitor.readOn(QUERIES_A_LOOK);
    if (state === 'fallen' && monitored === now) await rollBack(now.earlier, now.later);
  }

  function look(): Promise<void> {
    looking ??= lookNow()
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return {
    monitor(later, earlier) {
      // Live events of their own: what the server has counted already is not asked about yet.
      const engineOf = ({ grown, engine }: Snapshot) => createLiveEngine(engine.dataset, grown, engine.facts, engine);
      const context = { users: later.engine.dataset.users, log: eventLog, listItems: listWithin(RECOMMEND_CONTEXT) };
      const monitor = monitorRelease([engineOf(earlier), engineOf(later)], throughSequence(), context);
      monitored = { earlier: earlier.release, later: later.release, monitor };
    },
    state: () =>
      monitored && { earlier: monitored.earlier.version, later: monitored.later.version, ...monitored.monitor.state() },
    look,
    async close() {
      clearInterval(timer);
      monitored = undefined;
      await looking;
    },
  };
}
