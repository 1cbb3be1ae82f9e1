import type { DataSource as AnySource, TimeUnit } from './data-source.ts';
import type { ValidationReport } from './dataset-manifest.ts';
import { UNITS_IN_A_SECOND } from './interaction-sql.ts';

/** Years in which people watched, clicked and rated online: times outside are probably of another unit. */
const [EARLIEST_SECONDS, LATEST_SECONDS] = [Date.UTC(1990, 0, 1) / 1000, Date.UTC(2100, 0, 1) / 1000];
const YEAR_1971 = Date.UTC(1971, 0, 1) / 1000;

type DataSource = Pick<AnySource, 'kind' | 'interactions' | 'items'>;

/** Ids that stand for all of their table. */
export interface ExampleIds {
  readonly ofEvents: readonly string[];
  readonly ofItems: readonly string[];
}

/**
 * Returns a sentence for each thing in a data set that was read without an error and is probably not meant so, the
 * gravest first. Keys of `matinee.json` are named only for a source that has one.
 */
export function findWarnings(
  source: DataSource,
  report: Omit<ValidationReport, 'warnings'>,
  examples: ExampleIds,
): readonly string[] {
  return [...warnOfItems(source, report, examples), ...warnOfTimes(source, report), ...warnOfRows(source, report)];
}

function warnOfItems(
  { items: table }: DataSource,
  { items, events }: Omit<ValidationReport, 'warnings'>,
  { ofEvents, ofItems }: ExampleIds,
): readonly string[] {
  if (table === undefined || events.rowsKept === 0) return [];
  const inEvents = items.joined + items.orphans;
  const examples = `events name items like ${quoteAll(ofEvents)}, the item table has ${quoteAll(ofItems)}`;
  if (items.joined === 0) return [`nothing joins: no item of an event is in the item table; ${examples}`];
  if (items.joined * 2 < inEvents) {
    const share = `${items.joined.toLocaleString('en')} of ${inEvents.toLocaleString('en')}`;
    return [`few items join: ${share} items of events are in the item table; ${examples}`];
  }
  return [];
}

function warnOfTimes(
  source: DataSource,
  { events, quarantineReasons }: Omit<ValidationReport, 'warnings'>,
): readonly string[] {
  if (source.interactions === undefined || events.rowsKept === 0) return [];
  const { columns, timeUnit } = source.interactions;
  if (columns.time === undefined) {
    return [
      'no times: the order of a history says nothing, and nothing is learned from when events happened; protocols that ' +
        'cut by time (temporal) have nothing to cut by, so evaluate with leave-one-out',
    ];
  }
  const inFuture = countOf(quarantineReasons, 'time: … is in the future');
  if (inFuture > events.rowsKept) {
    return [
      `most times are in the future${adviseUnit(source, 'they may count a smaller unit than the one that is set')}`,
    ];
  }
  const last = events.timeRange === null ? undefined : Date.parse(events.timeRange[1]) / 1000;
  if (last === undefined || last >= YEAR_1971) return [];
  const unit = timeUnit === undefined || timeUnit === 'iso' ? 'seconds' : timeUnit;
  const better = unitOf(last * UNITS_IN_A_SECOND[unit]);
  const advice =
    better === undefined || better === unit
      ? '; if they count from another moment, their order is right and dates are not'
      : adviseUnit(source, `the times look like ${better}`, better);
  return [`every event is in 1970${advice}`];
}

function adviseUnit(source: DataSource, why: string, unit?: TimeUnit): string {
  if (source.kind !== 'mapped') return '';
  return unit === undefined
    ? `: ${why} (timeUnit in matinee.json)`
    : `: ${why}; set "timeUnit": "${unit}" in matinee.json`;
}

/** Returns the unit in which a number is a time of the years in which people used computers, if there is one. */
export function unitOf(time: number): TimeUnit | undefined {
  for (const unit of ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const) {
    const seconds = time / UNITS_IN_A_SECOND[unit];
    if (seconds >= EARLIEST_SECONDS && seconds < LATEST_SECONDS) return unit;
  }
  return undefined;
}

/** Returns what to set so that a time that could not be read is read, or undefined if that is unclear. */
export function timeAdvice(text: string): string | undefined {
  const unit = text.trim() === '' ? undefined : unitOf(Number(text));
  if (unit !== undefined) return `"timeUnit": "${unit}"`;
  return /^\d{4}-\d\d-\d\d/.test(text) ? '"timeUnit": "iso"' : undefined;
}

function warnOfRows(
  source: DataSource,
  { events, quarantineReasons }: Omit<ValidationReport, 'warnings'>,
): readonly string[] {
  const warnings: string[] = [];
  const isMapped = source.kind === 'mapped';
  const invalid = countOf(quarantineReasons, 'not valid UTF-8');
  if (invalid > 0 && isMapped) {
    warnings.push(
      `rows that are not valid UTF-8: ${invalid.toLocaleString('en')}; if the text is Western European, set "encoding": "windows-1252"`,
    );
  }
  if (events.duplicates * 10 >= events.rowsKept && events.duplicates > 0) {
    const advice = isMapped ? '; "repeats": "first" in matinee.json keeps one of each' : '';
    warnings.push(
      `${percent(events.duplicates / events.rowsKept)} of the events repeat user, item, time and type of another${advice}`,
    );
  }
  const { rowsQuarantined, rowsRead } = events;
  if (rowsQuarantined > 0 && rowsQuarantined * 10 >= rowsRead) {
    warnings.push(`${percent(rowsQuarantined / rowsRead)} of the events cannot be used: they are in quarantine`);
  }
  return warnings;
}

function countOf(reasons: ValidationReport['quarantineReasons'], reason: string): number {
  return new Map(Object.entries(reasons)).get(reason) ?? 0;
}

function quoteAll(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.map((id) => JSON.stringify(id)).join(', ');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
