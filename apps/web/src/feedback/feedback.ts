import type { Card, EventsResponse, FeedbackState } from '@matinee/contract';
import { basePath } from '../api/base-path.ts';
import { nextMoment, onCards } from '../api/card-answers.ts';
import { checkHeldTitles } from '../api/held-titles.ts';
import { inOneTab, openTabChannel } from '../api/one-tab.ts';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { onStoredElsewhere } from '../api/stored.ts';
import { createValueStore } from '../api/value-store.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { toastStore } from '../toasts/toast-store.ts';
import { createEventId } from './event-id.ts';
import { createEventStore, isWaitingEvent } from './event-store.ts';
import { createLedger, type FeedbackAction, isOn } from './ledger.ts';
import { createOutbox, MAX_BATCH, type Outcome, type QueuedEvent } from './outbox.ts';
import { type Choice, createUndoStack } from './undo-stack.ts';

/** The title's place on the page when the feedback was given. */
export interface Place {
  readonly requestId?: string;
  readonly rowId?: string;
  readonly position?: number;
  /** True when the title was drawn at random. */
  readonly propensity?: number;
}

type Subject = Pick<Card, 'itemIdx' | 'title'>;

/** Feedback that is taken back; without an id, all of its type. */
type TakenBack = Omit<Choice, 'eventId'> & { readonly eventId: string | null };

export const ledger = createLedger(nextMoment);
onCards(ledger.observe);

/** Choices that wait for the network. */
export const waitingCount = createValueStore(0);
/** The number of choices that the server has stored in this visit: when it grows, the page may be out of date. */
export const storedCount = createValueStore(0);
/** The stored choices in order; undefined where it was an undo, or said in another tab or visit. */
const stored: (Choice | undefined)[] = [];

/** Returns the choices of this tab that the server stored as number `from` to `to` (exclusive) and that still stand. */
export function storedChoices(from: number, to: number): readonly Choice[] {
  return stored.slice(from, to).flatMap((choice) => (choice && !takenBack.has(choice.eventId) ? [choice] : []));
}

const undoStack = createUndoStack();
/**
 * The meaning of each unsent event of this tab, for the message when it fails. After a reload it fails silently.
 */
const choices = new Map<string, Choice>();
const undoes = new Map<string, Choice>();
/** Events that were taken back in this tab. */
const takenBack = new Set<string>();

/** What a tab says to the others: what was said there, and what has become of it. */
type TabMessage =
  | { readonly kind: 'said'; readonly queued: QueuedEvent }
  | { readonly kind: 'settled'; readonly queued: QueuedEvent; readonly outcome: Outcome };

const tabs = openTabChannel<TabMessage>('feedback', (message) => {
  if (message.kind === 'said') note(message.queued);
  else settle(message.queued, message.outcome);
});

const outbox = createOutbox({
  store: createEventStore(),
  alone: (work) => inOneTab('outbox', work),
  send: (body) => request<EventsResponse>('/api/v1/events', { method: 'POST', body, keepalive: true }),
  isOnline: () => navigator.onLine,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onOutcome: (queued, outcome) => {
    tabs.post({ kind: 'settled', queued, outcome });
    settle(queued, outcome);
  },
  onWaiting: (count) => waitingCount.set(count),
});

/** Shows an event in this tab, whichever tab it was given in. */
function note({ userIdx, event }: QueuedEvent, before?: FeedbackState): void {
  const { eventId, type, itemIdx, undoType } = event;
  // The page shows choices, and rates nothing.
  if (type === 'impression' || type === 'click' || type === 'rate') return;
  if (type !== 'undo') ledger.record(userIdx, itemIdx, { eventId, type }, before);
  else if (undoType !== undefined)
    ledger.record(userIdx, itemIdx, { eventId, type: undoType, undoes: event.undoes ?? null }, before);
}

/** Shows an event in all tabs, and queues it. */
function say(queued: QueuedEvent, before: FeedbackState | undefined): void {
  note(queued, before);
  outbox.add([queued]);
  tabs.post({ kind: 'said', queued });
  void outbox.drain();
}

/** Takes what has become of an event of this tab, of another one or of an earlier visit. */
function settle({ userIdx, event }: QueuedEvent, outcome: Outcome): void {
  if (event.type === 'impression' || event.type === 'click') return;
  const choice = choices.get(event.eventId);
  const taken = undoes.get(event.eventId);
  choices.delete(event.eventId);
  undoes.delete(event.eventId);
  if (outcome.kind === 'stored') {
    ledger.markStored(userIdx, event.itemIdx, event.eventId);
    void queryClient.invalidateQueries({ queryKey: ['events', userIdx] });
    void queryClient.invalidateQueries({ queryKey: ['item', userIdx, event.itemIdx] });
    stored.push(choice);
    storedCount.set(stored.length);
    return;
  }
  ledger.remove(userIdx, event.itemIdx, event.eventId);
  // Refused by name: perhaps the title may not be seen any more.
  if (outcome.message !== undefined) void checkHeldTitles(userIdx);
  if (choice) undoStack.remove(event.eventId);
  if (taken) {
    takenBack.delete(taken.eventId);
    undoStack.push(taken);
  }
  const title = choice?.title ?? taken?.title;
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
  choices.set(choice.eventId, choice);
  undoStack.push(choice);
  toastStore.show({
    text: messages.feedback.done(choice.type, choice.title),
    action: { label: messages.undo, run: () => takeBack(choice) },
  });
  say({ userIdx: choice.userIdx, event }, choice.before);
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
    const eventId = ledger.latest(userIdx, itemIdx, type)?.eventId;
    takeBack({ eventId: eventId ?? null, type, userIdx, itemIdx, title, before: server });
    return;
  }
  const eventId = createEventId();
  send({ eventId, type, userIdx, itemIdx, title, before: server }, { eventId, type, itemIdx, ...place });
}

/**
 * Takes feedback back: the event that is named, or else all of its type, however old. Either way the undo says what it
 * takes back, since the latest thing that was said of the title may be another.
 */
function takeBack(said: TakenBack): void {
  const { userIdx, itemIdx, eventId, type, title, before } = said;
  if (eventId !== null) {
    if (takenBack.has(eventId)) return;
    takenBack.add(eventId);
    undoStack.remove(eventId);
    const undoId = createEventId();
    undoes.set(undoId, { ...said, eventId });
    say({ userIdx, event: { eventId: undoId, type: 'undo', itemIdx, undoes: eventId, undoType: type } }, before);
  } else {
    const undoId = createEventId();
    say({ userIdx, event: { eventId: undoId, type: 'undo', itemIdx, undoType: type } }, before);
  }
  toastStore.show({ text: messages.feedback.undone(title) });
}

/** Undoes the latest choice of this visit. */
export function undoLast(): void {
  const choice = undoStack.peek();
  if (choice) takeBack(choice);
  else toastStore.show({ text: messages.feedback.nothingToUndo });
}

/** Undoes an event of the history. Resolves when the server has answered, if it can be reached. */
export async function undoStored(
  userIdx: number,
  event: { eventId: string; itemIdx: number; title: string | null; type: FeedbackAction },
): Promise<void> {
  const { eventId, itemIdx, type } = event;
  takeBack({ eventId, itemIdx, type, userIdx, title: displayTitle(event.title), before: undefined });
  await outbox.drain();
}

/** Queues impressions and clicks, which need no confirmation. */
export function logPassive(events: readonly QueuedEvent[]): void {
  outbox.add(events);
  void outbox.drain();
}

/** Sends waiting events when the page opens, when the network returns, and when the page closes. */
export function startOutbox(beforeHiding: () => void): void {
  // What an earlier visit or another tab has said and not sent yet is shown as said.
  for (const queued of outbox.waiting()) note(queued);
  outbox.report();
  void outbox.drain();
  window.addEventListener('online', () => void outbox.drain());
  onStoredElsewhere((key) => {
    if (key === null || isWaitingEvent(key)) outbox.report();
  });
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
