import { MatineeError } from '@matinee/numerics';
import {
  type Engine,
  type EventLog,
  type FeedbackState,
  FIRST_VISITOR_INDEX,
  foldFeedback,
  type LoggedEvent,
  type RecommendInput,
  STATE_EVENT_TYPES,
  type VisitorStore,
} from '@matinee/recommender';

/** Somebody whom the page can be made for. */
interface Person {
  readonly userIdx: number;
  /** In the event log. */
  readonly userId: string;
  readonly kind: 'dataset' | 'visitor';
  /** Index among the data set's users; −1 for a visitor. */
  readonly userIndex: number;
}

/** Somebody with all they have told us. */
export interface PersonState {
  readonly person: Person;
  /** Oldest first, of the types that change an answer. */
  readonly events: readonly LoggedEvent[];
  readonly feedback: FeedbackState;
  readonly input: RecommendInput;
}

/** Finds people and reads their feedback from the log, so that every process over one log sees the same. */
export interface People {
  /** @throws {MatineeError} `USER_NOT_FOUND` */
  find(userIdx: number): Promise<Person>;
  stateOf(person: Person): Promise<PersonState>;
}

export interface PeopleDependencies {
  readonly engine: Engine;
  readonly userIds: readonly string[];
  readonly visitors: VisitorStore;
  readonly eventLog: EventLog;
  readonly clock: () => number;
}

/** Everything a user said counts, so there is no sensible bound; this one only keeps a broken log from filling memory. */
const MAX_EVENTS_PER_USER = 1_000_000;

export function createPeople({ engine, userIds, visitors, eventLog, clock }: PeopleDependencies): People {
  return {
    async find(userIdx) {
      const userId = userIds[userIdx];
      if (userId !== undefined) return { userIdx, userId, kind: 'dataset', userIndex: userIdx };
      const visitor = userIdx >= FIRST_VISITOR_INDEX ? await visitors.find(userIdx) : undefined;
      if (visitor !== undefined) return { userIdx, userId: visitor.userId, kind: 'visitor', userIndex: -1 };
      throw new MatineeError(
        'USER_NOT_FOUND',
        `no user ${userIdx}; users of the data set are 0 to ${userIds.length - 1}, visitors are made by POST /api/v1/users`,
      );
    },
    async stateOf(person) {
      const newestFirst = await eventLog.eventsOfUser(person.userId, {
        limit: MAX_EVENTS_PER_USER,
        types: STATE_EVENT_TYPES,
      });
      const events = newestFirst.toReversed();
      const feedback = foldFeedback(events, engine.catalogue.vocabulary.indexOf);
      return {
        person,
        events,
        feedback,
        input: { userIndex: person.userIndex, feedback, asOf: Math.floor(clock() / 1000) },
      };
    },
  };
}

/** @throws {MatineeError} `ITEM_NOT_FOUND` */
export function requireItem({ itemCount }: Engine, itemIdx: number): void {
  if (itemIdx < itemCount) return;
  throw new MatineeError('ITEM_NOT_FOUND', `no title ${itemIdx}; the catalogue has 0 to ${itemCount - 1}`);
}
