import type { ItemIndex } from '@matinee/models/data';
import {
  createVocabulary,
  type Dataset,
  EVENT_TYPES,
  type EventType,
  growDataset,
  type NewItem,
} from '@matinee/models/data';
import { type Digest, digestText, type TrainedLog } from '@matinee/models/release';
import type { EventLog } from '../ports/event-log.ts';
import { momentOf } from './log-gap.ts';
import { type CountedEvent, countedEventOf, readLog } from './read-log.ts';

/** The dataset's event type for each type of feedback. */
export const EVENT_TYPE_OF: Readonly<Record<CountedEvent['event']['type'], EventType>> = {
  like: 'like',
  dislike: 'dislike',
  watched: 'watch',
  click: 'click',
  skip: 'skip',
  impression: 'impression',
};

/** Which part of the log and which new items join the dataset. */
export interface LogExtent {
  /** In the order of arrival, without items of the dataset. */
  readonly newItems?: readonly NewItem[];
  /** Only events up to this sequence; all by default. */
  readonly throughSequence?: number;
}

/** A logged event as a row of the dataset. */
interface LogRow {
  readonly sequence: number;
  readonly eventId: string;
  readonly userId: string;
  readonly itemIndex: ItemIndex;
  readonly moment: number;
  readonly type: EventType;
}

/**
 * Appends the log's events to a dataset, as if both had been prepared together. The events are raw, so the confidence
 * rule weights them like all others. Undone events are left out.
 *
 * Users and items of the dataset keep their indices, so that a model trained on the result also serves the dataset
 * alone. Users who are only in the log, and new items, come after them.
 */
export async function datasetWithLog(
  dataset: Dataset,
  log: EventLog,
  digest: Digest,
  { newItems = [], throughSequence = Number.POSITIVE_INFINITY }: LogExtent = {},
): Promise<{ readonly dataset: Dataset; readonly log: TrainedLog }> {
  const { events, items, users } = growDataset(dataset, newItems);
  const rows = new Map<string, LogRow>();
  let last = 0;
  for await (const step of readLog(log, 0)) {
    const { sequence } = step.event;
    if (sequence > throughSequence) break;
    last = sequence;
    const counted = countedEventOf(step);
    if (counted === undefined) continue;
    const { eventId, userId, itemId, type } = counted.event;
    if (counted.sign < 0) rows.delete(eventId);
    const itemIndex = items.vocabulary.indexOf(itemId);
    // An impression is no feedback: no history holds it, here or in a request.
    if (counted.sign < 0 || itemIndex < 0 || type === 'impression') continue;
    const moment = momentOf(counted.event, step, events.timestamps[events.count - 1] ?? 0);
    rows.set(eventId, {
      sequence: counted.event.sequence,
      eventId,
      userId,
      itemIndex,
      moment,
      type: EVENT_TYPE_OF[type],
    });
  }
  const sorted = Array.from(rows.values()).sort((a, b) => a.moment - b.moment || a.sequence - b.sequence);
  const strangers = Array.from(new Set(sorted.map(({ userId }) => userId))).filter((id) => users.indexOf(id) < 0);
  const everybody = createVocabulary([...users.ids, ...strangers]);
  const lines = [
    ...newItems.map((item) => JSON.stringify(item)),
    ...sorted.map(({ eventId, moment }) => `${eventId} ${moment}`),
  ];
  const hash = digestText(lines.join('\n'), digest);
  return {
    dataset: {
      ...dataset,
      items,
      hash: digestText(`${dataset.hash} ${hash}`, digest),
      users: everybody,
      events: {
        count: events.count + sorted.length,
        userIndices: appended(events.userIndices, sorted, ({ userId }) => everybody.indexOf(userId)),
        itemIndices: appended(events.itemIndices, sorted, ({ itemIndex }) => itemIndex),
        timestamps: appended(events.timestamps, sorted, ({ moment }) => moment),
        values: appended(events.values, sorted, () => Number.NaN),
        types: appended(events.types, sorted, ({ type }) => EVENT_TYPES.indexOf(type)),
      },
    },
    log: { throughSequence: last, eventCount: sorted.length, hash },
  };
}

function appended<Column extends Int32Array | Float64Array | Float32Array | Uint8Array>(
  column: Column,
  rows: readonly LogRow[],
  cellOf: (row: LogRow) => number,
): Column {
  const longer = new (column.constructor as new (length: number) => Column)(column.length + rows.length);
  longer.set(column);
  longer.set(rows.map(cellOf), column.length);
  return longer;
}
