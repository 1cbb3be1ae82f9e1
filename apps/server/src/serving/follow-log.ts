import { type EventLog, type LogFold, readLog } from '@matinee/recommender';

/** Applies the event log to folds, and keeps them up to date. */
export interface LogFollower {
  /** Adds a fold; it is up to date from the next {@link catchUp} on. */
  follow(fold: LogFold): void;
  unfollow(fold: LogFold): void;
  /**
   * Applies all events that are in the log at the time of the call. Never rejects: events that cannot be read are read
   * next time. Resolves after {@link LONGEST_WAIT_MS} at the latest; reading then continues in the background.
   */
  catchUp(): Promise<void>;
  /** Returns the sequence number of the last applied event. */
  throughSequence(): number;
  /** Stops the present read and starts no other. */
  close(): Promise<void>;
}

/** Interval of reading what other processes wrote to the same log. */
const POLL_EVERY_MS = 250;
/** Up-to-date counts are not worth a longer delay of a response. */
const LONGEST_WAIT_MS = 1000;

/**
 * Reads the log once for all folds: each event is applied to every fold that has not had it. Concurrent callers share
 * one read.
 *
 * @param onError Called when reading begins to fail; the folds then stay as they are until it works again.
 */
export function followLog(eventLog: EventLog, onError: (error: unknown) => void): LogFollower {
  const folds = new Set<LogFold>();
  /** Added when the next read begins: the present one may be past events that they lack. */
  const joining = new Set<LogFold>();
  let throughSequence = 0;
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
        const { sequence } = step.event;
        for (const fold of folds) if (sequence > fold.throughSequence()) fold.apply(step);
        throughSequence = Math.max(throughSequence, sequence);
      }
      isFailing = false;
    } catch (error) {
      if (!isFailing) onError(error);
      isFailing = true;
    }
  }

  /** Returns a read that begins after the call: the present one may have passed events that the caller needs. */
  function read(): Promise<void> {
    if (reading === undefined) {
      reading = readOn().finally(() => {
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
    follow: (fold) => void joining.add(fold),
    unfollow(fold) {
      joining.delete(fold);
      folds.delete(fold);
    },
    catchUp: () => noLongerThan(LONGEST_WAIT_MS, read()),
    throughSequence: () => throughSequence,
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
