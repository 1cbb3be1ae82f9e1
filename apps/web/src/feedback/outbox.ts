import type { EventsBody, EventsResponse } from '@matinee/contract';

/** The page names titles by their index. */
type OutboxEvent = Omit<EventsBody['events'][number], 'itemIdx' | 'itemId'> & { readonly itemIdx: number };

export interface QueuedEvent {
  readonly userIdx: number;
  readonly event: OutboxEvent;
}

export type Outcome =
  | { readonly kind: 'stored'; readonly status: 'accepted' | 'duplicate' | 'nothing_to_undo' }
  /** `message` is the server's reason when it refused the event, and absent when it did not answer. */
  | { readonly kind: 'failed'; readonly message?: string };

/** The waiting events of all tabs of the browser. */
export interface EventStore {
  /** In the order in which they were added, by whichever tab. */
  readonly all: () => readonly QueuedEvent[];
  readonly add: (events: readonly QueuedEvent[]) => void;
  readonly remove: (eventIds: readonly string[]) => void;
}

export interface OutboxPorts {
  readonly store: EventStore;
  /** Runs the work while no other tab runs its own. */
  readonly alone: (work: () => Promise<void>) => Promise<void>;
  /**
   * Rejects with an error whose `isTransient` says whether the same call may succeed later, and whose `retryAfterMs`
   * says when, if the server named a time.
   */
  readonly send: (body: EventsBody) => Promise<EventsResponse>;
  readonly isOnline: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
  readonly onOutcome: (queued: QueuedEvent, outcome: Outcome) => void;
  /** Called with the number of waiting choices, without impressions. */
  readonly onWaiting: (count: number) => void;
}

/** Equals the contract's MAX_EVENTS_PER_BATCH. */
export const MAX_BATCH = 50;
/** Unsent impressions and clicks beyond this number are dropped, oldest first; choices never are. */
const MAX_PASSIVE = 200;
const RETRY_DELAYS_MS = [300, 1000];
/** A choice waits so often, and each time at most so long, for a server that names the time to try again. */
const MAX_DELAYS = 5;
const MAX_DELAY_MS = 30_000;

/** What an error of `send` may say. */
interface SendError {
  readonly isTransient?: boolean;
  readonly retryAfterMs?: number;
}

/** Whether an event may be sent late or lost without a notice to the viewer. */
const isPassive = ({ event }: QueuedEvent) => event.type === 'impression' || event.type === 'click';

/** What the server's results say about one event. A missing result counts as failed. */
function outcomeOf({ event }: QueuedEvent, results: EventsResponse['results']): Outcome {
  const result = results.findLast(({ eventId }) => eventId === event.eventId);
  return result && result.status !== 'rejected'
    ? { kind: 'stored', status: result.status }
    : { kind: 'failed', message: result?.message ?? '' };
}

/** The waiting choices; one that waits together with its own undo comes to nothing. */
function countChoices(queue: readonly QueuedEvent[]): number {
  const ids = new Set(queue.map(({ event }) => event.eventId));
  const undone = new Set(queue.flatMap(({ event }) => event.undoes ?? []));
  const counts = ({ event }: QueuedEvent) =>
    !undone.has(event.eventId) && !(event.undoes !== undefined && ids.has(event.undoes));
  return queue.filter((queued) => !isPassive(queued) && counts(queued)).length;
}

/**
 * Queues events for the server. They stay in storage until the server has answered, so that a reload loses none; each
 * has an id that makes sending it twice harmless. All tabs share the storage, and one of them sends at a time. Offline,
 * choices wait. Online, a choice that fails three times is reported as failed and the page reverts it, so that nothing
 * looks saved that is not.
 */
export function createOutbox(ports: OutboxPorts) {
  const { store } = ports;
  let draining: Promise<void> | undefined;
  /** Whether events were added since the drain that runs looked for the last time. */
  let hasMore = false;

  const report = () => ports.onWaiting(countChoices(store.all()));
  const drop = (events: readonly QueuedEvent[]) => {
    store.remove(events.map(({ event }) => event.eventId));
    report();
  };

  /** Resolves to true when the batch is done, to false when it must wait. */
  async function sendBatch(batch: readonly QueuedEvent[]): Promise<boolean> {
    const body = { userIdx: batch[0]!.userIdx, events: batch.map(({ event }) => event) };
    let delayed = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        const { results } = await ports.send(body);
        drop(batch);
        for (const queued of batch) ports.onOutcome(queued, outcomeOf(queued, results));
        return true;
      } catch (error) {
        const { isTransient = false, retryAfterMs } = error as SendError;
        if (!isTransient) {
          drop(batch);
          const message = error instanceof Error ? error.message : '';
          for (const queued of batch) ports.onOutcome(queued, { kind: 'failed', message });
          return true;
        }
        if (!ports.isOnline()) return false;
        // The server names a time at which it will take them: nothing has failed yet.
        if (retryAfterMs !== undefined && delayed++ < MAX_DELAYS) {
          attempt = -1;
          await ports.wait(Math.min(retryAfterMs, MAX_DELAY_MS));
          continue;
        }
        const delayMs = RETRY_DELAYS_MS[attempt];
        if (delayMs !== undefined) {
          await ports.wait(delayMs);
          continue;
        }
        const choices = batch.filter((queued) => !isPassive(queued));
        drop(choices);
        for (const queued of choices) ports.onOutcome(queued, { kind: 'failed' });
        return false;
      }
    }
  }

  async function drainAll(): Promise<void> {
    while (ports.isOnline()) {
      hasMore = false;
      const queue = store.all();
      const userIdx = queue[0]?.userIdx;
      if (userIdx === undefined) return;
      if (!(await sendBatch(queue.filter((queued) => queued.userIdx === userIdx).slice(0, MAX_BATCH)))) return;
    }
  }

  /** Sends all waiting events; in this tab, only one drain runs at a time. */
  function drain(): Promise<void> {
    if (!ports.isOnline()) return Promise.resolve();
    draining ??= ports.alone(drainAll).finally(() => {
      draining = undefined;
    });
    return draining.then(() => (hasMore && draining === undefined ? drain() : undefined));
  }

  return {
    add(events: readonly QueuedEvent[]): void {
      hasMore = true;
      const passive = store.all().filter(isPassive);
      store.remove(passive.slice(0, Math.max(0, passive.length - MAX_PASSIVE)).map(({ event }) => event.eventId));
      store.add(events);
      report();
    },
    drain,
    /** Counts the waiting choices again, after another tab has added or sent some. */
    report,
    /** All waiting events. They stay queued. */
    waiting: (): readonly QueuedEvent[] => store.all(),
  };
}
