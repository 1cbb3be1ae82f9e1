import {
  type ConfidenceRule,
  createVocabulary,
  type Dataset,
  DEFAULT_CONFIDENCE_RULE,
  EVENT_TYPES,
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
export const EVENT_TYPE_OF: Readonly<Record<CountableEvent['type'], EventType>> = {
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
    ...rows.map(({ event, time }) => JSON.stringify([event.userId, event.eventId, time])),
  ];
  const hash = digestText(lines.join('\n'), digest);
  return {
    dataset: {
      ...dataset,
      items,
      hash: digestText(`${dataset.hash} ${hash}`, digest),
      users: everybody,
      events: {
        count: events.count + rows.length,
        userIndices: appended(events.userIndices, rows, ({ event }) => everybody.indexOf(event.userId)),
        itemIndices: appended(events.itemIndices, rows, ({ event }) => items.vocabulary.indexOf(event.itemId)),
        timestamps: appended(events.timestamps, rows, ({ time }) => time),
        values: appended(events.values, rows, () => Number.NaN),
        types: appended(events.types, rows, ({ event }) => EVENT_TYPES.indexOf(EVENT_TYPE_OF[event.type])),
      },
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
