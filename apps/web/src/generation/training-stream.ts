import type { ReleaseEvent, StatusResponse, TrainingEvent } from '@matinee/contract';
import { basePath } from '../api/base-path.ts';
import { inOneTab, openTabChannel } from '../api/one-tab.ts';
import { statusQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { createValueStore } from '../api/value-store.ts';

/** What the server sends while the page is open. */
export type StreamMessage =
  | { readonly topic: 'training'; readonly event: TrainingEvent }
  | { readonly topic: 'release'; readonly event: ReleaseEvent }
  /** The stream begins again, and something may have been missed. */
  | { readonly topic: 'reset' };

/** The latest change of the served release in this visit. */
export const latestRelease = createValueStore<ReleaseEvent | undefined>(undefined);

/** The first view comes first: the stream opens this long after the page. */
const OPEN_AFTER_MS = 1500;

const { queryKey } = statusQuery();
const renewStatus = (): Promise<void> => queryClient.invalidateQueries({ queryKey });

/** Takes a message into the state that all parts of the page read. */
function take(message: StreamMessage): void {
  switch (message.topic) {
    case 'training': {
      const { status, generation, stage, done, total } = message.event;
      if (status !== 'running') {
        void renewStatus();
        return;
      }
      queryClient.setQueryData<StatusResponse>(
        queryKey,
        (known) => known && { ...known, training: { generation, stage, done, total } },
      );
      return;
    }
    case 'release':
      latestRelease.set(message.event);
      void renewStatus();
      return;
    case 'reset':
      void renewStatus();
      return;
    default:
      message satisfies never;
  }
}

const listeners = new Set<(message: StreamMessage) => void>();
/** Calls the listener in every tab with each message, after the page's state has changed. Returns how to stop. */
export function onStreamMessage(listener: (message: StreamMessage) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function hear(message: StreamMessage): void {
  take(message);
  for (const listener of listeners) listener(message);
}

/**
 * Follows what is trained and served. One tab of the browser is connected and passes on what it hears: a browser opens
 * six connections to a server, and each stream holds one.
 */
export function startTrainingStream(): void {
  const tabs = openTabChannel<StreamMessage>('stream', hear);
  const tell = (message: StreamMessage) => {
    hear(message);
    tabs.post(message);
  };
  // Never resolves: the tab stays the connected one until it closes, then the next one has its turn.
  setTimeout(() => void inOneTab('stream', () => new Promise<never>(() => connect(tell))), OPEN_AFTER_MS);
}

function connect(tell: (message: StreamMessage) => void): void {
  const source = new EventSource(`${basePath}/api/v1/stream?topics=training,release`);
  const dataOf = (event: Event) => JSON.parse((event as MessageEvent<string>).data);
  source.addEventListener('training', (event) => tell({ topic: 'training', event: dataOf(event) }));
  source.addEventListener('release', (event) => tell({ topic: 'release', event: dataOf(event) }));
  source.addEventListener('reset', () => tell({ topic: 'reset' }));
}
