import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { drawSequenceBatches, fillHistories, planBuckets, type SequenceSet } from './sequence-batches.ts';

/** Sequence s is 100 s, 100 s + 1, … of the given length. */
function makeSequences(lengths: readonly number[]): SequenceSet {
  const offsets = new Int32Array(lengths.length + 1);
  const items: number[] = [];
  lengths.forEach((length, sequence) => {
    for (let index = 0; index < length; index++) items.push(100 * sequence + index);
    offsets[sequence + 1] = items.length;
  });
  return { offsets, items: Int32Array.from(items) };
}

describe('drawSequenceBatches', () => {
  const lengths = [1, 2, 5, 6, 9, 30, 4, 4, 11, 10];
  const sequences = makeSequences(lengths);
  const buckets = planBuckets([4, 10], 20);

  it('gives every next-item example of the recent items exactly once', () => {
    const seen: string[] = [];
    for (const batch of drawSequenceBatches(sequences, buckets, createRandom(1))) {
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
    for (const batch of drawSequenceBatches(sequences, buckets, createRandom(2))) {
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
      [...drawSequenceBatches(sequences, buckets, createRandom(seed))].map((batch) => batch.items[0]);
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
  });

  it('throws EMPTY_INTERACTIONS when nothing can be learned', () => {
    expect(() => [...drawSequenceBatches(makeSequences([1, 1]), buckets, createRandom(1))]).toThrow('two items');
  });
});

describe('fillHistories', () => {
  it('keeps the most recent items and points at the last of each', () => {
    const histories = [Int32Array.of(5, 6), Int32Array.of(1, 2, 3, 4)];
    expect(fillHistories(histories, { batchSize: 3, maxLength: 3 })).toEqual({
      items: Int32Array.of(5, 6, 0, 2, 3, 4, 0, 0, 0),
      positions: Int32Array.of(1, 2, 0, 0, 1, 2, 0, 0, 0),
      lastRows: Int32Array.of(1, 5, 0),
    });
  });

  it('throws BAD_SHAPE for an empty history', () => {
    expect(() => fillHistories([new Int32Array(0)], { batchSize: 1, maxLength: 3 })).toThrow('none empty');
  });
});
