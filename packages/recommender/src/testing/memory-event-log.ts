import { defined } from '@matinee/numerics';
import {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  isSameEvent,
  type LoggedEvent,
  MAX_EVENTS_OF_PAIR,
  MAX_IMPRESSIONS_READ,
  type StandingFeedback,
  UNDOABLE,
  UNDOABLE_BY_NAME,
} from '../ports/event-log.ts';

const MS_A_DAY = 86_400_000;

/** An event log for tests that need no disk; it runs the contract suite like any other. */
export function createMemoryEventLog(): EventLog {
  const bySequence = new Map<number, LoggedEvent>();
  let lastSequence = 0;
  /** Ids of deleted users, and of merged ones with the user who has their events. */
  const deleted = new Map<string, string | null>();
  /** Ids of visitors who were merged, by their number. */
  const mergedIds = new Map<number, string>();

  /** Sequences of the events, by user and id. */
  const places = new Map<string, number>();
  const keyOf = (userId: string, eventId: string | undefined): string => JSON.stringify([userId, eventId]);
  const find = (userId: string, eventId: string | undefined): LoggedEvent | undefined =>
    bySequence.get(places.get(keyOf(userId, eventId)) ?? -1);
  function put(event: LoggedEvent): void {
    places.set(keyOf(event.userId, event.eventId), event.sequence);
    bySequence.set(event.sequence, event);
  }
  function push(event: LoggedEvent): void {
    lastSequence = event.sequence;
    put(event);
  }
  const eventsInOrder = (): LoggedEvent[] => Array.from(bySequence.values());
  const undoOf = ({ userId, eventId }: FeedbackEvent): LoggedEvent | undefined =>
    eventsInOrder().find((event) => event.userId === userId && event.type === 'undo' && event.undoes === eventId);
  const standingOf = ({ userId, itemId }: FeedbackEvent): LoggedEvent[] =>
    eventsInOrder().filter(
      (event) => event.userId === userId && event.itemId === itemId && event.undoneBy === undefined,
    );

  function appendOne({ undoType, ...event }: FeedbackEvent): AppendResult {
    const { eventId, userId, type } = event;
    const sequence = lastSequence + 1;
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
    const target =
      named ??
      standingOf(event).findLast((each) => includes(undoType === undefined ? UNDOABLE : [undoType], each.type));
    if (target === undefined || !isOpen(target)) return { eventId, status: 'nothing_to_undo' };
    for (const each of repeatsOf(target, standingOf(target))) put({ ...each, undoneBy: sequence });
    push({ ...event, itemId: target.itemId, undoes: target.eventId, sequence });
    return { eventId, status: 'accepted', undoneItemId: target.itemId };
  }

  return {
    append: async (added) => added.map(appendOne),
    async eventsOfUser(userId, { limit, beforeSequence = Number.POSITIVE_INFINITY, itemId, types, notUndoneBy }) {
      return eventsInOrder()
        .filter((event) => event.userId === userId && event.sequence < beforeSequence)
        .filter((event) => itemId === undefined || event.itemId === itemId)
        .filter(({ type }) => types === undefined || types.includes(type))
        .filter(({ undoneBy }) => notUndoneBy === undefined || undoneBy !== notUndoneBy)
        .reverse()
        .slice(0, limit);
    },
    standingFeedback: async (userId, afterSequence) =>
      standingAmong(
        eventsInOrder().filter((event) => event.userId === userId && event.type !== 'impression'),
        afterSequence,
      ),
    async impressionsOfUser(userId, sinceMs) {
      const times = new Map<string, number[]>();
      const impressions = eventsInOrder().filter((event) => event.userId === userId && event.type === 'impression');
      for (const { itemId, atMs } of impressions.slice(-MAX_IMPRESSIONS_READ)) {
        if (atMs >= sinceMs) times.set(itemId, [...(times.get(itemId) ?? []), atMs]);
      }
      return Array.from(times, ([itemId, shownAt]) => ({
        itemId,
        days: new Set(shownAt.map((atMs) => Math.floor(atMs / MS_A_DAY))).size,
        lastAtMs: Math.max(...shownAt),
      })).sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
    },
    timeOfNthNewest: async (userId, n) =>
      eventsInOrder()
        .filter((event) => event.userId === userId)
        .map(({ atMs, receivedMs = atMs }) => receivedMs)
        .at(-n),
    async eventsAfter(afterSequence, limit) {
      const all = eventsInOrder();
      const page = all.filter(({ sequence }) => sequence > afterSequence).slice(0, limit);
      return page.map((event) => ({
        ...event,
        ...defined({ undone: undoneAmong(all, event), othersOfPair: othersOfLate(all, event) }),
      }));
    },
    async deleteUser(userId) {
      deleted.set(userId, null);
      const gone = eventsInOrder().filter((event) => event.userId === userId);
      for (const { sequence, eventId } of gone) {
        bySequence.delete(sequence);
        places.delete(keyOf(userId, eventId));
      }
      return gone.length;
    },
    deletedAmong: async (userIds) => userIds.filter((userId) => deleted.get(userId) === null),
    async mergeUsers({ userIdx, userId: fromUserId }, intoUserId) {
      const moved = eventsInOrder().filter((event) => event.userId === fromUserId);
      const idOf = (id: string): string => (find(intoUserId, id) === undefined ? id : `${id}~`);
      const named = moved.map((event) => ({
        ...event,
        userId: intoUserId,
        eventId: idOf(event.eventId),
        ...defined({ undoes: event.undoes && idOf(event.undoes) }),
      }));
      for (const event of moved) places.delete(keyOf(fromUserId, event.eventId));
      for (const event of named) put(event);
      const isRepeated = moved.length === 0 && deleted.get(fromUserId) === intoUserId;
      deleted.set(fromUserId, intoUserId);
      mergedIds.set(userIdx, fromUserId);
      return isRepeated ? undefined : moved.length;
    },
    async wasMerged({ userIdx, userId }, intoUserId) {
      const id = userId ?? (userIdx === undefined ? undefined : mergedIds.get(userIdx));
      return id !== undefined && deleted.get(id) === intoUserId;
    },
    close: async () => undefined,
  };
}

function includes(types: readonly FeedbackType[], type: FeedbackType): boolean {
  return types.includes(type);
}

function undoneAmong(events: readonly LoggedEvent[], undo: LoggedEvent): LoggedEvent[] | undefined {
  if (undo.type !== 'undo') return undefined;
  const undone = events.filter(({ undoneBy, sequence }) => undoneBy === undo.sequence && sequence < undo.sequence);
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

function othersOfLate(events: readonly LoggedEvent[], late: LoggedEvent): LoggedEvent[] | undefined {
  if (late.receivedMs === undefined) return undefined;
  const others = events.filter(
    ({ sequence, userId, itemId, type }) =>
      sequence < late.sequence &&
      userId === late.userId &&
      itemId === late.itemId &&
      type !== 'impression' &&
      type !== 'undo',
  );
  return others.length === 0 ? undefined : others.reverse().slice(0, MAX_EVENTS_OF_PAIR);
}

/** @param events Of one user, without impressions. */
function standingAmong(events: readonly LoggedEvent[], afterSequence: number): StandingFeedback {
  const changed = new Set(events.filter(({ sequence }) => sequence > afterSequence).map(({ itemId }) => itemId));
  const newest = new Map<string, LoggedEvent>();
  const isLater = (event: LoggedEvent, than: LoggedEvent | undefined): boolean =>
    than === undefined || event.receivedMs === undefined || event.atMs >= than.atMs;
  for (const event of events) {
    if (event.type === 'undo' || event.undoneBy !== undefined || !changed.has(event.itemId)) continue;
    const key = `${event.receivedMs === undefined} ${event.type} ${event.itemId}`;
    if (isLater(event, newest.get(key))) newest.set(key, event);
  }
  const standing = Array.from(newest.values()).sort((a, b) => a.sequence - b.sequence);
  return {
    throughSequence: events.at(-1)?.sequence ?? 0,
    changedItemIds: afterSequence === 0 ? null : Array.from(changed),
    itemIds: standing.map(({ itemId }) => itemId),
    types: Uint8Array.from(standing, ({ type }) => FEEDBACK_TYPES.indexOf(type)),
    atMs: Float64Array.from(standing, ({ atMs }) => atMs),
    sequences: Float64Array.from(standing, ({ sequence }) => sequence),
    shares: Float64Array.from(standing, ({ share = Number.NaN }) => share),
    isOwnTime: Uint8Array.from(standing, ({ receivedMs }) => (receivedMs === undefined ? 0 : 1)),
  };
}
