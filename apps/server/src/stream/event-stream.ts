import type { StreamEvents, StreamTopic } from '@matinee/contract';

/** A client of the stream. */
interface Subscriber {
  readonly topics: ReadonlySet<StreamTopic>;
  /** The last event that the client received; NaN if the id is not a number. Absent = it starts now. */
  readonly lastEventId?: number;
  /** Receives text in event stream format: missed events at once, then new events. */
  send(text: string): void;
  /** Called when the stream ends. */
  end(): void;
}

/** Publishes events to all clients and stores the last ones for clients that reconnect. */
export interface EventStream {
  publish<Topic extends StreamTopic>(topic: Topic, data: StreamEvents[Topic]): void;
  /** @returns A function that ends the subscription; calling it twice does nothing. */
  subscribe(subscriber: Subscriber): () => void;
  /** Sends a heartbeat with the latest id, so that a client of few topics is not considered far behind. */
  beat(): void;
  subscriberCount(): number;
  /** Ends all subscriptions. */
  close(): void;
}

interface StoredEvent {
  readonly id: number;
  readonly topic: StreamTopic;
  readonly text: string;
}

/**
 * @param capacity Number of stored events; the oldest is dropped first.
 * @param firstId Id of the first event; later ids ascend by 1. Must be above every id of an earlier stream, so that a
 * client of that stream receives a `reset`.
 */
export function createEventStream({ capacity, firstId }: { capacity: number; firstId: number }): EventStream {
  const subscribers = new Set<Subscriber>();
  /** The event of id `i` stands at `(i - firstId) % capacity`. */
  const stored: StoredEvent[] = [];
  let nextId = firstId;

  function replay({ lastEventId, topics, send }: Subscriber): void {
    if (lastEventId === undefined) return;
    const oldestId = Math.max(firstId, nextId - capacity);
    if (!(lastEventId >= oldestId - 1 && lastEventId < nextId)) {
      send(frame('reset', {}, nextId - 1));
      return;
    }
    for (let id = lastEventId + 1; id < nextId; id++) {
      const event = stored[(id - firstId) % capacity];
      if (event !== undefined && topics.has(event.topic)) send(event.text);
    }
  }

  return {
    publish(topic, data) {
      const event = { id: nextId, topic, text: frame(topic, data, nextId) };
      stored[(nextId - firstId) % capacity] = event;
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

/** Formats a server-sent event. JSON without indentation has no line breaks. */
function frame(name: string, data: object, id: number): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
