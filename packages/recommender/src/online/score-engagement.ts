import { type Vocabulary, weightOfFeedback } from '@matinee/models/data';
import { foldFeedback, STATE_EVENT_TYPES } from '../log/feedback-state.ts';
import type { EventLog, LoggedEvent } from '../ports/event-log.ts';
import type { ListItems } from '../request/list-items.ts';
import { hydrate } from '../request/query.ts';
import { applyRules } from '../rules/apply-rules.ts';
import type { LiveEngine } from './live-engine.ts';

/** How each of some releases would have answered right before somebody turned to a title. */
export interface EngagementScore {
  readonly userId: string;
  /** By release: 1 where the title was among the first {@link DEPTH}. */
  readonly hits: readonly number[];
  /** By release: 1 / log2(1 + rank), 0 beyond {@link DEPTH}. */
  readonly gains: readonly number[];
}

/** So much of a list is looked at. */
const DEPTH = 50;
const MAX_EVENTS_OF_USER = 1_000_000;

export interface ScoreEngagementContext {
  /** Users of the data set. */
  readonly users: Vocabulary;
  readonly log: EventLog;
  /** How a release is asked: `listWithin` of `recommend.ts`. */
  readonly listItems: ListItems;
}

/**
 * Asks every release what it would have shown to that user at that moment, from what they had said by then. The releases'
 * live events must have been counted up to this event, and not further.
 *
 * @returns `undefined` where the event turns to nothing, or to a title that the user knew or may not be shown: no list
 * could have held it.
 */
export async function scoreEngagement(
  releases: readonly LiveEngine[],
  event: LoggedEvent,
  { users, log, listItems }: ScoreEngagementContext,
): Promise<EngagementScore | undefined> {
  const { userId, type, sequence, atMs } = event;
  const [{ engine: first }] = releases as [LiveEngine];
  const { indexOf } = first.catalogue.vocabulary;
  const itemIndex = indexOf(event.itemId);
  if (itemIndex < 0 || type === 'undo' || !(weightOfFeedback(type, first.rule) > 0)) return undefined;
  const said = await log.eventsOfUser(userId, {
    limit: MAX_EVENTS_OF_USER,
    beforeSequence: sequence,
    types: STATE_EVENT_TYPES,
  });
  const input = {
    userIndex: users.indexOf(userId),
    feedback: foldFeedback(said.toReversed(), indexOf),
    asOf: Math.floor(atMs / 1000),
  };
  if (applyRules(first, hydrate(first, input)).codes[itemIndex] !== 0) return undefined;
  const ranks: number[] = [];
  for (const { engine } of releases) {
    ranks.push((await listItems(engine, input, DEPTH)).indexOf(itemIndex) + 1);
  }
  return {
    userId,
    hits: ranks.map((rank) => (rank > 0 ? 1 : 0)),
    gains: ranks.map((rank) => (rank > 0 ? 1 / Math.log2(1 + rank) : 0)),
  };
}
