import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interactions } from '../data/interactions.ts';
import { buildItemActivity, emptyActivity, knownUntil, readActivity, withLaterEvents } from './item-activity.ts';
import { addLater, removeLater } from './later-activity.ts';

const ITEMS = 4;
const DAY = 86_400;
type Event = readonly [item: number, time: number];

function interactionsOf(events: readonly Event[]): Interactions {
  const sorted = [...events].sort((a, b) => a[1] - b[1]);
  return {
    count: sorted.length,
    // Each of another person: of one person, an item counts the first event only.
    userIndices: Int32Array.from(sorted.keys()),
    itemIndices: Int32Array.from(sorted, ([item]) => item),
    timestamps: Float64Array.from(sorted, ([, time]) => time),
    weights: new Float32Array(sorted.length).fill(1),
    labels: new Uint8Array(sorted.length).fill(1),
  };
}

const before: fc.Arbitrary<Event[]> = fc.array(fc.tuple(fc.nat(ITEMS - 1), fc.nat(100 * DAY)), { maxLength: 20 });
const after: fc.Arbitrary<Event[]> = fc.array(
  fc.tuple(fc.nat(ITEMS - 1), fc.integer({ min: 100 * DAY, max: 300 * DAY })),
  { maxLength: 30 },
);
/** A time before, between or after all events. */
const anyTime = fc.integer({ min: 50 * DAY, max: 400 * DAY });

function readAll(activity: Parameters<typeof readActivity>[0], asOf: number): unknown {
  const known = knownUntil(activity, asOf);
  return Array.from({ length: ITEMS }, (_, item) => {
    const read = emptyActivity();
    readActivity(activity, item, known, read);
    return read;
  });
}

describe('withLaterEvents', () => {
  it('reads, at any moment, what the activity of all events reads: bit by bit, and nothing of what comes later', () =>
    fc.assert(
      fc.property(before, after, anyTime, (early, late, asOf) => {
        const live = withLaterEvents(buildItemActivity(interactionsOf(early), ITEMS));
        for (const [item, time] of late) addLater(live.later, item, time);
        expect(readAll(live, asOf)).toEqual(
          readAll(buildItemActivity(interactionsOf([...early, ...late]), ITEMS), asOf),
        );
        const past = late.filter(([, time]) => time < asOf);
        expect(readAll(live, asOf)).toEqual(
          readAll(buildItemActivity(interactionsOf([...early, ...past]), ITEMS), asOf),
        );
      }),
      { numRuns: 300 },
    ));

  it('takes events back as if they had never been, in any order', () =>
    fc.assert(
      fc.property(
        before,
        after,
        after,
        fc.infiniteStream(fc.nat(1)),
        anyTime,
        (early, remaining, undone, order, asOf) => {
          const live = withLaterEvents(buildItemActivity(interactionsOf(early), ITEMS));
          const [first, second] = [[...remaining], [...undone]];
          while (first.length + second.length > 0) {
            const [item, time] = ((order.next().value === 0 ? first : second).pop() ??
              (first.length > 0 ? first : second).pop()) as Event;
            addLater(live.later, item, time);
          }
          for (const [item, time] of undone) removeLater(live.later, item, time);
          expect(readAll(live, asOf)).toEqual(
            readAll(buildItemActivity(interactionsOf([...early, ...remaining]), ITEMS), asOf),
          );
          removeLater(live.later, 0, 1);
          expect(live.later.moments.count).toBe(remaining.length);
        },
      ),
      { numRuns: 300 },
    ));

  it('remembers of a moment nothing that an event added or taken back has changed', () =>
    fc.assert(
      fc.property(before, after, fc.array(anyTime, { minLength: 1, maxLength: 3 }), (early, late, moments) => {
        const live = withLaterEvents(buildItemActivity(interactionsOf(early), ITEMS));
        const expectAll = (known: readonly Event[]): void => {
          const fresh = buildItemActivity(interactionsOf([...early, ...known]), ITEMS);
          for (const moment of [...moments, ...moments]) expect(readAll(live, moment)).toEqual(readAll(fresh, moment));
        };
        for (const [at, [item, time]] of late.entries()) {
          addLater(live.later, item, time);
          expectAll(late.slice(0, at + 1));
        }
        for (const [at, [item, time]] of late.entries()) {
          removeLater(live.later, item, time);
          expectAll(late.slice(at + 1));
        }
      }),
    ));

  it('knows what happened since the activity’s end, and nothing later than the request', () => {
    const live = withLaterEvents(buildItemActivity(interactionsOf([[0, 100 * DAY]]), ITEMS));
    expect(knownUntil(live, 4000 * DAY)).toBe(100 * DAY + 1);
    addLater(live.later, 1, 101 * DAY);
    expect(knownUntil(live, 101 * DAY + 0.5)).toBe(101 * DAY + 0.5);
    expect(knownUntil(live, 1000 * DAY)).toBe(101 * DAY + 1);
    expect(knownUntil(live, 101 * DAY)).toBe(100 * DAY + 1);
  });
});
