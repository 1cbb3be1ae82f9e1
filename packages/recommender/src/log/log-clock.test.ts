import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogClock, startOfLog } from './log-clock.ts';

const DAY = 86_400;
const END = Date.UTC(2018, 8, 26) / 1000;
const NOW = Date.UTC(2026, 0, 10) / 1000;

/** Log times of events that state these times, in seconds. */
function timesOf(stated: readonly number[], end = END): number[] {
  const clock = createLogClock(startOfLog(end));
  return stated.map((time, at) => clock.advance({ sequence: at + 1, atMs: time * 1000 }));
}

describe('createLogClock', () => {
  it('keeps the times of a log that continues the dataset', () => {
    const stated = [END + 10, END + 20, END + 0.5 * DAY, END + 1.4 * DAY];
    expect(timesOf(stated)).toEqual(stated);
  });

  it('counts years between dataset and log as one day, and keeps what is between the events', () => {
    expect(timesOf([NOW, NOW + 60, NOW + DAY])).toEqual([END + DAY, END + DAY + 60, END + 2 * DAY]);
  });

  it('counts a long quiet time in the log as one day', () => {
    expect(timesOf([END + 10, END + 200 * DAY, END + 200 * DAY + 5])).toEqual([
      END + 10,
      END + DAY + 10,
      END + DAY + 15,
    ]);
  });

  it('pins what is before the end of a dataset that was prepared anew', () => {
    expect(timesOf([END - 90 * DAY, END - 10, END + 10])).toEqual([END, END, END + 10]);
  });

  const honest = Array.from({ length: 40 }, (_, at) => NOW + at * 3600);
  it.each([
    ['in 1970', Date.UTC(1970, 0, 2) / 1000],
    ['ten years ahead', NOW + 3650 * DAY],
  ])('is moved by nothing that a first event says whose clock was %s', (_, wrong) => {
    expect(timesOf([wrong, ...honest]).slice(1)).toEqual(timesOf(honest));
  });

  it.each([
    ['in 1970', Date.UTC(1970, 0, 2) / 1000],
    ['in 2019', Date.UTC(2019, 0, 2) / 1000],
    ['ten years ahead', NOW + 3650 * DAY],
  ])('comes back to the right times within a day after a clock that was %s for a moment', (_, wrong) => {
    const times = timesOf([...honest.slice(0, 10), wrong, wrong + 5, ...honest.slice(10)]);
    const right = timesOf(honest);
    for (const [at, time] of times.slice(12).entries()) {
      expect(time - right[10 + at]!).toBeGreaterThanOrEqual(0);
      expect(time - right[10 + at]!).toBeLessThanOrEqual(DAY);
    }
    expect(times.at(-1)).toBeCloseTo(right.at(-1)!, 3);
  });

  it('does not run faster where two servers take alternating whose clocks differ by seconds or by days', () => {
    for (const apart of [5, 3 * DAY]) {
      const alternating = Array.from({ length: 400 }, (_, at) => NOW + at * 60 + (at % 2) * apart);
      expect(timesOf(alternating).at(-1)! - timesOf(alternating)[0]!).toBeLessThanOrEqual(400 * 60 + DAY + apart);
    }
  });

  const stated = fc.array(
    fc.oneof(fc.integer({ min: NOW, max: NOW + 40 * DAY }), fc.integer({ min: 0, max: NOW + 4000 * DAY })),
    { maxLength: 60 },
  );

  it('never goes back, passes by at most a day an event, and remembers the time of each event', () =>
    fc.assert(
      fc.property(stated, (log) => {
        const clock = createLogClock(startOfLog(END));
        const events = log.map((time, at) => ({ sequence: at + 1, atMs: time * 1000 }));
        const times = events.map((event) => clock.advance(event));
        let before = END;
        for (const [at, time] of times.entries()) {
          expect(time).toBeGreaterThanOrEqual(before);
          expect(time - before).toBeLessThanOrEqual(DAY + 1e-3);
          expect(clock.timeOf(events[at]!)).toBe(time);
          before = time;
        }
      }),
    ));

  it('goes on from a state as if it had never stopped', () =>
    fc.assert(
      fc.property(stated, fc.nat(60), (log, cut) => {
        const events = log.map((time, at) => ({ sequence: at + 1, atMs: time * 1000 }));
        const whole = createLogClock(startOfLog(END));
        const first = createLogClock(startOfLog(END));
        const times = events.map((event) => whole.advance(event));
        for (const event of events.slice(0, cut)) first.advance(event);
        const second = createLogClock(first.state());
        expect(events.slice(cut).map((event) => second.advance(event))).toEqual(times.slice(cut));
      }),
    ));
});
