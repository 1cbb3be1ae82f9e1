import { setImmediate as nextTick } from 'node:timers/promises';
import { MatineeError } from '@matinee/numerics';
import type { FastifyRequest } from 'fastify';

/** How much the server takes on before it refuses. */
export interface LoadLimits {
  /** Requests worked on at once, from 1, while they wait for something elsewhere; of those that compute on this thread there are {@link COMPUTING}. */
  readonly maxRunning: number;
  /** Requests that wait while so many are worked on; further ones are refused at the door. */
  readonly maxWaiting: number;
  /** Whoever has waited longer is refused, and so is whoever comes behind them. */
  readonly maxWaitMs: number;
}

export const DEFAULT_LOAD_LIMITS: LoadLimits = { maxRunning: 16, maxWaiting: 64, maxWaitMs: 400 };

/**
 * Lets so much work in as can be answered in time, and refuses the rest with `OVERLOADED`, while refusing is still
 * cheap: what is let in is then answered as fast as ever.
 */
export interface LoadGate {
  /** Spread into a route's options: its requests go through the gate, and leave it when they are answered. */
  readonly hooks: {
    readonly onRequest: (request: FastifyRequest) => Promise<void>;
    readonly onSend: (request: FastifyRequest) => Promise<void>;
  };
  runningCount(): number;
  waitingCount(): number;
}

interface Waiting {
  readonly request: FastifyRequest;
  readonly sinceMs: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** A busy server takes one new connection a turn of the loop: it gets at least so much time for that between works. */
const MIN_TAKE_IN_MS = 2;
/** A connection is taken in one turn and read in the next. */
const QUIET_TURNS = 2;

/**
 * One computes, and the next has its turn between two of its steps. More would take turns with them and all be late: of
 * works of one length, first come first served makes nobody wait longer and most people less.
 */
const COMPUTING = 2;
/** So often it is looked whether those inside do anything. */
const LOOK_AGAIN_MS = 5;

/**
 * @param now Monotonic milliseconds.
 * @param idleMs Milliseconds for which the event loop has had nothing to do, ever.
 */
export function createLoadGate(
  { maxRunning, maxWaiting, maxWaitMs }: LoadLimits,
  now: () => number,
  idleMs: () => number,
): LoadGate {
  const waiting: Waiting[] = [];
  const inside = new WeakSet<FastifyRequest>();
  let running = 0;
  let newItemCount = 0;
  let isLettingIn = false;
  let idleAtLast = 0;
  let lookAgain: NodeJS.Timeout | undefined;

  /**
   * Takes in what has arrived before more work is begun. While a model computes on this thread, requests queue up in the
   * kernel, where they are neither seen nor counted; only here can they be refused. For no longer than the last work
   * kept the thread: refusing must not take more than half of the time.
   */
  async function takeIn(): Promise<void> {
    const workedSince = now();
    await nextTick();
    const startedAt = now();
    const longestMs = Math.max(MIN_TAKE_IN_MS, startedAt - workedSince);
    for (let quiet = 0; quiet < QUIET_TURNS && now() - startedAt < longestMs; ) {
      const before = newItemCount;
      await nextTick();
      quiet = newItemCount === before ? quiet + 1 : 0;
    }
  }

  function hasRoom(): boolean {
    if (running < Math.min(COMPUTING, maxRunning)) return true;
    // Where the loop has stood still since the last one came in, those inside wait for something elsewhere.
    return running < maxRunning && idleMs() > idleAtLast;
  }

  async function letIn(): Promise<void> {
    if (isLettingIn) return;
    isLettingIn = true;
    while (waiting.length > 0 && hasRoom()) {
      await takeIn();
      const { request, sinceMs, enter, refuse } = waiting.shift()!;
      // Nobody is there any more to read an answer.
      if (request.raw.socket.destroyed) refuse(overloaded('given up'));
      else if (now() - sinceMs > maxWaitMs) refuse(overloaded(`no turn within ${maxWaitMs} ms`));
      else {
        running++;
        idleAtLast = idleMs();
        inside.add(request);
        enter();
      }
    }
    isLettingIn = false;
    clearTimeout(lookAgain);
    if (waiting.length > 0 && running < maxRunning) lookAgain = setTimeout(() => void letIn(), LOOK_AGAIN_MS).unref();
  }

  function addItems(request: FastifyRequest): Promise<void> {
    newItemCount++;
    const oldest = waiting[0];
    if (running + waiting.length >= maxRunning + maxWaiting) throw overloaded(`${maxWaiting} requests wait already`);
    if (oldest !== undefined && now() - oldest.sinceMs > maxWaitMs) throw overloaded(`others wait for ${maxWaitMs} ms`);
    return new Promise((enter, refuse) => {
      waiting.push({ request, sinceMs: now(), enter, refuse });
      void letIn();
    });
  }

  return {
    hooks: {
      onRequest: addItems,
      onSend: async (request) => {
        // Who was refused is answered too, and was never inside.
        if (!inside.delete(request)) return;
        running--;
        void letIn();
      },
    },
    runningCount: () => running,
    waitingCount: () => waiting.length,
  };
}

function overloaded(why: string): MatineeError {
  return new MatineeError('OVERLOADED', `too much is asked at this moment (${why}); try again in a second`);
}
