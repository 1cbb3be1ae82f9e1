import type { EventsBody, EventsResponse } from '@matinee/contract';

type Event = EventsBody['events'][number];

export interface QueuedEvent {
  readonly userIdx: number;
  readonly event: Event;
}

export type Outcome =
  | { readonly kind: 'stored'; readonly status: 'accepted' | 'duplicate' | 'nothing_to_undo' }
  /** `message` is the server's where it refused the event, and absent where it did not answer. */
  | { readonly kind: 'failed'; readonly message?: string };

export interface OutboxPorts {
  readonly load: () => readonly QueuedEvent[];
  readonly save: (queue: readonly QueuedEvent[]) => void;
  /** Rejects with an error whose `isTransient` says whether the same call may succeed later. */
  readonly send: (body: EventsBody) => Promise<EventsResponse>;
  readonly isOnline: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
  readonly onOutcome: (queued: QueuedEvent, outcome: Outcome) => void;
  /** Told of the number of choices (not impressions) that wait. */
  readonly onWaiting: (count: number) => void;
}

/** As the contract's MAX_EVENTS_PER_BATCH. */
export const MAX_BATCH = 50;
/** Impressions nobody could take are dropped beyond this many; choices never are. */
const MAX_PASSIVE = 200;
const RETRY_DELAYS_MS = [300, 1000];

/** What nobody waits for: it may be sent late, or be lost without a word. */
const isPassive = ({ event }: QueuedEvent) => event.type === 'impression' || event.type === 'click';

/**
 * Events on their way to the server. Kept in storage until the server has answered, so that a reload loses none; each
 * has an id that makes sending it twice harmless. Offline, choices wait. Online, a choice that the server does not
 * take after two more tries is reported as failed, and the page takes it back: nothing looks saved that is not.
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

  /** Resolves to true when the batch is settled, to false when it must wait. */
  async function sendBatch(batch: readonly QueuedEvent[]): Promise<boolean> {
    const body = { userIdx: batch[0]!.userIdx, events: batch.map(({ event }) => event) };
    for (let attempt = 0; ; attempt++) {
      try {
        const { results } = await ports.send(body);
        drop(batch);
        const byId = new Map(results.map((result) => [result.eventId, result]));
        for (const queued of batch) {
          const result = byId.get(queued.event.eventId);
          if (result && result.status !== 'rejected')
            ports.onOutcome(queued, { kind: 'stored', status: result.status });
          else ports.onOutcome(queued, { kind: 'failed', message: result?.message ?? '' });
        }
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

    /** Sends what waits; one drain at a time. */
    drain(): Promise<void> {
      draining ??= drainAll().finally(() => {
        draining = undefined;
      });
      return draining;
    },

    /** Takes back an event that has not been sent; false when it is too late for that. */
    withdraw(eventId: string): boolean {
      const queued = queue.find(({ event }) => event.eventId === eventId);
      if (!queued || inFlight.has(eventId)) return false;
      drop([queued]);
      return true;
    },

    /** Everything that waits and is not on its way, for a last send as the page goes; it stays queued. */
    waiting: (): readonly QueuedEvent[] => queue.filter(({ event }) => !inFlight.has(event.eventId)),
  };
}
