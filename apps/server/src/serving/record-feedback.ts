import type { EventsResponse, FeedbackEventName } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { type Engine, type EventLog, type FeedbackEvent, findUndoable } from '@matinee/recommender';
import type { Metrics } from '../http/metrics.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { LogFollower } from './follow-log.ts';
import type { KnownViewer } from './viewers.ts';

/** One event from a client. */
interface FeedbackInput {
  readonly eventId: string;
  readonly type: FeedbackEventName;
  readonly itemIdx: ItemIndex;
  readonly undoes?: string;
  readonly requestId?: string;
  readonly rowId?: string;
  readonly position?: number;
  readonly propensity?: number;
}

/** What storing feedback needs. */
interface FeedbackServices {
  readonly eventLog: EventLog;
  readonly log: LogFollower;
  readonly metrics: Metrics;
  readonly stream: EventStream;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

type FeedbackResult = EventsResponse['results'][number];

/** See {@link recordFeedback}. */
export type FeedbackRecorder = (
  engine: Engine,
  viewer: KnownViewer,
  inputs: readonly FeedbackInput[],
) => Promise<readonly FeedbackResult[]>;

export function createFeedbackRecorder(services: FeedbackServices): FeedbackRecorder {
  const clock = createAscendingClock(services.clock);
  return (engine, viewer, inputs) => recordFeedback({ ...services, clock }, engine, viewer, inputs);
}

const DAY_MS = 86_400_000;

/**
 * Returns a clock that stands still while the given one is behind what it said, by a day at most: a clock that is
 * corrected by seconds does not write times that go back. One that is set by more was wrong before, or is now; which of
 * them nobody can know here, so the log's own clock tells when it is read.
 */
function createAscendingClock(clock: () => number): () => number {
  let latestMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock();
    latestMs = nowMs < latestMs && latestMs - nowMs <= DAY_MS ? latestMs : nowMs;
    return latestMs;
  };
}

/**
 * Stores feedback and returns once it is durable. Events of one call are stored in order, so an undo may refer to an
 * earlier event of the same call. Sending an event again changes nothing and is reported as `duplicate`.
 *
 * Two concurrent undos may name the same event; the second then changes nothing.
 */
async function recordFeedback(
  { eventLog, log, metrics, stream, clock }: FeedbackServices,
  engine: Engine,
  { person, events: known }: KnownViewer,
  inputs: readonly FeedbackInput[],
): Promise<readonly FeedbackResult[]> {
  const results: (FeedbackResult | undefined)[] = [];
  const accepted: FeedbackEvent[] = [];
  for (const input of inputs) {
    const earlier = [...known, ...accepted];
    const repeated = earlier.some(({ eventId }) => eventId === input.eventId);
    if (input.itemIdx >= engine.itemCount) {
      const message = `no title ${input.itemIdx}; the catalogue has 0 to ${engine.itemCount - 1}`;
      results.push({ eventId: input.eventId, status: 'rejected', message });
      continue;
    }
    const event = toEvent(input, engine.catalogue.vocabulary.ids[input.itemIdx] ?? '', person.userId, clock());
    if (input.type !== 'undo' || repeated) {
      accepted.push(event);
      results.push(undefined);
      continue;
    }
    const undone = findUndone(earlier, event);
    if (undone === undefined) {
      results.push({ eventId: input.eventId, status: 'nothing_to_undo' });
      continue;
    }
    accepted.push({ ...event, itemId: undone.itemId, undoes: undone.eventId });
    results.push(undefined);
  }
  const stored = await eventLog.append(accepted);
  for (const [index, { status }] of stored.entries()) {
    const event = accepted[index];
    if (status !== 'accepted' || event === undefined) continue;
    metrics.countEvent(event.type);
    stream.publish('feedback', { itemIdx: engine.catalogue.vocabulary.indexOf(event.itemId), type: event.type });
  }
  // Counted before the response, so that the next response to any user includes it.
  if (stored.some(({ status }) => status === 'accepted')) await log.catchUp();
  const queue = [...stored];
  return results.map((result) => result ?? (queue.shift() as FeedbackResult));
}

function toEvent(input: FeedbackInput, itemId: string, userId: string, atMs: number): FeedbackEvent {
  const { eventId, type, requestId, rowId, position, propensity } = input;
  return {
    eventId,
    userId,
    itemId,
    type,
    atMs,
    ...defined({ undoes: input.undoes, requestId, rowId, position, propensity }),
  };
}

/** Returns the named event if it is this user's and not undone; without a name, the latest event of the item. */
function findUndone(events: readonly FeedbackEvent[], undo: FeedbackEvent): FeedbackEvent | undefined {
  if (undo.undoes === undefined) return findUndoable(events, undo.itemId);
  const target = events.find(({ eventId, type }) => eventId === undo.undoes && type !== 'undo');
  const isUndone = events.some(({ undoes }) => undoes === undo.undoes);
  return isUndone ? undefined : target;
}
