import type { EventsResponse, FeedbackEventName } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import type { AppendResult, Engine, EventLog, FeedbackEvent } from '@matinee/recommender';
import type { Metrics } from '../http/metrics.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { LogFollower } from './follow-log.ts';
import type { KnownViewer } from './viewers.ts';

/** One event from a client. */
export interface FeedbackInput {
  readonly eventId: string;
  readonly type: FeedbackEventName;
  readonly rating?: number | undefined;
  readonly share?: number | undefined;
  /** When it happened, if the client says so: at most now. */
  readonly atMs?: number;
  readonly itemIdx: ItemIndex;
  readonly undoes?: string;
  readonly undoType?: FeedbackEvent['undoType'];
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

/** The code of an event whose id its user has given to another event. */
export const EVENT_ID_TAKEN = 'EVENT_ID_TAKEN';

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
 * earlier event of the same call. Sending an event again changes nothing and is reported as `duplicate`; another event
 * under an id that its user has used is refused.
 */
async function recordFeedback(
  { eventLog, log, metrics, stream, clock }: FeedbackServices,
  engine: Engine,
  { person, profile }: KnownViewer,
  inputs: readonly FeedbackInput[],
): Promise<readonly FeedbackResult[]> {
  const { vocabulary } = engine.catalogue;
  const isKnown = ({ itemIdx }: FeedbackInput): boolean => itemIdx < engine.itemCount;
  const events = inputs
    .filter(isKnown)
    .map((input) => toEvent(input, vocabulary.ids[input.itemIdx] ?? '', person.userId, clock()));
  const stored = await eventLog.append(events);
  for (const [index, { status, undoneItemId }] of stored.entries()) {
    const event = events[index];
    if (status !== 'accepted' || event === undefined) continue;
    metrics.countEvent(event.type);
    // What people of a household do is nobody else's business.
    if (profile !== undefined) continue;
    stream.publish('feedback', { itemIdx: vocabulary.indexOf(undoneItemId ?? event.itemId), type: event.type });
  }
  // Counted before the response, so that the next response to any user includes it.
  if (stored.some(({ status }) => status === 'accepted')) await log.catchUp();
  let next = 0;
  return inputs.map((input): FeedbackResult => {
    const { eventId, itemIdx } = input;
    if (isKnown(input)) return toResult(stored[next++]!);
    const message = `no title ${itemIdx}; the catalogue has 0 to ${engine.itemCount - 1}`;
    return { eventId, status: 'rejected', message };
  });
}

function toResult({ eventId, status, stored }: AppendResult): FeedbackResult {
  if (status !== 'conflict') return { eventId, status };
  const message =
    `event id "${eventId}" already names another event of this user: ${stored?.type} of title "${stored?.itemId}"; ` +
    'give every event an id of its own';
  return { eventId, status: 'rejected', code: EVENT_ID_TAKEN, message };
}

function toEvent(input: FeedbackInput, itemId: string, userId: string, nowMs: number): FeedbackEvent {
  const { eventId, type, atMs = nowMs, rating, share, undoType, requestId, rowId, position, propensity } = input;
  return {
    eventId,
    userId,
    itemId,
    type,
    atMs,
    ...defined({
      undoes: type === 'undo' ? input.undoes : undefined,
      receivedMs: input.atMs === undefined ? undefined : nowMs,
      rating,
      share,
      undoType,
      requestId,
      rowId,
      position,
      propensity,
    }),
  };
}
