import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { drawSequenceBatches, fillHistories, planBuckets } from './sequence-batches.ts';
import type { SequenceSet } from './sequence-data.ts';

/** Sequence s is 100 s, 100 s + 1, … of the given length; item i was met at second 10 i. */
function makeSequences(lengths: readonly number[]): SequenceSet {
  const offsets = new Int32Array(lengths.length + 1);
  const items: number[] = [];
  lengths.forEach((length, sequence) => {
    for (let index = 0; index < length; index++) items.push(100 * sequence + index);
    offsets[sequence + 1] = items.length;
  });
  return {
    offsets,
    items: Int32Array.from(items),
    timestamps: Float64Array.from(items, (item) => 10 * item),
    confidences: new Float32Array(items.length).fill(1),
  };
}

describe('drawSequenceBatches', () => {
  const lengths = [1, 2, 5, 6, 9, 30, 4, 4, 11, 10];
  const sequences = makeSequences(lengths);
  const buckets = planBuckets([4, 10], 20);

  it('gives every next-item example of the recent items exactly once', () => {
    const seen: string[] = [];
    for (const batch of drawSequenceBatches(sequences, buckets, createRandom(1), 'recent')) {
      for (let place = 0; place < batch.tokenCount; place++) {
        seen.push(`${batch.items[batch.rows[place]]}→${batch.targets[place]}`);
      }
    }
    const expected = lengths.flatMap((length, sequence) => {
      const from = Math.max(0, length - 11); // ten inputs and the target of the last
      return Array.from(
        { length: Math.max(0, length - 1 - from) },
        (_, index) => `${100 * sequence + from + index}→${100 * sequence + from + index + 1}`,
      );
    });
    expect(new Set(seen)).toEqual(new Set(expected));
    expect(seen.length).toBe(expected.length);
  });

  it('ends every sequence at the last position and gives padding no weight', () => {
    for (const batch of drawSequenceBatches(sequences, buckets, createRandom(2), 'recent')) {
      const { length, targetCount } = batch.bucket;
      expect(batch.tokenCount).toBeLessThanOrEqual(targetCount);
      for (let place = 0; place < targetCount; place++) {
        expect(batch.weights[place]).toBe(place < batch.tokenCount ? 1 : 0);
        const row = batch.rows[place];
        const endsSequence =
          place + 1 === batch.tokenCount || batch.rows[place + 1] !== row + 1 || (row + 1) % length === 0;
        if (place < batch.tokenCount && endsSequence) expect(batch.positions[row]).toBe(9);
      }
    }
  });

  it('repeats its order for the same seed and changes it for another', () => {
    const order = (seed: number): number[] =>
      [...drawSequenceBatches(sequences, buckets, createRandom(seed), 'recent')].map((batch) => batch.items[0]);
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
  });

  it('says when each item and its successor were met', () => {
    for (const batch of drawSequenceBatches(sequences, buckets, createRandom(5), 'random')) {
      for (let place = 0; place < batch.tokenCount; place++) {
        const row = batch.rows[place];
        expect(batch.times[row]).toBe(10 * batch.items[row]);
        expect(batch.targetTimes[row]).toBe(10 * batch.targets[place]);
      }
    }
  });

  it('sees all of a long sequence in time, with random windows, and never past its end', () => {
    const met = new Set<number>();
    for (let epoch = 0; epoch < 40; epoch++) {
      for (const batch of drawSequenceBatches(sequences, buckets, createRandom(epoch), 'random')) {
        for (let place = 0; place < batch.tokenCount; place++) {
          expect(batch.targets[place]).toBe(batch.items[batch.rows[place]] + 1);
          if (batch.targets[place] >= 500 && batch.targets[place] < 600) met.add(batch.targets[place]);
        }
      }
    }
    expect(met).toEqual(new Set(Array.from({ length: 29 }, (_, index) => 501 + index)));
  });

  it('throws EMPTY_INTERACTIONS when nothing can be learned', () => {
    expect(() => [...drawSequenceBatches(makeSequences([1, 1]), buckets, createRandom(1), 'recent')]).toThrow(
      'two items',
    );
  });
});

describe('fillHistories', () => {
  const historyOf = (items: readonly number[], asOf: number) => ({
    items: Int32Array.from(items),
    timestamps: Float64Array.from(items, (item) => 10 * item),
    confidences: new Float32Array(items.length).fill(1),
    asOf,
  });

  it('keeps the most recent items, with their times, and points at the last of each', () => {
    const histories = [historyOf([5, 6], 75), historyOf([1, 2, 3, 4], 44)];
    expect(fillHistories(histories, { batchSize: 3, length: 3 }, 5)).toEqual({
      items: Int32Array.of(5, 6, 0, 2, 3, 4, 0, 0, 0),
      positions: Int32Array.of(3, 4, 0, 2, 3, 4, 0, 0, 0),
      times: Float64Array.of(50, 60, 0, 20, 30, 40, 0, 0, 0),
      targetTimes: Float64Array.of(60, 75, 0, 30, 40, 44, 0, 0, 0),
      lastRows: Int32Array.of(1, 5, 0),
    });
  });

  it('throws BAD_SHAPE for an empty history', () => {
    expect(() => fillHistories([historyOf([], 0)], { batchSize: 1, length: 3 }, 3)).toThrow('none empty');
  });
});
