import {
  type ConfidenceRule,
  createVocabulary,
  type Dataset,
  DEFAULT_CONFIDENCE_RULE,
  EVENT_TYPES,
  type EventTable,
  type EventType,
  growDataset,
  type NewItem,
} from '@matinee/models/data';
import { type Digest, digestText, type TrainedLog } from '@matinee/models/release';
import type { EventLog } from '../ports/event-log.ts';
import type { ItemChange } from '../ports/new-item-store.ts';
import { changeCatalogue } from './change-catalogue.ts';
import type { CountableEvent } from './read-log.ts';
import { type SurveyedEvent, surveyLog } from './survey-log.ts';
import { withoutEventsOf } from './without-users.ts';

/** The dataset's event type for each type of feedback. */
const EVENT_TYPE_OF: Readonly<Record<CountableEvent['type'], EventType>> = {
  like: 'like',
  dislike: 'dislike',
  watched: 'watch',
  click: 'click',
  skip: 'skip',
  impression: 'impression',
};

/** Which part of the log and which new items join the dataset, and how events are weighed. */
export interface LogExtent {
  /** In the order of arrival, without items of the dataset. */
  readonly newItems?: readonly NewItem[];
  /** What was changed of items of both. */
  readonly changes?: readonly ItemChange[];
  /** Only events up to this sequence; all by default. */
  readonly throughSequence?: number;
  /** Which of several events of one person with one item is the strongest; events that weigh nothing do not join. */
  readonly rule?: ConfidenceRule;
}

/**
 * Appends the log's events to a dataset, as if both had been prepared together. The events are raw, so the confidence
 * rule weights them like all others. Undone events are left out, and so is what would let few people move a release:
 * see {@link surveyLog}.
 *
 * Users and items of the dataset keep their indices, so that a model trained on the result also serves the dataset
 * alone. Users who are only in the log, and new items, come after them.
 */
export async function datasetWithLog(
  dataset: Dataset,
  log: EventLog,
  digest: Digest,
  {
    newItems = [],
    changes = [],
    throughSequence = Number.POSITIVE_INFINITY,
    rule = DEFAULT_CONFIDENCE_RULE,
  }: LogExtent = {},
): Promise<{ readonly dataset: Dataset; readonly log: TrainedLog }> {
  const deleted = await log.deletedAmong(dataset.users.ids);
  const { events, items: grownItems, users } = growDataset(withoutEventsOf(dataset, deleted), newItems);
  const items = changeCatalogue(grownItems, changes);
  const survey = await surveyLog({ log, dataset, rule, throughSequence });
  const rows = survey.events.filter(({ event }) => items.vocabulary.indexOf(event.itemId) >= 0);
  const strangers = Array.from(new Set(rows.map(({ event }) => event.userId))).filter((id) => users.indexOf(id) < 0);
  const everybody = createVocabulary([...users.ids, ...strangers]);
  const lines = [
    ...newItems.map((item) => JSON.stringify(item)),
    ...deleted.map((userId) => `without ${userId}`),
    // When they were changed says nothing to a model.
    ...changes.map(({ itemId, item }) => JSON.stringify([itemId, item])),
    ...rows.map(({ event, time }) => JSON.stringify([event.userId, event.eventId, time, ...valuesOf(event)])),
  ];
  const hash = digestText(lines.join('\n'), digest);
  return {
    dataset: {
      ...dataset,
      items,
      hash: digestText(`${dataset.hash} ${hash}`, digest),
      users: everybody,
      events: inOrderOfTime({
        count: events.count + rows.length,
        userIndices: appended(events.userIndices, rows, ({ event }) => everybody.indexOf(event.userId)),
        itemIndices: appended(events.itemIndices, rows, ({ event }) => items.vocabulary.indexOf(event.itemId)),
        timestamps: appended(events.timestamps, rows, ({ time }) => time),
        values: appended(events.values, rows, ({ event }) => shareOf(event)),
        types: appended(events.types, rows, ({ event }) => EVENT_TYPES.indexOf(eventTypeOf(event))),
      }),
    },
    log: {
      throughSequence: survey.throughSequence,
      eventCount: rows.length,
      hash,
      window: survey.window,
      leftOut: survey.leftOut,
    },
  };
}

/** Returns the dataset's type of an event: a share of an item that was watched is a watch, unless it is a skip. */
export function eventTypeOf({ type, share }: Pick<CountableEvent, 'type' | 'share'>): EventType {
  return type === 'click' && share !== undefined ? 'watch' : EVENT_TYPE_OF[type];
}

/** What the rows of a log hold beside their type, if anything. */
function valuesOf({ rating, share }: CountableEvent): readonly (number | undefined)[] {
  return rating === undefined && share === undefined ? [] : [rating, share];
}

function shareOf(event: CountableEvent): number {
  return eventTypeOf(event) === 'watch' ? (event.share ?? Number.NaN) : Number.NaN;
}

/** Events that happened before they were received may belong between those of the dataset. */
function inOrderOfTime(events: EventTable): EventTable {
  const { timestamps } = events;
  if (timestamps.every((time, row) => row === 0 || timestamps[row - 1]! <= time)) return events;
  const order = Int32Array.from(timestamps.keys()).sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  return {
    count: events.count,
    userIndices: order.map((row) => events.userIndices[row]!),
    itemIndices: order.map((row) => events.itemIndices[row]!),
    timestamps: Float64Array.from(order, (row) => timestamps[row]!),
    values: Float32Array.from(order, (row) => events.values[row]!),
    types: Uint8Array.from(order, (row) => events.types[row]!),
  };
}

function appended<Column extends Int32Array | Float64Array | Float32Array | Uint8Array>(
  column: Column,
  rows: readonly SurveyedEvent[],
  cellOf: (row: SurveyedEvent) => number,
): Column {
  const longer = new (column.constructor as new (length: number) => Column)(column.length + rows.length);
  longer.set(column);
  longer.set(rows.map(cellOf), column.length);
  return longer;
}
