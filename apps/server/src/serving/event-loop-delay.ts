/** Work beside requests that a delay is attributed to. */
type JobName =
  | 'add items'
  | 'change items'
  | 'swap a release'
  | 'open a generation'
  | 'fold the log'
  | 'warm up'
  | 'monitor a release'
  | 'sweep unused rows';

/** Runs a job under its name and returns what it returns. */
export type RunJob = <Result>(name: JobName, work: () => Promise<Result>) => Promise<Result>;

/**
 * Measures for how long the thread does not get to its timers, and what is under way meanwhile. A delay counts for all
 * routes and jobs that ran since the measurement before: which of them held the thread cannot be known, so each figure
 * is an upper bound of its own share.
 */
export interface EventLoopDelay {
  /** Marks a route or job as under way; call the result once when it has ended. */
  begin(name: string): () => void;
  readonly runJob: RunJob;
  /** Called by the timer. */
  measure(): void;
}

export const MEASURE_EVERY_MS = 10;
/** Name of what a delay counts for when neither a route nor a job is under way. */
const NOTHING = 'nothing';

/**
 * @param now Returns monotonic milliseconds.
 * @param observe Called for each name and measurement with the delay in milliseconds, 0 or more.
 */
export function createEventLoopDelay(now: () => number, observe: (name: string, ms: number) => void): EventLoopDelay {
  const running = new Map<string, number>();
  /** Ended since the last measurement: the timer comes after the work that delayed it. */
  const ended = new Set<string>();
  let measuredAt = now();

  function begin(name: string): () => void {
    running.set(name, (running.get(name) ?? 0) + 1);
    return () => {
      const count = (running.get(name) ?? 1) - 1;
      if (count > 0) running.set(name, count);
      else running.delete(name);
      ended.add(name);
    };
  }

  return {
    begin,
    async runJob(name, work) {
      const end = begin(name);
      try {
        return await work();
      } finally {
        end();
      }
    },
    measure() {
      const at = now();
      const delayMs = Math.max(0, at - measuredAt - MEASURE_EVERY_MS);
      measuredAt = at;
      for (const name of running.keys()) ended.add(name);
      if (ended.size === 0) observe(NOTHING, delayMs);
      for (const name of ended) observe(name, delayMs);
      ended.clear();
    },
  };
}
