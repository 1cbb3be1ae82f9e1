/** Formatters that are created once, since creating an Intl object costs more than using it. */
const LOCALE = 'en';
const counts = new Intl.NumberFormat(LOCALE);
const decimals = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const metrics = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const differences = new Intl.NumberFormat(LOCALE, {
  minimumFractionDigits: 3,
  maximumFractionDigits: 3,
  signDisplay: 'always',
});
const percents = new Intl.NumberFormat(LOCALE, { style: 'percent' });
const lists = new Intl.ListFormat(LOCALE, { type: 'conjunction' });
const times = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short', dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const formatCount = (count: number): string => counts.format(count);
export const formatDecimal = (value: number): string => decimals.format(value);
/** A quality such as NDCG, from 0 to 1. */
export const formatMetric = (value: number): string => metrics.format(value);
/** A difference of two qualities, with its sign. */
export const formatDifference = (value: number): string => differences.format(value).replace('-', '−');
export const formatPercent = (share: number): string => percents.format(share);
export const formatList = (words: readonly string[]): string => lists.format(words);
export const formatTime = (ms: number): string => times.format(ms);

/** `3 minutes ago` within a week, else the date. */
export function formatDate(iso: string, nowMs: number = Date.now()): string {
  const atMs = Date.parse(iso);
  if (Number.isNaN(atMs)) return '';
  const ageMs = Math.max(0, nowMs - atMs);
  if (ageMs < HOUR_MS) return relative.format(-Math.floor(ageMs / MINUTE_MS), 'minute');
  if (ageMs < DAY_MS) return relative.format(-Math.floor(ageMs / HOUR_MS), 'hour');
  if (ageMs < 7 * DAY_MS) return relative.format(-Math.floor(ageMs / DAY_MS), 'day');
  return times.format(atMs);
}
