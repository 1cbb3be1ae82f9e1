import { describe, expect, it } from 'vitest';
import {
  buildInteractions,
  CONFIDENCE_PRESETS,
  DEFAULT_CONFIDENCE_RULE,
  parseConfidenceRule,
  weightOfFeedback,
} from './confidence.ts';
import { EVENT_TYPES, type EventTable, type EventType } from './dataset.ts';

function eventsOf(rows: readonly (readonly [user: number, type: EventType, value: number])[]): EventTable {
  return {
    count: rows.length,
    userIndices: Int32Array.from(rows, ([user]) => user),
    itemIndices: Int32Array.from(rows, (_, row) => row),
    timestamps: Float64Array.from(rows, (_, row) => 1000 + row),
    values: Float32Array.from(rows, ([, , value]) => value),
    types: Uint8Array.from(rows, ([, type]) => EVENT_TYPES.indexOf(type)),
  };
}

const NONE = Number.NaN;

describe('buildInteractions', () => {
  it('gives every rating weight 1 and label 1 under every-interaction', () => {
    const events = eventsOf([
      [0, 'rate', 1],
      [0, 'rate', 5],
      [1, 'rate', 3],
    ]);
    const built = buildInteractions(events, CONFIDENCE_PRESETS['every-interaction']);
    expect([...built.weights]).toEqual([1, 1, 1]);
    expect([...built.labels]).toEqual([1, 1, 1]);
  });

  it('drops events of weight 0 and says how many', () => {
    const built = buildInteractions(
      eventsOf([
        [0, 'impression', NONE],
        [0, 'like', NONE],
        [1, 'impression', NONE],
      ]),
    );
    expect(built.count).toBe(1);
    expect(built.droppedCount).toBe(2);
    expect([...built.itemIndices]).toEqual([1]);
    expect([...built.timestamps]).toEqual([1001]);
  });

  it('keeps dislikes and skips with negative weight and label 0', () => {
    const built = buildInteractions(
      eventsOf([
        [0, 'dislike', NONE],
        [0, 'skip', NONE],
      ]),
      CONFIDENCE_PRESETS.graded,
    );
    expect([...built.weights]).toEqual([-1, -0.5]);
    expect([...built.labels]).toEqual([0, 0]);
  });

  it('weighs a rating by its place on the scale', () => {
    const rule = parseConfidenceRule({ rate: { weighting: 'scale', weight: 1, slope: 0.5, minWeight: -1 } });
    const built = buildInteractions(
      eventsOf([
        [0, 'rate', 1],
        [0, 'rate', 3],
        [0, 'rate', 5],
      ]),
      rule,
    );
    expect([...built.weights]).toEqual([0.5, 1, 1.5]);
  });

  it('weighs a rating against the mean of the user’s earlier ratings only', () => {
    const rule = parseConfidenceRule({
      rate: { weighting: 'user-mean', weight: 1, slope: 1, minWeight: -5, meanShrinkage: 0, scale: { min: 1, max: 5 } },
    });
    const built = buildInteractions(
      eventsOf([
        [0, 'rate', 5],
        [0, 'rate', 5],
        [0, 'rate', 3],
        [0, 'rate', 1],
      ]),
      rule,
    );
    // Centres: 3 (the middle), 5, 5, 13/3; the third rating comes to weight 0.
    expect([...built.weights].map((weight) => Math.round(weight * 1000) / 1000)).toEqual([2, 1, -0.667]);
    expect(built.droppedCount).toBe(1);
  });

  it('gives a past rating the same weight whatever the user rates later', () => {
    const past: [number, EventType, number][] = [
      [0, 'rate', 4],
      [1, 'rate', 2],
      [0, 'rate', 2],
    ];
    const rule = parseConfidenceRule({ rate: { scale: { min: 0.5, max: 5 } } }, CONFIDENCE_PRESETS.graded);
    const before = buildInteractions(eventsOf(past), rule);
    const after = buildInteractions(eventsOf([...past, [0, 'rate', 5], [0, 'rate', 5]]), rule);
    expect([...after.weights.subarray(0, 3)]).toEqual([...before.weights]);
  });

  it('labels ratings from 4 up as successes under graded, on both MovieLens scales', () => {
    const rate = (value: number): [number, EventType, number] => [0, 'rate', value];
    const whole = buildInteractions(eventsOf([1, 2, 3, 4, 5].map(rate)), CONFIDENCE_PRESETS.graded);
    expect([...whole.labels]).toEqual([0, 0, 0, 1, 1]);
    const half = buildInteractions(eventsOf([0.5, 3.5, 4, 4.5, 5].map(rate)), CONFIDENCE_PRESETS.graded);
    expect([...half.labels]).toEqual([0, 0, 1, 1, 1]);
  });

  it('weighs a partial watch in proportion to the share watched', () => {
    const built = buildInteractions(
      eventsOf([
        [0, 'watch', 0.25],
        [0, 'watch', NONE],
        [0, 'watch', 7],
      ]),
    );
    expect([...built.weights]).toEqual([0.25, 1, 1]);
  });

  it('leaves the raw events as they are', () => {
    const events = eventsOf([
      [0, 'rate', 1],
      [0, 'rate', 5],
    ]);
    buildInteractions(events, CONFIDENCE_PRESETS.graded);
    expect([...events.values]).toEqual([1, 5]);
  });
});

describe('weightOfFeedback', () => {
  it('gives live feedback the weight that the same event has in the log', () => {
    for (const rule of Object.values(CONFIDENCE_PRESETS)) {
      for (const type of ['like', 'dislike', 'skip', 'click'] as const) {
        expect(weightOfFeedback(type, rule)).toBe(buildInteractions(eventsOf([[0, type, NONE]]), rule).weights[0]);
      }
      expect(weightOfFeedback('watched', rule)).toBe(
        buildInteractions(eventsOf([[0, 'watch', NONE]]), rule).weights[0],
      );
    }
  });

  it('weighs a share that was watched as the same watch in the log', () => {
    for (const rule of Object.values(CONFIDENCE_PRESETS)) {
      const inLog = buildInteractions(eventsOf([[0, 'watch', 0.5]]), rule).weights[0];
      expect(weightOfFeedback('watched', rule, 0.5)).toBe(inLog);
      expect(weightOfFeedback('click', rule, 0.5)).toBe(inLog);
      expect(weightOfFeedback('skip', rule, 0.01)).toBe(weightOfFeedback('skip', rule));
    }
  });

  it('counts skip and dislike against, impressions not at all', () => {
    expect(weightOfFeedback('skip')).toBeLessThan(0);
    expect(weightOfFeedback('dislike')).toBeLessThan(0);
    expect(weightOfFeedback('impression')).toBe(0);
  });
});

describe('parseConfidenceRule', () => {
  it('returns the default for no overrides', () => {
    expect(parseConfidenceRule({})).toEqual(DEFAULT_CONFIDENCE_RULE);
  });

  it('names an unknown field and a field out of range', () => {
    expect(() => parseConfidenceRule({ rating: 1 } as never)).toThrow(/has no field "rating"; it has: rate, watch/);
    expect(() => parseConfidenceRule({ skip: 1 })).toThrow(/field "skip"/);
    expect(() => parseConfidenceRule({ rate: { slope: -1 } })).toThrow(/"rate", field "slope"/);
  });
});
