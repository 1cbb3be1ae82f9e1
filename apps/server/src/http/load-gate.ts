import { MatineeError } from '@matinee/numerics';
import type { FastifyRequest } from 'fastify';
import { takeInRequests } from './take-in-requests.ts';

/** How much work the server accepts before it refuses requests. */
export interface LoadLimits {
  /** Requests in progress at once, at least 1, while they wait for I/O; at most {@link COMPUTING} of them compute. */
  readonly maxRunning: number;
  /** Requests in the queue; further ones are refused at once. */
  readonly maxWaiting: number;
  /** A request of a program that has waited longer is refused, and so are new ones behind it. */
  readonly maxWaitMs: number;
  /**
   * The same for a request that a person waits for, who would rather wait a moment than read of an error; at least
   * `maxWaitMs`.
   */
  readonly maxPageWaitMs: number;
}

/** A hundred people who open a page in the same moment are an ordinary evening, and each page asks several things. */
export const DEFAULT_LOAD_LIMITS: LoadLimits = {
  maxRunning: 16,
  maxWaiting: 512,
  maxWaitMs: 400,
  maxPageWaitMs: 5000,
};

type GateHooks = {
  readonly onRequest: (request: FastifyRequest) => Promise<void>;
  readonly onSend: (request: FastifyRequest) => Promise<void>;
};

/**
 * Admits as many requests as can be answered in time and refuses the rest with `OVERLOADED`. Refusing early is cheap,
 * so admitted requests stay fast under any load.
 */
export interface LoadGate {
  /** Spread into a route's options: its requests enter the gate, and leave it when they are answered. */
  readonly hooks: GateHooks;
  /** The same for what a page asks for, which waits longer before it is refused. */
  readonly pageHooks: GateHooks;
  /**
   * Lets those go first who wait, for a request that is many: it queues again behind them, and is not refused. Resolves
   * when it may go on.
   *
   * @throws {MatineeError} `OVERLOADED` when the client has gone.
   */
  queueAgain(request: FastifyRequest): Promise<void>;
  runningCount(): number;
  waitingCount(): number;
}

interface Waiting {
  readonly request: FastifyRequest;
  readonly sinceMs: number;
  readonly maxWaitMs: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * One request computes, and the next runs between its steps. More would share the thread and all be late: for requests
 * of equal length, first come first served makes nobody wait longer and most people less.
 */
const COMPUTING = 2;
/** Interval of checking whether the requests in progress only wait for I/O. */
const CHECK_AGAIN_MS = 5;

/**
 * @param now Returns monotonic milliseconds.
 * @param idleMs Returns the total milliseconds for which the event loop has been idle.
 */
export function createLoadGate(limits: LoadLimits, now: () => number, idleMs: () => number): LoadGate {
  const { maxRunning, maxWaitMs } = limits;
  const maxPageWaitMs = Math.max(maxWaitMs, limits.maxPageWaitMs);
  const waiting: Waiting[] = [];
  const inside = new WeakSet<FastifyRequest>();
  let running = 0;
  let requestCount = 0;
  let isAdmitting = false;
  let idleAtLastEntry = 0;
  let checkAgain: NodeJS.Timeout | undefined;

  function hasRoom(): boolean {
    if (running < Math.min(COMPUTING, maxRunning)) return true;
    // If the event loop has been idle since the last entry, the requests in progress wait for I/O.
    return running < maxRunning && idleMs() > idleAtLastEntry;
  }

  async function admitWaiting(): Promise<void> {
    if (isAdmitting) return;
    isAdmitting = true;
    while (waiting.length > 0 && hasRoom()) {
      await takeInRequests(now, () => requestCount);
      admit(waiting.shift()!);
    }
    isAdmitting = false;
    clearTimeout(checkAgain);
    if (waiting.length > 0 && running < maxRunning) {
      checkAgain = setTimeout(() => void admitWaiting(), CHECK_AGAIN_MS).unref();
    }
  }

  function admit({ request, sinceMs, maxWaitMs, enter, refuse }: Waiting): void {
    // The client has gone, so nobody would read the answer.
    if (request.raw.socket.destroyed) refuse(overloaded('the client has gone'));
    else if (now() - sinceMs > maxWaitMs) refuse(overloaded(`not started within ${maxWaitMs} ms`));
    else {
      running++;
      idleAtLastEntry = idleMs();
      inside.add(request);
      enter();
    }
  }

  async function onSend(request: FastifyRequest): Promise<void> {
    // A refused request is answered too, but was never inside.
    if (!inside.delete(request)) return;
    running--;
    void admitWaiting();
  }

  const hooksFor = (maxWaitMs: number): GateHooks => ({
    onRequest(request) {
      requestCount++;
      requireRoomToWait({ ...limits, maxWaitMs }, running, waiting, now());
      return new Promise((enter, refuse) => {
        waiting.push({ request, sinceMs: now(), maxWaitMs, enter, refuse });
        void admitWaiting();
      });
    },
    onSend,
  });

  return {
    hooks: hooksFor(maxWaitMs),
    pageHooks: hooksFor(maxPageWaitMs),
    async queueAgain(request) {
      if (!inside.delete(request)) return;
      running--;
      await new Promise<void>((enter, refuse) => {
        waiting.push({ request, sinceMs: now(), maxWaitMs: Number.POSITIVE_INFINITY, enter, refuse });
        void admitWaiting();
      });
    },
    runningCount: () => running,
    waitingCount: () => waiting.length,
  };
}

/** @throws {MatineeError} `OVERLOADED` when a new request cannot be answered in time. */
function requireRoomToWait(
  { maxRunning, maxWaiting, maxWaitMs }: LoadLimits,
  running: number,
  waiting: readonly Waiting[],
  nowMs: number,
): void {
  const [oldest] = waiting;
  if (running + waiting.length >= maxRunning + maxWaiting) throw overloaded(`${maxWaiting} requests wait already`);
  if (oldest !== undefined && nowMs - oldest.sinceMs > maxWaitMs) throw overloaded(`others wait for ${maxWaitMs} ms`);
}

function overloaded(why: string): MatineeError {
  return new MatineeError('OVERLOADED', `too many requests at this moment (${why}); try again in a second`);
}
