const counts = new Intl.NumberFormat('en');

/** `9,066`; a whole number. */
export const whole = (value: number): string => counts.format(value);

/** Four significant digits, a true minus sign, and `—` for what is unknown. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—';
  if (value === 0) return '0';
  const text = Math.abs(value) >= 1000 ? counts.format(Math.round(value)) : String(Number(value.toPrecision(4)));
  return text.replace('-', '−');
}

/** The same with a sign: `+0.5826`, `−5.35`. */
export const signed = (value: number): string => (value > 0 ? `+${figure(value)}` : figure(value));

/** `31 %`. */
export const percent = (share: number | null): string => (share === null ? '—' : `${Math.round(100 * share)} %`);

const MINUTE_S = 60;

/** `78.9 s`, `8 min 42 s`; milliseconds below a second. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return milliseconds(ms);
  if (seconds < MINUTE_S) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  return `${whole(Math.floor(rounded / MINUTE_S))} min ${rounded % MINUTE_S} s`;
}

/** `8.3 ms`. */
export const milliseconds = (ms: number): string =>
  `${ms >= 100 ? whole(Math.round(ms)) : figure(Number(ms.toFixed(1)))} ms`;
