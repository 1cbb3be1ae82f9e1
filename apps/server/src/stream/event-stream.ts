import type { StreamEvents, StreamTopic } from '@matinee/contract';

/** Somebody who listens. */
interface Subscriber {
  readonly topics: ReadonlySet<StreamTopic>;
  /** The last event it has; NaN for one that is no number. Absent: it starts now. */
  readonly lastEventId?: number;
  /** Takes text of the event stream format. Called at once for what was missed, then as things happen. */
  send(text: string): void;
  /** Nothing more will come. */
  end(): void;
}

/** What happens, told to all who listen, and kept for a while for those who were away. */
export interface EventStream {
  publish<Topic extends StreamTopic>(topic: Topic, data: StreamEvents[Topic]): void;
  /** @returns How to leave; leaving twice does nothing. */
  subscribe(subscriber: Subscriber): () => void;
  /** Sends everybody a sign of life with the latest id, so that who listens to few topics is not taken for far behind. */
  beat(): void;
  subscriberCount(): number;
  /** Ends all subscriptions. */
  close(): void;
}

interface KeptEvent {
  readonly id: number;
  readonly topic: StreamTopic;
  readonly text: string;
}

/**
 * @param capacity Events kept; the oldest goes first.
 * @param firstId Id of the first event; ids then ascend by 1. Above every id of an earlier stream, so that a client of
 * that one is told to read anew.
 */
export function createEventStream({ capacity, firstId }: { capacity: number; firstId: number }): EventStream {
  const subscribers = new Set<Subscriber>();
  /** The event of id `i` stands at `(i - firstId) % capacity`. */
  const kept: KeptEvent[] = [];
  let nextId = firstId;

  function replay({ lastEventId, topics, send }: Subscriber): void {
    if (lastEventId === undefined) return;
    const oldestId = Math.max(firstId, nextId - capacity);
    if (!(lastEventId >= oldestId - 1 && lastEventId < nextId)) {
      send(frame('reset', {}, nextId - 1));
      return;
    }
    for (let id = lastEventId + 1; id < nextId; id++) {
      const event = kept[(id - firstId) % capacity];
      if (event !== undefined && topics.has(event.topic)) send(event.text);
    }
  }

  return {
    publish(topic, data) {
      const event = { id: nextId, topic, text: frame(topic, data, nextId) };
      kept[(nextId - firstId) % capacity] = event;
      nextId++;
      for (const { topics, send } of [...subscribers]) if (topics.has(topic)) send(event.text);
    },
    subscribe(subscriber) {
      replay(subscriber);
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    beat() {
      for (const { send } of [...subscribers]) send(`: still here\nid: ${nextId - 1}\n\n`);
    },
    subscriberCount: () => subscribers.size,
    close() {
      for (const { end } of [...subscribers]) end();
      subscribers.clear();
    },
  };
}

/** One event in the format of server-sent events; JSON has no line breaks of its own. */
function frame(name: string, data: object, id: number): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
