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

export interface OutboxPorts {
  readonly load: () => readonly QueuedEvent[];
  readonly save: (queue: readonly QueuedEvent[]) => void;
  /** Rejects with an error whose `isTransient` says whether the same call may succeed later. */
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

/** Whether an event may be sent late or lost without a notice to the viewer. */
const isPassive = ({ event }: QueuedEvent) => event.type === 'impression' || event.type === 'click';

/** What the server's results say about one event. A missing result counts as failed. */
function outcomeOf({ event }: QueuedEvent, results: EventsResponse['results']): Outcome {
  const result = results.findLast(({ eventId }) => eventId === event.eventId);
  return result && result.status !== 'rejected'
    ? { kind: 'stored', status: result.status }
    : { kind: 'failed', message: result?.message ?? '' };
}

/**
 * Queues events for the server. They stay in storage until the server has answered, so that a reload loses none; each
 * has an id that makes sending it twice harmless. Offline, choices wait. Online, a choice that fails three times is
 * reported as failed and the page reverts it, so that nothing looks saved that is not.
 */
export function createOutbox(ports: OutboxPorts) {
  let queue: readonly QueuedEvent[] = ports.load();
  let draining: Promise<void> | undefined;
  const inFlight = new Set<string>();

  const replace = (next: readonly QueuedEvent[]) => {
    queue = next;
    ports.save(queue);
    ports.onWaiting(queue.filter((queued) => !isPassive(queued)).length);
  };
  const drop = (events: readonly QueuedEvent[]) => {
    const ids = new Set(events.map(({ event }) => event.eventId));
    replace(queue.filter(({ event }) => !ids.has(event.eventId)));
  };

  /** Resolves to true when the batch is done, to false when it must wait. */
  async function sendBatch(batch: readonly QueuedEvent[]): Promise<boolean> {
    const body = { userIdx: batch[0]!.userIdx, events: batch.map(({ event }) => event) };
    for (let attempt = 0; ; attempt++) {
      try {
        const { results } = await ports.send(body);
        drop(batch);
        for (const queued of batch) ports.onOutcome(queued, outcomeOf(queued, results));
        return true;
      } catch (error) {
        if (!(error as { isTransient?: boolean }).isTransient) {
          drop(batch);
          const message = error instanceof Error ? error.message : '';
          for (const queued of batch) ports.onOutcome(queued, { kind: 'failed', message });
          return true;
        }
        if (!ports.isOnline()) return false;
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
    while (queue.length > 0 && ports.isOnline()) {
      const { userIdx } = queue[0]!;
      const batch = queue.filter((queued) => queued.userIdx === userIdx).slice(0, MAX_BATCH);
      for (const { event } of batch) inFlight.add(event.eventId);
      const settled = await sendBatch(batch);
      inFlight.clear();
      if (!settled) return;
    }
  }

  return {
    add(events: readonly QueuedEvent[]): void {
      const passive = queue.filter(isPassive);
      const surplus = new Set(passive.slice(0, Math.max(0, passive.length - MAX_PASSIVE)));
      replace([...queue.filter((queued) => !surplus.has(queued)), ...events]);
    },

    /** Sends all waiting events; only one drain runs at a time. */
    drain(): Promise<void> {
      draining ??= drainAll().finally(() => {
        draining = undefined;
      });
      return draining;
    },

    /** Removes an event that has not been sent; returns false when it is too late. */
    withdraw(eventId: string): boolean {
      const queued = queue.find(({ event }) => event.eventId === eventId);
      if (!queued || inFlight.has(eventId)) return false;
      drop([queued]);
      return true;
    },

    /** All waiting events that are not being sent, for a last send as the page closes. They stay queued. */
    waiting: (): readonly QueuedEvent[] => queue.filter(({ event }) => !inFlight.has(event.eventId)),
  };
}
