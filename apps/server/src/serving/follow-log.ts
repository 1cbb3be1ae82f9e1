import { NO_PAUSE, type Pause } from '@matinee/numerics';
import { type EventLog, type LogFold, readLog } from '@matinee/recommender';
import type { RunJob } from './event-loop-delay.ts';

/** Applies the event log to folds, and keeps them up to date. */
export interface LogFollower {
  /**
   * Adds a fold. If it is behind the others it first reads the log on its own, however long that takes, so that the
   * others stay up to date meanwhile. It is up to date from the next {@link catchUp} after this has resolved. Never
   * rejects: what cannot be read is read later.
   */
  follow(fold: LogFold): Promise<void>;
  unfollow(fold: LogFold): void;
  /**
   * Applies all events that are in the log at the time of the call. Never rejects: events that cannot be read are read
   * next time. Resolves after {@link LONGEST_WAIT_MS} at the latest; reading then continues in the background.
   */
  catchUp(): Promise<void>;
  /** As {@link catchUp}, however long it takes: for the start, when nobody waits yet. */
  readAll(): Promise<void>;
  /** Returns the sequence number of the last applied event. */
  throughSequence(): number;
  /** Returns the sequence number of the last applied event that is no impression: pages of others change with these. */
  throughFeedback(): number;
  /** Stops the present read and starts no other. */
  close(): Promise<void>;
}

/** Interval of reading what other processes wrote to the same log. */
const POLL_EVERY_MS = 250;
/** Up-to-date counts are not worth a longer delay of a response. */
const LONGEST_WAIT_MS = 1000;

interface ReadingOptions {
  /** Called between events, so that requests are answered while a long log is read. */
  readonly pause?: Pause;
  readonly runJob?: RunJob;
}

/**
 * Reads the log once for all folds: each event is applied to every fold that has not had it. Concurrent callers share
 * one read.
 *
 * @param onError Called when reading begins to fail; the folds then stay as they are until it works again.
 */
export function followLog(
  eventLog: EventLog,
  onError: (error: unknown) => void,
  { pause = NO_PAUSE, runJob = (_, work) => work() }: ReadingOptions = {},
): LogFollower {
  const folds = new Set<LogFold>();
  /** Added when the next read begins: the present one may be past events that they lack. */
  const joining = new Set<LogFold>();
  let throughSequence = 0;
  let throughFeedback = 0;
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let isFailing = false;
  let isClosed = false;

  async function readOn(): Promise<void> {
    for (const fold of joining) folds.add(fold);
    joining.clear();
    // Starts at the fold that is furthest behind.
    const from = Math.min(throughSequence, ...Array.from(folds, (fold) => fold.throughSequence()));
    try {
      for await (const step of readLog(eventLog, from)) {
        if (isClosed) return;
        const { sequence, type } = step.event;
        for (const fold of folds) if (sequence > fold.throughSequence()) fold.apply(step);
        throughSequence = Math.max(throughSequence, sequence);
        if (type !== 'impression') throughFeedback = Math.max(throughFeedback, sequence);
        await pause();
      }
      isFailing = false;
    } catch (error) {
      report(error);
    }
  }

  function report(error: unknown): void {
    if (!isFailing) onError(error);
    isFailing = true;
  }

  async function readAlone(fold: LogFold): Promise<void> {
    try {
      for await (const step of readLog(eventLog, fold.throughSequence())) {
        if (isClosed) return;
        fold.apply(step);
        await pause();
      }
    } catch (error) {
      report(error);
    }
  }

  /** Returns a read that begins after the call: the present one may have passed events that the caller needs. */
  function read(): Promise<void> {
    if (reading === undefined) {
      reading = runJob('fold the log', readOn).finally(() => {
        reading = undefined;
      });
      return reading;
    }
    next ??= reading.then(() => {
      next = undefined;
      return read();
    });
    return next;
  }

  const polling = setInterval(() => void (reading ?? read()), POLL_EVERY_MS).unref();
  return {
    async follow(fold) {
      if (fold.throughSequence() < throughSequence) await readAlone(fold);
      joining.add(fold);
    },
    unfollow(fold) {
      joining.delete(fold);
      folds.delete(fold);
    },
    catchUp: () => noLongerThan(LONGEST_WAIT_MS, read()),
    readAll: read,
    throughSequence: () => throughSequence,
    throughFeedback: () => throughFeedback,
    async close() {
      isClosed = true;
      clearInterval(polling);
      if (reading !== undefined) await noLongerThan(LONGEST_WAIT_MS, reading);
    },
  };
}

async function noLongerThan(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
