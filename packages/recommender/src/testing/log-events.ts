import fc from 'fast-check';
import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';

/** What a generated log is about. */
export interface LogWorld {
  readonly userCount: number;
  readonly itemCount: number;
  /** Milliseconds since 1970 of the first event. */
  readonly startMs: number;
  /** Events are up to so far apart; now and then a clock is behind. */
  readonly stepMs: number;
  /** Whether clients say of some events when they happened, and of some watches how much was watched. */
  readonly hasOwnTimes?: boolean;
}

const TYPES: readonly FeedbackType[] = ['like', 'dislike', 'watched', 'skip', 'click', 'impression'];
const CAN_BE_UNDONE: ReadonlySet<FeedbackType> = new Set(['like', 'dislike', 'watched', 'skip', 'click']);

/**
 * Logs as a server writes them: of a few users and items, undos name an earlier event of the same user, some name one
 * that is undone already, some name one that comes later. Item `m<itemCount>` is none of the catalogue.
 */
export function logEvents({
  userCount,
  itemCount,
  startMs,
  stepMs,
  hasOwnTimes = false,
}: LogWorld): fc.Arbitrary<FeedbackEvent[]> {
  const said = fc.record({
    user: fc.nat(userCount - 1),
    item: fc.nat(itemCount),
    type: fc.constantFrom(...TYPES),
    later: fc.integer({ min: -Math.floor(stepMs / 10), max: stepMs }),
    /** Below 0: says something; else undoes the one so many back, or with 4 the next one. */
    undo: fc.integer({ min: -8, max: 4 }),
    /** How long before it was received it happened, for those whose client says so. */
    late: hasOwnTimes ? fc.option(fc.nat(8 * stepMs)) : fc.constant(null),
    share: hasOwnTimes ? fc.option(fc.constantFrom(0.25, 0.5, 1)) : fc.constant(null),
  });
  return fc.array(said, { maxLength: 60 }).map((steps) => {
    const events: FeedbackEvent[] = [];
    let atMs = startMs;
    for (const { user, item, type, later, undo, late, share } of steps) {
      atMs += later;
      const event = { eventId: `event-${events.length}`, userId: `u${user}`, itemId: `m${item}`, type, atMs };
      const time = late === null ? {} : { atMs: atMs - late, receivedMs: atMs };
      const part = share !== null && (type === 'watched' || type === 'click') ? { share } : {};
      const own = events.filter((earlier) => earlier.userId === event.userId && CAN_BE_UNDONE.has(earlier.type));
      const target = undo < 0 ? undefined : own.at(-1 - undo);
      const undoes = undo === 4 ? `event-${events.length + 1}` : target?.eventId;
      const itemId = target?.itemId ?? event.itemId;
      events.push(undoes === undefined ? { ...event, ...time, ...part } : { ...event, type: 'undo', itemId, undoes });
    }
    return events;
  });
}
