import { describe, expect, it } from 'vitest';
import type { Explanation } from '../candidates/explain.ts';
import { explainRow } from './explain-row.ts';

const watched = (itemIndex: number): Explanation => ({ code: 'because_you_watched', itemIndex });
/** An item with reasons, the best first. */
const item = (...[best, ...others]: readonly [Explanation, ...Explanation[]]) => ({
  explain: () => Promise.resolve(best),
  explainOtherwise: (isUsedUp: (explanation: Explanation) => boolean) =>
    Promise.resolve(others.find((each) => !isUsedUp(each))),
});

describe('explainRow', () => {
  it('gives a reason three times, then the second-best one, then none', async () => {
    const row = [
      item(watched(1)),
      item(watched(1)),
      item(watched(2)),
      item(watched(1)),
      item(watched(1), watched(1), watched(3)),
      item(watched(1)),
      { explain: () => Promise.resolve(watched(1)) },
    ];
    expect(await explainRow(row)).toEqual([
      watched(1),
      watched(1),
      watched(2),
      watched(1),
      watched(3),
      undefined,
      undefined,
    ]);
  });

  it('leaves a reason that all items of the row share', async () => {
    const row = [1, 2, 3, 4, 5].map(() => item(watched(1), watched(2)));
    expect(await explainRow(row)).toEqual([1, 2, 3, 4, 5].map(() => watched(1)));
  });
});
