export interface LiveEvent {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: string;
  readonly about: string;
  readonly itemIdx?: number;
}

/** More would only fill the memory of a screen that is left open. */
const MOST = 500;
const MINUTE_MS = 60_000;

/** Returns the events with one more, the newest first; the oldest go. */
export function addEvent(events: readonly LiveEvent[], event: LiveEvent): readonly LiveEvent[] {
  return [event, ...events].slice(0, MOST);
}

/** Returns how many events came within the last minute. */
export function eventsPerMinute(events: readonly LiveEvent[], nowMs: number): number {
  return events.filter(({ at }) => at > nowMs - MINUTE_MS).length;
}
