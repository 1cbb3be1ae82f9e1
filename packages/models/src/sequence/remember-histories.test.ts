import { describe, expect, it } from 'vitest';
import { rememberHistories } from './remember-histories.ts';
import type { TimedHistory } from './sequence-data.ts';

const DAY = 86_400;

function historyOf(items: readonly number[], change: Partial<TimedHistory> = {}): TimedHistory {
  return {
    items: Int32Array.from(items),
    timestamps: Float64Array.from(items, (_, at) => 1000 + at),
    confidences: new Float32Array(items.length).fill(1),
    asOf: 100 * DAY,
    ...change,
  };
}

function counted(length = 3) {
  const made: TimedHistory[] = [];
  const remembered = rememberHistories(length, async (history) => made.push(history));
  return { made, remembered };
}

describe('rememberHistories', () => {
  it('makes equal histories once, whoever asks', async () => {
    const { made, remembered } = counted();
    await Promise.all([remembered(historyOf([1, 2, 3])), remembered(historyOf([1, 2, 3]))]);
    await remembered(historyOf([1, 2, 3]));
    expect(made).toHaveLength(1);
  });

  it('reads only the newest items', async () => {
    const { made, remembered } = counted(2);
    await remembered(historyOf([7, 1, 2]));
    await remembered(historyOf([8, 1, 2]));
    expect(made).toHaveLength(1);
  });

  it.each([
    ['another item', historyOf([1, 2, 4])],
    ['another order', historyOf([2, 1, 3])],
    ['one item more', historyOf([1, 2, 3, 4])],
    ['another time', historyOf([1, 2, 3], { timestamps: Float64Array.of(1000, 1001, 1002.5) })],
    ['another confidence', historyOf([1, 2, 3], { confidences: Float32Array.of(1, 1, 0.5) })],
    ['a request much later', historyOf([1, 2, 3], { asOf: 300 * DAY })],
  ])('takes %s for another history', async (_, other) => {
    const { made, remembered } = counted();
    await remembered(historyOf([1, 2, 3]));
    await remembered(other);
    expect(made).toHaveLength(2);
  });

  it('takes a request a minute later for the same', async () => {
    const { made, remembered } = counted();
    await remembered(historyOf([1, 2, 3]));
    await remembered(historyOf([1, 2, 3], { asOf: 100 * DAY + 60 }));
    expect(made).toHaveLength(1);
  });

  it('does not remember a failure', async () => {
    const results = [Promise.reject(new Error('out of order')), Promise.resolve('fine')];
    const remembered = rememberHistories(3, () => results.shift()!);
    await expect(remembered(historyOf([1]))).rejects.toThrow('out of order');
    expect(await remembered(historyOf([1]))).toBe('fine');
  });

  it('forgets what has not been needed for long, and keeps what is needed again', async () => {
    const { made, remembered } = counted();
    for (let item = 0; item < 5000; item++) {
      await remembered(historyOf([item]));
      await remembered(historyOf([4_999_999]));
    }
    expect(made).toHaveLength(5001);
    await remembered(historyOf([0]));
    expect(made).toHaveLength(5002);
  });
});
