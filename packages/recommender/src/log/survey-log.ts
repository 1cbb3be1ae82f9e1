import { type ConfidenceRule, type Dataset, weightOfFeedback } from '@matinee/models/data';
import type { LeftOutOfTraining, LogWindow } from '@matinee/models/release';
import type { EventLog } from '../ports/event-log.ts';
import { isEstablished, isTrusted, youngEventsBeside, youngEventsOfItem } from './established.ts';
import { createLogClock, startOfLog } from './log-clock.ts';
import { createPersonalCounts, TASTE_WINDOW_DAYS, tasteWindowOf, type Weighed } from './once-per-person.ts';
import { type CountableEvent, readLog } from './read-log.ts';

/** Of which log, and how, see {@link surveyLog}. */
export interface SurveyOptions {
  readonly log: EventLog;
  /** What the log follows; its users are the members. */
  readonly dataset: Pick<Dataset, 'users' | 'items' | 'events'>;
  readonly rule: ConfidenceRule;
  /** Only events up to this sequence. */
  readonly throughSequence: number;
}

/** An event that counts for its user, item and window. */
export interface SurveyedEvent {
  readonly event: CountableEvent;
  /** Log time in seconds. */
  readonly time: number;
}

/** What a training may learn of a log. */
export interface LogSurvey {
  /** In the order of log time, then of the log. */
  readonly events: readonly SurveyedEvent[];
  readonly leftOut: LeftOutOfTraining;
  /** The last event that was read; 0 for an empty log. */
  readonly throughSequence: number;
  /** Where the window of counts begins that the last event is in. */
  readonly window: LogWindow;
}

const DAY = 86_400;
/** Events of one person that a training learns from: the first of a day, and the last of all. */
const LIMITS = { trusted: { aDay: 50, inAll: 500 }, young: { aDay: 20, inAll: 100 } } as const;
/**
 * Reads what a training may learn of the log. Of one person, item and window, one event counts for the item and one
 * against it: see {@link createPersonalCounts}. Left out are
 *
 * - visitors who are not established;
 * - events of a person beyond {@link LIMITS};
 * - events of young visitors ({@link isTrusted}) beyond {@link youngEventsBeside} those of others, from those who have
 *   most, and of those with one item beyond {@link youngEventsOfItem}, the latest first.
 *
 * @remarks Holds all events that count.
 */
export async function surveyLog({ log, dataset, rule, throughSequence }: SurveyOptions): Promise<LogSurvey> {
  const { events } = dataset;
  const clock = createLogClock(startOfLog(events.timestamps[events.count - 1] ?? 0));
  const once = (sign: 1 | -1) => {
    const strengthOf = ({ type, share }: Weighed): number => sign * weightOfFeedback(type, rule, share);
    return createPersonalCounts({ windowDays: TASTE_WINDOW_DAYS, strengthOf, clock });
  };
  const bothSigns = [once(1), once(-1)];
  /** By sequence: every event that may count, and the log times of those that do. */
  const seen = new Map<number, CountableEvent>();
  const times = new Map<number, number>();
  let last = 0;
  let window: LogWindow = { afterSequence: 0, clock: clock.state() };
  for await (const step of readLog(log, 0)) {
    const { event } = step;
    if (event.sequence > throughSequence) break;
    const before = clock.state();
    const time = clock.advance(event);
    if (tasteWindowOf(clock.state().latest) !== tasteWindowOf(before.latest))
      window = { afterSequence: last, clock: before };
    last = event.sequence;
    if (event.type !== 'undo' && event.type !== 'impression') seen.set(event.sequence, { ...event, type: event.type });
    for (const change of bothSigns.flatMap((counts) => counts.changesOf(step, time))) {
      if (change.sign > 0) times.set(change.event.sequence, change.time);
      else times.delete(change.event.sequence);
    }
  }
  const counting = Array.from(times, ([sequence, time]) => ({ event: seen.get(sequence)!, time }))
    .filter(({ event }) => event !== undefined)
    .sort((a, b) => a.time - b.time || a.event.sequence - b.event.sequence);
  const { young, trusted, ...leftOut } = limitPeople(counting, (userId) => dataset.users.indexOf(userId) >= 0);
  const within = limitItems(limitTotal(young, youngEventsBeside(events.count + trusted.length)), trusted, dataset);
  const kept = new Set([...trusted, ...within]);
  return {
    events: counting.filter((each) => kept.has(each)),
    leftOut: { ...leftOut, eventsOverShare: young.length - within.length },
    throughSequence: last,
    window,
  };
}

/** What is left of the log once no person is in it more than they may be. */
interface LimitedPeople extends Omit<LeftOutOfTraining, 'eventsOverShare'> {
  /** Events of visitors who are established and not there for long yet. */
  readonly young: readonly SurveyedEvent[];
  /** Events of members and older visitors. */
  readonly trusted: readonly SurveyedEvent[];
}

function limitPeople(counting: readonly SurveyedEvent[], isMember: (userId: string) => boolean): LimitedPeople {
  const people = new Map<string, SurveyedEvent[]>();
  for (const each of counting) {
    const { userId } = each.event;
    const events = people.get(userId);
    if (events === undefined) people.set(userId, [each]);
    else events.push(each);
  }
  const young: SurveyedEvent[] = [];
  const trusted: SurveyedEvent[] = [];
  let [newPeople, eventsOfNewPeople, eventsOverLimit] = [0, 0, 0];
  for (const [userId, events] of people) {
    const [first, last] = [events[0]!.time, events.at(-1)!.time];
    if (!isEstablished(isMember(userId), first, last)) {
      newPeople++;
      eventsOfNewPeople += events.length;
      continue;
    }
    const kind = isTrusted(isMember(userId), first, last) ? 'trusted' : 'young';
    const { aDay, inAll } = LIMITS[kind];
    const within = firstOfEachDay(events, aDay).slice(-inAll);
    eventsOverLimit += events.length - within.length;
    for (const each of within) (kind === 'trusted' ? trusted : young).push(each);
  }
  return { young, trusted, newPeople, eventsOfNewPeople, eventsOverLimit };
}

/** @param events Of one person, in the order of time. */
function firstOfEachDay(events: readonly SurveyedEvent[], aDay: number): SurveyedEvent[] {
  const counts = new Map<number, number>();
  return events.filter(({ time }) => {
    const day = Math.floor(time / DAY);
    const count = (counts.get(day) ?? 0) + 1;
    counts.set(day, count);
    return count <= aDay;
  });
}

/** Takes of each person as many events as leave at most `most` in all, the latest of each. */
function limitTotal(events: readonly SurveyedEvent[], most: number): readonly SurveyedEvent[] {
  const people = new Map<string, SurveyedEvent[]>();
  for (const each of events) people.set(each.event.userId, [...(people.get(each.event.userId) ?? []), each]);
  const lengths = Array.from(people.values(), (ofPerson) => ofPerson.length);
  const totalAt = (limit: number): number => lengths.reduce((sum, length) => sum + Math.min(limit, length), 0);
  let limit = Math.max(0, ...lengths);
  while (limit > 0 && totalAt(limit) > most) limit--;
  return limit === 0 ? [] : Array.from(people.values()).flatMap((ofPerson) => ofPerson.slice(-limit));
}

/** Keeps the events of young visitors that do not make an item much more popular than it is. */
function limitItems(
  young: readonly SurveyedEvent[],
  trusted: readonly SurveyedEvent[],
  { items, events }: SurveyOptions['dataset'],
): SurveyedEvent[] {
  const others = events.count + trusted.length;
  const known = new Map<string, number>();
  const add = (itemId: string): void => void known.set(itemId, (known.get(itemId) ?? 0) + 1);
  for (let row = 0; row < events.count; row++) add(items.vocabulary.ids[events.itemIndices[row]!]!);
  for (const { event } of trusted) add(event.itemId);
  const taken = new Map<string, number>();
  return [...young]
    .sort((a, b) => a.event.sequence - b.event.sequence)
    .filter(({ event: { itemId } }) => {
      const count = (taken.get(itemId) ?? 0) + 1;
      taken.set(itemId, count);
      return count <= youngEventsOfItem(others, known.get(itemId) ?? 0);
    });
}
