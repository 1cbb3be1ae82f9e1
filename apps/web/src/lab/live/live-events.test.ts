import { describe, expect, it } from 'vitest';
import { addEvent, eventsPerMinute, type LiveEvent } from './live-events.ts';

const eventAt = (at: number): LiveEvent => ({ key: String(at), at, what: 'Like', about: '' });

describe('live events', () => {
  it('keep the newest five hundred, newest first', () => {
    let events: readonly LiveEvent[] = [];
    for (let at = 0; at < 600; at++) events = addEvent(events, eventAt(at));
    expect(events).toHaveLength(500);
    expect([events[0]?.at, events.at(-1)?.at]).toEqual([599, 100]);
  });

  it('are counted over the last minute', () => {
    const events = [eventAt(100_000), eventAt(50_000), eventAt(10_000)];
    expect(eventsPerMinute(events, 100_500)).toBe(2);
    expect(eventsPerMinute([], 0)).toBe(0);
  });
});
