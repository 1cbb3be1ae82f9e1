import { defined } from '@matinee/numerics';
import {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  isSameEvent,
  type LoggedEvent,
  MAX_IMPRESSIONS_READ,
  type StandingFeedback,
  UNDOABLE,
  UNDOABLE_BY_NAME,
} from '../ports/event-log.ts';

const MS_A_DAY = 86_400_000;

/** An event log for tests that need no disk; it runs the contract suite like any other. */
export function createMemoryEventLog(): EventLog {
  const events: LoggedEvent[] = [];

  /** Places of the events, by user and id. */
  const places = new Map<string, number>();
  const keyOf = (userId: string, eventId: string | undefined): string => JSON.stringify([userId, eventId]);
  const find = (userId: string, eventId: string | undefined): LoggedEvent | undefined =>
    events[places.get(keyOf(userId, eventId)) ?? -1];
  function push(event: LoggedEvent): void {
    places.set(keyOf(event.userId, event.eventId), events.length);
    events.push(event);
  }
  const undoOf = ({ userId, eventId }: FeedbackEvent): LoggedEvent | undefined =>
    events.find((event) => event.userId === userId && event.type === 'undo' && event.undoes === eventId);
  const standingOf = ({ userId, itemId }: FeedbackEvent): LoggedEvent[] =>
    events.filter((event) => event.userId === userId && event.itemId === itemId && event.undoneBy === undefined);

  function appendOne(event: FeedbackEvent): AppendResult {
    const { eventId, userId, type } = event;
    const sequence = events.length + 1;
    const known = find(userId, eventId);
    if (known !== undefined) {
      if (isSameEvent(event, known)) return { eventId, status: 'duplicate' };
      return { eventId, status: 'conflict', stored: { type: known.type, itemId: known.itemId } };
    }
    if (type !== 'undo') {
      const undo = includes(UNDOABLE_BY_NAME, type) ? undoOf(event) : undefined;
      push({ ...event, sequence, ...(undo && { undoneBy: undo.sequence }) });
      return { eventId, status: 'accepted' };
    }
    const named = find(userId, event.undoes);
    if (event.undoes !== undefined && named === undefined) {
      if (undoOf({ ...event, eventId: event.undoes }) !== undefined) return { eventId, status: 'nothing_to_undo' };
      push({ ...event, sequence });
      return { eventId, status: 'accepted' };
    }
    const isOpen = (each: LoggedEvent): boolean => each.undoneBy === undefined && includes(UNDOABLE_BY_NAME, each.type);
    const target = named ?? standingOf(event).findLast((each) => includes(UNDOABLE, each.type));
    if (target === undefined || !isOpen(target)) return { eventId, status: 'nothing_to_undo' };
    for (const each of repeatsOf(target, standingOf(target)))
      events[each.sequence - 1] = { ...each, undoneBy: sequence };
    push({ ...event, itemId: target.itemId, undoes: target.eventId, sequence });
    return { eventId, status: 'accepted', undoneItemId: target.itemId };
  }

  return {
    append: async (added) => added.map(appendOne),
    async eventsOfUser(userId, { limit, beforeSequence = Number.POSITIVE_INFINITY, itemId, types, notUndoneBy }) {
      return events
        .filter((event) => event.userId === userId && event.sequence < beforeSequence)
        .filter((event) => itemId === undefined || event.itemId === itemId)
        .filter(({ type }) => types === undefined || types.includes(type))
        .filter(({ undoneBy }) => notUndoneBy === undefined || undoneBy !== notUndoneBy)
        .reverse()
        .slice(0, limit);
    },
    standingFeedback: async (userId, afterSequence) =>
      standingAmong(
        events.filter((event) => event.userId === userId && event.type !== 'impression'),
        afterSequence,
      ),
    async impressionsOfUser(userId, sinceMs) {
      const times = new Map<string, number[]>();
      const impressions = events.filter((event) => event.userId === userId && event.type === 'impression');
      for (const { itemId, atMs } of impressions.slice(-MAX_IMPRESSIONS_READ)) {
        if (atMs >= sinceMs) times.set(itemId, [...(times.get(itemId) ?? []), atMs]);
      }
      return Array.from(times, ([itemId, shownAt]) => ({
        itemId,
        days: new Set(shownAt.map((atMs) => Math.floor(atMs / MS_A_DAY))).size,
        lastAtMs: Math.max(...shownAt),
      })).sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
    },
    timeOfNthNewest: async (userId, n) => events.filter((event) => event.userId === userId).at(-n)?.atMs,
    eventsAfter: async (afterSequence, limit) =>
      events.slice(afterSequence, afterSequence + limit).map((event) => ({
        ...event,
        ...defined({ undone: undoneAmong(events.slice(0, event.sequence), event) }),
      })),
    close: async () => undefined,
  };
}

function includes(types: readonly FeedbackType[], type: FeedbackType): boolean {
  return types.includes(type);
}

function undoneAmong(earlier: readonly LoggedEvent[], { sequence }: LoggedEvent): LoggedEvent[] | undefined {
  const undone = earlier.filter(({ undoneBy }) => undoneBy === sequence);
  return undone.length === 0 ? undefined : undone;
}

const OPPOSITE: Partial<Record<FeedbackType, FeedbackType>> = { like: 'dislike', dislike: 'like' };

/** @param standing What holds of the target's user and item, oldest first. */
function repeatsOf(target: LoggedEvent, standing: readonly LoggedEvent[]): LoggedEvent[] {
  const others = standing.filter(({ type }) => type === OPPOSITE[target.type]).map(({ sequence }) => sequence);
  const from = Math.max(0, ...others.filter((sequence) => sequence < target.sequence));
  const to = Math.min(Number.POSITIVE_INFINITY, ...others.filter((sequence) => sequence > target.sequence));
  return standing.filter(({ type, sequence }) => type === target.type && sequence > from && sequence < to);
}

/** @param events Of one user, without impressions. */
function standingAmong(events: readonly LoggedEvent[], afterSequence: number): StandingFeedback {
  const changed = new Set(events.filter(({ sequence }) => sequence > afterSequence).map(({ itemId }) => itemId));
  const newest = new Map<string, LoggedEvent>();
  for (const event of events) {
    if (event.type === 'undo' || event.undoneBy !== undefined || !changed.has(event.itemId)) continue;
    newest.set(`${event.type} ${event.itemId}`, event);
  }
  const standing = Array.from(newest.values()).sort((a, b) => a.sequence - b.sequence);
  return {
    throughSequence: events.at(-1)?.sequence ?? 0,
    changedItemIds: afterSequence === 0 ? null : Array.from(changed),
    itemIds: standing.map(({ itemId }) => itemId),
    types: Uint8Array.from(standing, ({ type }) => FEEDBACK_TYPES.indexOf(type)),
    atMs: Float64Array.from(standing, ({ atMs }) => atMs),
    sequences: Float64Array.from(standing, ({ sequence }) => sequence),
  };
}
