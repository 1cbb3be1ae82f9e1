import { type Vocabulary, weightOfFeedback } from '@matinee/models/data';
import type { Pause } from '@matinee/numerics';
import { isEstablished } from '../log/established.ts';
import { foldFeedback } from '../log/feedback-state.ts';
import { isCountable } from '../log/read-log.ts';
import { type EventLog, FEEDBACK_TYPES, type LoggedEvent } from '../ports/event-log.ts';
import type { ListItems } from '../request/list-items.ts';
import { hydrate } from '../request/query.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { LiveEngine } from './live-engine.ts';

/** How well each release would have listed an item right before a user engaged with it. */
export interface EngagementScore {
  readonly userId: string;
  /** By release: 1 if the item was among the first {@link DEPTH}. */
  readonly hits: readonly number[];
  /** By release: 1 / log2(1 + rank), 0 beyond {@link DEPTH}. */
  readonly gains: readonly number[];
}

/** Length of the lists. */
const DEPTH = 50;
/** More feedback of one user is not read: a comparison must not take longer because of one long history. */
const MAX_EVENTS_OF_USER = 10_000;
/** The types that `foldFeedback` reads. */
const STATE_EVENT_TYPES = FEEDBACK_TYPES.filter((type) => type !== 'impression');

export interface ScoreEngagementContext {
  /** Users of the data set. */
  readonly users: Vocabulary;
  readonly log: EventLog;
  /** Lists a release's items: `listWithin` of `recommend.ts`. */
  readonly listItems: ListItems;
  /** Called between lists and between events, so that a server can answer meanwhile. */
  readonly pause?: Pause;
}

/** Returned for an engagement of somebody who is not established. */
export const LEFT_OUT = 'left out';

/**
 * Scores the list that each release would have shown the user right before an event. The releases must have counted
 * live events up to this event and no further.
 *
 * @returns {@link LEFT_OUT} if the user is a visitor whose first engagement is less than a day ago; `undefined` if the
 * event is no engagement, or if the user knew the item or may not see it: no list could contain it.
 */
export async function scoreEngagement(
  releases: readonly LiveEngine[],
  event: LoggedEvent,
  { users, log, listItems, pause }: ScoreEngagementContext,
): Promise<EngagementScore | typeof LEFT_OUT | undefined> {
  const { userId, sequence, atMs } = event;
  const [{ engine: first }] = releases as [LiveEngine];
  const { indexOf } = first.catalogue.vocabulary;
  const itemIndex = indexOf(event.itemId);
  // What happened before it was received says nothing of a list of then: other releases may have made it.
  if (event.receivedMs !== undefined) return undefined;
  if (itemIndex < 0 || !isCountable(event) || !(weightOfFeedback(event.type, first.rule, event.share) > 0))
    return undefined;
  const earlier = await log.eventsOfUser(userId, {
    limit: MAX_EVENTS_OF_USER,
    beforeSequence: sequence,
    types: STATE_EVENT_TYPES,
  });
  const userIndex = users.indexOf(userId);
  const firstMs = earlier.findLast(
    (each) => isCountable(each) && weightOfFeedback(each.type, first.rule, each.share) > 0,
  )?.atMs;
  if (!isEstablished(userIndex >= 0, (firstMs ?? atMs) / 1000, atMs / 1000)) return LEFT_OUT;
  const input = {
    userIndex,
    feedback: foldFeedback(earlier.toReversed(), indexOf, sequence),
    asOf: Math.floor(atMs / 1000),
  };
  if (applyRules(first, hydrate(first, input)).codes[itemIndex] !== 0) return undefined;
  const ranks: number[] = [];
  for (const { engine } of releases) {
    await pause?.();
    ranks.push((await listItems(engine, input, DEPTH)).indexOf(itemIndex) + 1);
  }
  return {
    userId,
    hits: ranks.map((rank) => (rank > 0 ? 1 : 0)),
    gains: ranks.map((rank) => (rank > 0 ? 1 / Math.log2(1 + rank) : 0)),
  };
}
