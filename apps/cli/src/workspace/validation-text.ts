import type { DatasetManifest } from '@matinee/adapters/duckdb';
import { LARGE_DATA } from '@matinee/models/generations';

/** Most kinds of quarantined rows and unread cells that are listed, so that the text fits a screen. */
const MOST_REASONS = 5;

const number = (value: number): string => value.toLocaleString('en');

/**
 * Describes a prepared data set on one screen of a terminal: what was read, one fact a line; what is probably not meant
 * so; and what the generations do without what is missing.
 */
export function describeValidation(manifest: DatasetManifest): string {
  const { quarantineReasons, remarks, warnings } = manifest.validation;
  const lines = [
    ...describeEvents(manifest),
    ...describeItems(manifest),
    ...describeReasons('quarantined', quarantineReasons),
    ...describeReasons('unread', remarks),
    ...warnings.map((warning) => line('warning', warning)),
    ...describeModels(manifest).map((sentence) => line('models', sentence)),
  ];
  return lines.join('\n');
}

function line(name: string, text: string): string {
  return `${name.padEnd(12)} ${text}`;
}

function describeEvents({ validation: { events } }: DatasetManifest): readonly string[] {
  if (events.rowsRead === 0) return [line('events', 'none yet: nobody has done anything')];
  const { byType, repeats } = events.rowsLeftOut;
  const leftOut = byType + repeats > 0 ? ` + ${number(byType + repeats)} left out` : '';
  return [
    line(
      'events',
      `${number(events.rowsRead)} rows read = ${number(events.rowsKept)} kept + ${number(events.rowsQuarantined)} quarantined${leftOut}`,
    ),
    ...(leftOut === '' ? [] : [line('left out', `${number(byType)} by their event type, ${number(repeats)} repeats`)]),
    line('time', events.timeRange === null ? 'none' : `${events.timeRange[0]} to ${events.timeRange[1]}`),
    line('values', events.valueRange === null ? 'none' : `${events.valueRange[0]} to ${events.valueRange[1]}`),
    line('duplicates', `${number(events.duplicates)} rows repeat user, item, time and type of another (kept)`),
    line(
      'ties',
      `${number(events.tiesInTime)} events at the same second as another of the same user (ordered by a hash of user and item)`,
    ),
  ];
}

function describeItems({ counts, source, validation: { items } }: DatasetManifest): readonly string[] {
  if (!hasItemTable(source)) return [line('items', 'there is no item table: ids are all that is known of items')];
  return [
    line(
      'items',
      `${number(items.rowsRead)} rows read = ${number(items.rowsKept)} kept + ${number(items.rowsQuarantined)} quarantined`,
    ),
    ...(counts.events === 0
      ? []
      : [
          line(
            'join',
            `${number(items.joined)} of ${number(items.joined + items.orphans)} items of events are in the item table` +
              (items.orphans > 0
                ? ` (${number(items.orphanEvents)} events of the others are kept, without a title)`
                : ''),
          ),
        ]),
    line('cold', `${number(items.unused)} items of the item table have no event`),
    line(
      'incomplete',
      `of ${number(counts.items)} items ${number(items.withoutTitle)} have no title, ${number(items.withoutGenres)} no genre, ${number(items.withoutYear)} no year`,
    ),
  ];
}

function hasItemTable({ config }: DatasetManifest['source']): boolean {
  return config['items'] !== undefined;
}

function describeReasons(name: string, reasons: Readonly<Record<string, number>>): readonly string[] {
  const sorted = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const rest = sorted.slice(MOST_REASONS).reduce((sum, [, count]) => sum + count, 0);
  return [
    ...sorted.slice(0, MOST_REASONS).map(([reason, count]) => line(name, `${number(count)} × ${reason}`)),
    ...(rest > 0 ? [line(name, `${number(rest)} × other reasons`)] : []),
  ];
}

/** Says what V3 and V4 train on, and what they do without. */
function describeModels({ counts, source, validation: { events, items } }: DatasetManifest): readonly string[] {
  if (events.rowsKept === 0) {
    return [
      'without events, V1 shows the titles by genre and year until somebody does something; V2, V3 and V4 learn from ' +
        'events and need some: train them with --with-log later',
    ];
  }
  const size = events.rowsKept < LARGE_DATA ? 'small' : 'large';
  const sentences = [
    `V3 and V4 train with their settings for ${size} data (${number(LARGE_DATA)} interactions and more are large)`,
  ];
  if (counts.events === counts.users || counts.items === 1) {
    sentences.push(
      'nobody has events of two titles: V3 and V4 train without their networks and their ranker, and order as V2 does',
    );
  }
  const lacks = (missing: number): boolean => missing === counts.items;
  const content = [
    ...(lacks(items.withoutTitle) ? ['titles'] : []),
    ...(lacks(items.withoutGenres) ? ['genres'] : []),
    ...(lacks(items.withoutYear) ? ['years'] : []),
  ];
  if (content.length < 3 && hasItemTable(source) && items.joined === 0) {
    sentences.push(
      'no item of an event is in the item table: the two towers of V3 know those items by their events alone, and learn nothing from the content of the others',
    );
  }
  if (content.length === 3) {
    sentences.push(
      'without titles, genres and years, the two towers of V3 know an item by its events alone and find none that has no events; V4 orders without them',
    );
  } else if (content.length > 0) {
    sentences.push(
      `without ${content.join(' and ')}, the two towers of V3 and the ranker of V4 learn from the rest of the content`,
    );
  }
  if (events.timeRange === null) {
    sentences.push(
      'without times, the order of a history says nothing: sequence models learn nothing from it, and weights and ranker are learned on titles of each user that a hash picks',
    );
  }
  sentences.push(
    'a source that this data cannot fit, and a network, blend or ranker of which held-out events show no use, is left out; matinee train says which',
  );
  return sentences;
}
