import type { ValidationReport } from '@matinee/adapters/duckdb';

/** The validation report as text for a terminal: one fact per line, problems last. */
export function describeValidation({ events, items, quarantineReasons, remarks }: ValidationReport): string {
  const number = (value: number): string => value.toLocaleString('en');
  const lines = [
    `events       ${number(events.rowsRead)} rows read = ${number(events.rowsKept)} kept + ${number(events.rowsQuarantined)} quarantined`,
    `time         ${events.timeRange === null ? 'none' : `${events.timeRange[0]} to ${events.timeRange[1]}`}`,
    `values       ${events.valueRange === null ? 'none' : `${events.valueRange[0]} to ${events.valueRange[1]}`}`,
    `duplicates   ${number(events.duplicates)} rows repeat user, item, time and type of another (kept)`,
    `ties         ${number(events.tiesInTime)} events at the same second as another of the same user (ordered as in the file)`,
    `catalogue    ${number(items.rowsRead)} rows read = ${number(items.rowsKept)} kept + ${number(items.rowsQuarantined)} quarantined`,
    `orphans      ${number(items.orphans)} items appear in events only (kept, untitled; ${number(items.orphanEvents)} events)`,
    `unused       ${number(items.unused)} items of the catalogue have no event`,
    `incomplete   ${number(items.withoutTitle)} items without title, ${number(items.withoutGenres)} without genre`,
  ];
  for (const [reason, count] of Object.entries(quarantineReasons))
    lines.push(`quarantined  ${number(count)} × ${reason}`);
  for (const [reason, count] of Object.entries(remarks)) lines.push(`unread       ${number(count)} × ${reason}`);
  return lines.join('\n');
}
