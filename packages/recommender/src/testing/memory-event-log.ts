import { defined } from '@matinee/numerics';
import {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
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
  const known = new Set<string>();

  function findTarget({ userId, itemId, undoes, undoType }: FeedbackEvent): LoggedEvent | undefined {
    const any: readonly FeedbackType[] = undoType === undefined ? UNDOABLE : [undoType];
    const may = undoes === undefined ? any : UNDOABLE_BY_NAME;
    return events.findLast(
      (event) =>
        event.userId === userId &&
        event.undoneBy === undefined &&
        may.includes(event.type) &&
        (undoes === undefined ? event.itemId === itemId : event.eventId === undoes),
    );
  }

  function appendOne({ undoType, ...event }: FeedbackEvent): AppendResult {
    const { eventId } = event;
    if (known.has(eventId)) return { eventId, status: 'duplicate' };
    const sequence = events.length + 1;
    if (event.type !== 'undo') {
      known.add(eventId);
      events.push({ ...event, sequence });
      return { eventId, status: 'accepted' };
    }
    const target = findTarget({ ...event, ...defined({ undoType }) });
    if (target === undefined) return { eventId, status: 'nothing_to_undo' };
    known.add(eventId);
    events[target.sequence - 1] = { ...target, undoneBy: sequence };
    events.push({ ...event, itemId: target.itemId, undoes: target.eventId, sequence });
    return { eventId, status: 'accepted', undoneItemId: target.itemId };
  }

  return {
    append: async (added) => added.map(appendOne),
    async eventsOfUser(userId, { limit, beforeSequence = Number.POSITIVE_INFINITY, itemId, types }) {
      return events
        .filter((event) => event.userId === userId && event.sequence < beforeSequence)
        .filter((event) => itemId === undefined || event.itemId === itemId)
        .filter(({ type }) => types === undefined || types.includes(type))
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
        ...defined({ undone: events.find(({ undoneBy }) => undoneBy === event.sequence) }),
      })),
    close: async () => undefined,
  };
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
