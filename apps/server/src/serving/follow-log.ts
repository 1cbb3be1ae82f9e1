import { type EventLog, type LogFold, readLog } from '@matinee/recommender';

/** Keeps folds of the event log up to date. */
export interface LogFollower {
  /** Keeps the fold up to date, from the next {@link catchUp} on. */
  follow(fold: LogFold): void;
  unfollow(fold: LogFold): void;
  /**
   * Counts everything that was in the log when this was called. Never rejects: what could not be read is read next time.
   * Waits no longer than {@link LONGEST_WAIT_MS}; the counting goes on.
   */
  catchUp(): Promise<void>;
  /** Place in the log of the last event that is counted. */
  throughSequence(): number;
  /** Ends the reading that is under way and begins no other. */
  close(): Promise<void>;
}

/** Other processes write to the same log; what they wrote is counted within this time. */
const POLL_EVERY_MS = 250;
/** Counts are worth no more of an answer's time. */
const LONGEST_WAIT_MS = 1000;

/**
 * One reader for all folds: each step goes to every fold that has not had it. Many callers at the same time share one
 * reading.
 *
 * @param onError Told when the log can no longer be read; the counts then stand still until it can.
 */
export function followLog(eventLog: EventLog, onError: (error: unknown) => void): LogFollower {
  const folds = new Set<LogFold>();
  /** Taken in when a reading begins: one that is under way may be past what they lack. */
  const joining = new Set<LogFold>();
  let throughSequence = 0;
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let isFailing = false;
  let isClosed = false;

  async function readOn(): Promise<void> {
    for (const fold of joining) folds.add(fold);
    joining.clear();
    // From where the fold stands that is furthest behind.
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

  /** A reading that begins after now: one that is under way may be past what the caller wants counted. */
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
