import type { EventLog, LoggedEvent } from '../ports/event-log.ts';

const MS_A_DAY = 86_400_000;

/** An event log for tests that need no disk; it runs the contract suite like any other. */
export function createMemoryEventLog(): EventLog {
  const events: LoggedEvent[] = [];
  const known = new Set<string>();
  return {
    async append(added) {
      return added.map((event) => {
        const { eventId } = event;
        if (known.has(eventId)) return { eventId, status: 'duplicate' };
        known.add(eventId);
        events.push({ ...event, sequence: events.length + 1 });
        return { eventId, status: 'accepted' };
      });
    },
    async eventsOfUser(userId, { limit, beforeSequence = Number.POSITIVE_INFINITY, itemId, types }) {
      return events
        .filter((event) => event.userId === userId && event.sequence < beforeSequence)
        .filter((event) => itemId === undefined || event.itemId === itemId)
        .filter(({ type }) => types === undefined || types.includes(type))
        .reverse()
        .slice(0, limit);
    },
    async impressionsOfUser(userId, sinceMs) {
      const times = new Map<string, number[]>();
      for (const { itemId, atMs, ...event } of events) {
        if (event.userId !== userId || event.type !== 'impression' || atMs < sinceMs) continue;
        times.set(itemId, [...(times.get(itemId) ?? []), atMs]);
      }
      return Array.from(times, ([itemId, shownAt]) => ({
        itemId,
        days: new Set(shownAt.map((atMs) => Math.floor(atMs / MS_A_DAY))).size,
        lastAtMs: Math.max(...shownAt),
      })).sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
    },
    eventsAfter: async (afterSequence, limit) => events.slice(afterSequence, afterSequence + limit),
    close: async () => undefined,
  };
}
