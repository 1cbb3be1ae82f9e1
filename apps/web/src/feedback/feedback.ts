import type { Card, EventsResponse, FeedbackState } from '@matinee/contract';
import { basePath } from '../api/base-path.ts';
import { userEventsQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { readStored, writeStored } from '../api/stored.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { toastStore } from '../toasts/toast-store.ts';
import { createLedger, type FeedbackAction, isOn } from './ledger.ts';
import { createOutbox, MAX_BATCH, type Outcome, type QueuedEvent } from './outbox.ts';
import { type Choice, createUndoStack } from './undo-stack.ts';
import { createValueStore } from './value-store.ts';

/** The title's place on the page when the feedback was given. */
export interface Place {
  readonly requestId?: string;
  readonly rowId?: string;
  readonly position?: number;
  /** True when the title was drawn at random. */
  readonly propensity?: number;
}

type Subject = Pick<Card, 'itemIdx' | 'title'>;

const OUTBOX = 'matinee.outbox';

export const ledger = createLedger();
/** Choices that wait for the network. */
export const waitingCount = createValueStore(0);
/** The number of choices that the server has stored in this visit: when it grows, the page may be out of date. */
export const storedCount = createValueStore(0);

const undoStack = createUndoStack();
/**
 * The meaning of each unsent event, for the message and the rollback when it fails. After a reload it fails silently.
 */
const choices = new Map<string, Choice>();
const undoes = new Map<string, Choice>();

const outbox = createOutbox({
  load: () => readStored<readonly QueuedEvent[]>(OUTBOX) ?? [],
  save: (queue) => writeStored(OUTBOX, queue),
  send: (body) => request<EventsResponse>('/api/v1/events', { method: 'POST', body, keepalive: true }),
  isOnline: () => navigator.onLine,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onOutcome: settle,
  onWaiting: (count) => waitingCount.set(count),
});

function settle({ userIdx, event }: QueuedEvent, outcome: Outcome): void {
  if (event.type === 'impression' || event.type === 'click') return;
  if (outcome.kind === 'stored') {
    choices.delete(event.eventId);
    undoes.delete(event.eventId);
    void queryClient.invalidateQueries({ queryKey: ['events', userIdx] });
    void queryClient.invalidateQueries({ queryKey: ['item', userIdx, event.itemIdx] });
    storedCount.set(storedCount.get() + 1);
    return;
  }
  const choice = choices.get(event.eventId);
  const taken = undoes.get(event.eventId);
  choices.delete(event.eventId);
  undoes.delete(event.eventId);
  const title = choice?.title ?? taken?.title;
  if (choice) {
    ledger.remove(userIdx, event.itemIdx, event.eventId);
    undoStack.remove(event.eventId);
  } else if (taken) {
    ledger.record(userIdx, event.itemIdx, taken, undefined);
    undoStack.push(taken);
  }
  if (title === undefined) return;
  const retry = () => {
    if (choice) send(choice, event);
    else if (taken) takeBack(taken);
  };
  toastStore.show(
    outcome.message === undefined
      ? { tone: 'error', text: messages.feedback.failed(title), action: { label: messages.retry, run: retry } }
      : { tone: 'error', text: messages.feedback.refused(title, outcome.message) },
  );
}

function send(choice: Choice, event: QueuedEvent['event']): void {
  ledger.record(choice.userIdx, choice.itemIdx, choice, choice.before);
  choices.set(choice.eventId, choice);
  undoStack.push(choice);
  outbox.add([{ userIdx: choice.userIdx, event }]);
  toastStore.show({
    text: messages.feedback.done(choice.type, choice.title),
    action: { label: messages.undo, run: () => takeBack(choice) },
  });
  void outbox.drain();
}

/**
 * Gives feedback on a title, or undoes it when it is already given. The page changes at once, before the server
 * answers.
 *
 * @param server The server's last state of the title, to which a rollback returns.
 */
export function giveFeedback(
  userIdx: number,
  subject: Subject,
  type: FeedbackAction,
  server: FeedbackState,
  place: Place = {},
): void {
  const before = ledger.stateOf(userIdx, subject.itemIdx, server);
  const { itemIdx } = subject;
  const title = displayTitle(subject.title);
  if (isOn(before, type)) {
    const local = ledger.latest(userIdx, itemIdx, type);
    if (local) takeBack({ ...local, userIdx, itemIdx, title, before: server });
    else void takeBackStored(userIdx, itemIdx, title, type, before);
    return;
  }
  const eventId = crypto.randomUUID();
  send({ eventId, type, userIdx, itemIdx, title, before: server }, { eventId, type, itemIdx, ...place });
}

/** Undoes feedback of this visit. */
function takeBack(choice: Choice): void {
  const { userIdx, itemIdx, eventId, title } = choice;
  if (!ledger.remove(userIdx, itemIdx, eventId)) return;
  undoStack.remove(eventId);
  toastStore.show({ text: messages.feedback.undone(title) });
  if (outbox.withdraw(eventId)) {
    choices.delete(eventId);
    return;
  }
  sendUndo(choice);
}

function sendUndo(choice: Choice): void {
  const undoId = crypto.randomUUID();
  undoes.set(undoId, choice);
  outbox.add([
    {
      userIdx: choice.userIdx,
      event: { eventId: undoId, type: 'undo', itemIdx: choice.itemIdx, undoes: choice.eventId },
    },
  ]);
  void outbox.drain();
}

/** Undoes the latest choice of this visit. */
export function undoLast(): void {
  const choice = undoStack.peek();
  if (choice) takeBack(choice);
  else toastStore.show({ text: messages.feedback.nothingToUndo });
}

/** Undoes an event of an earlier visit by its id from the history. */
export async function undoStored(
  userIdx: number,
  event: { eventId: string; itemIdx: number; title: string | null; type: FeedbackAction },
): Promise<void> {
  const title = displayTitle(event.title);
  const local = ledger.latest(userIdx, event.itemIdx, event.type);
  if (local?.eventId === event.eventId) {
    takeBack({ ...local, userIdx, itemIdx: event.itemIdx, title, before: undefined });
    return;
  }
  const undoId = crypto.randomUUID();
  try {
    await request<EventsResponse>('/api/v1/events', {
      method: 'POST',
      body: { userIdx, events: [{ eventId: undoId, type: 'undo', itemIdx: event.itemIdx, undoes: event.eventId }] },
    });
  } catch {
    toastStore.show({ tone: 'error', text: messages.feedback.failed(title) });
    return;
  }
  // Cards from earlier responses still show the old state, which the server's state replaces.
  ledger.forget(userIdx, event.itemIdx);
  toastStore.show({ text: messages.feedback.undone(title) });
  await Promise.all(
    ['events', 'item', 'similar', 'search', 'home'].map((key) =>
      queryClient.invalidateQueries({ queryKey: [key, userIdx] }),
    ),
  );
}

async function takeBackStored(
  userIdx: number,
  itemIdx: number,
  title: string,
  type: FeedbackAction,
  before: FeedbackState,
): Promise<void> {
  // Shown at once; the event's id is looked up afterwards.
  const after: FeedbackState =
    type === 'watched'
      ? { ...before, watched: false }
      : type === 'skip'
        ? { ...before, skipped: false }
        : { ...before, taste: null };
  ledger.reset(userIdx, itemIdx, after);
  try {
    const { pages } = await queryClient.fetchInfiniteQuery({ ...userEventsQuery(userIdx), pages: 1 });
    const stored = pages
      .flatMap((page) => page.events)
      .find((event) => event.itemIdx === itemIdx && event.type === type && !event.undone);
    const event = { eventId: crypto.randomUUID(), type: 'undo' as const, itemIdx };
    await request<EventsResponse>('/api/v1/events', {
      method: 'POST',
      body: { userIdx, events: [stored ? { ...event, undoes: stored.eventId } : event] },
    });
    toastStore.show({ text: messages.feedback.undone(title) });
    void queryClient.invalidateQueries({ queryKey: ['events', userIdx] });
    storedCount.set(storedCount.get() + 1);
  } catch {
    ledger.reset(userIdx, itemIdx, before);
    toastStore.show({ tone: 'error', text: messages.feedback.failed(title) });
  }
}

/** Queues impressions and clicks, which need no confirmation. */
export function logPassive(events: readonly QueuedEvent[]): void {
  outbox.add(events);
  void outbox.drain();
}

/** Sends waiting events when the page opens, when the network returns, and when the page closes. */
export function startOutbox(beforeHiding: () => void): void {
  void outbox.drain();
  window.addEventListener('online', () => void outbox.drain());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') {
      void outbox.drain();
      return;
    }
    beforeHiding();
    const waiting = outbox.waiting();
    for (const userIdx of new Set(waiting.map((queued) => queued.userIdx))) {
      const ours = waiting.filter((queued) => queued.userIdx === userIdx);
      const events = ours.slice(0, MAX_BATCH).map(({ event }) => event);
      // The events stay queued: a beacon has no response, and their ids make sending them again harmless.
      navigator.sendBeacon(
        `${basePath}/api/v1/events`,
        new Blob([JSON.stringify({ userIdx, events })], { type: 'application/json' }),
      );
    }
  });
}
