/** Whether a text such as `2026-03-01` names a day that exists: `Date.parse` takes 31 February for 2 March. */
export function isCalendarDate(text: string): boolean {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().slice(0, 10) === text;
}
