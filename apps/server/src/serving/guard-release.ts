import type { Release } from '@matinee/models/release';
import type { Pause } from '@matinee/numerics';
import {
  createLiveEngine,
  type EventLog,
  listWithin,
  type MonitorState,
  monitorRelease,
  type ReleaseMonitor,
} from '@matinee/recommender';
import type { RunJob } from './event-loop-delay.ts';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';
import type { Snapshot } from './snapshot.ts';

/** The result of comparing the present release with the one before. */
export interface GuardState extends MonitorState {
  readonly earlier: string;
  readonly later: string;
}

/** Monitors every release that replaces another, and serves the earlier one again if the later one does worse. */
export interface ReleaseGuard {
  /** Starts monitoring this pair of releases and stops monitoring an earlier pair. */
  monitor(later: Snapshot, earlier: Snapshot): void;
  /** Undefined before the first swap. */
  state(): GuardState | undefined;
  /** Evaluates both releases on new events; called every second. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export interface GuardDependencies {
  readonly eventLog: EventLog;
  /** Place in the log up to which the swap was prepared. */
  readonly throughSequence: () => number;
  /** Serves the earlier release again. */
  readonly rollBack: (to: Release, from: Release) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Called between events and queries, so that requests are answered meanwhile. */
  readonly pause: Pause;
  readonly runJob: RunJob;
}

const LOOK_EVERY_MS = 1000;
/** A query costs two recommendations; this bounds the time spent on them. */
const QUERIES_A_LOOK = 2;

/** A pair of releases that is being monitored. */
interface Monitored {
  readonly earlier: Release;
  readonly later: Release;
  readonly monitor: ReleaseMonitor;
}

export function createReleaseGuard(dependencies: GuardDependencies): ReleaseGuard {
  const { eventLog, throughSequence, rollBack, onError, pause, runJob } = dependencies;
  let monitored: Monitored | undefined;
  /** What was said of the last pair; its releases are not held any longer. */
  let verdict: GuardState | undefined;
  let looking: Promise<void> | undefined;

  async function lookNow(): Promise<void> {
    const now = monitored;
    if (now === undefined) return;
    const { state } = await now.monitor.readOn(QUERIES_A_LOOK);
    if (state === 'monitoring' || monitored !== now) return;
    verdict = describe(now);
    monitored = undefined;
    if (state === 'fallen') await rollBack(now.earlier, now.later);
  }

  function look(): Promise<void> {
    looking ??= runJob('monitor a release', lookNow)
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return {
    monitor(later, earlier) {
      // Engines with their own live events: those of the server may already count the events that are held out here.
      const engineOf = ({ grown, engine }: Snapshot) => createLiveEngine(engine.dataset, grown, engine.facts, engine);
      const context = {
        users: later.engine.dataset.users,
        log: eventLog,
        listItems: listWithin(RECOMMEND_CONTEXT),
        pause,
      };
      const monitor = monitorRelease([engineOf(earlier), engineOf(later)], throughSequence(), context);
      monitored = { earlier: earlier.release, later: later.release, monitor };
    },
    state: () => (monitored === undefined ? verdict : describe(monitored)),
    look,
    async close() {
      clearInterval(timer);
      monitored = undefined;
      await looking;
    },
  };
}

function describe({ earlier, later, monitor }: Monitored): GuardState {
  return { earlier: earlier.version, later: later.version, ...monitor.state() };
}
