import type { StatusResponse } from '@matinee/contract';
import { statusQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { messages } from '../messages/current.ts';
import { toastStore } from '../toasts/toast-store.ts';
import type { StreamMessage } from './training-stream.ts';

/** What a change rests on is in the server's status a moment after the change. */
const SETTLE_MS = 700;

const words = messages.generation;

/**
 * Says in a toast that another generation answers, or that one was trained and does not, and by which measurement.
 *
 * @param onSee Shows what the change did to the page.
 */
export function announce(message: StreamMessage, onSee: (generation: string) => void): void {
  if (message.topic === 'release') {
    const { generation, rolledBackFrom } = message.event;
    setTimeout(async () => {
      const comparison = (await takeoverOf(generation))?.comparison;
      toastStore.show({
        text: rolledBackFrom === undefined ? words.swapped(generation, comparison) : words.rolledBack(generation),
        action: { label: messages.changes.see, run: () => onSee(generation) },
      });
    }, SETTLE_MS);
  } else if (message.topic === 'training' && message.event.status === 'done') {
    const { generation } = message.event;
    setTimeout(async () => {
      const takeover = await takeoverOf(generation);
      if (takeover?.takesOver === false) toastStore.show({ text: words.notAdopted(generation, takeover.comparison) });
    }, SETTLE_MS);
  }
}

async function takeoverOf(generation: string): Promise<StatusResponse['takeovers'][number] | undefined> {
  try {
    const status = await queryClient.fetchQuery({ ...statusQuery(), staleTime: 0 });
    return status.takeovers.find((takeover) => takeover.generation === generation);
  } catch {
    return undefined;
  }
}
