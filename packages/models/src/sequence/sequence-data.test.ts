import { describe, expect, it } from 'vitest';
import { historyOfRequest, numberItems } from './sequence-data.ts';

describe('historyOfRequest', () => {
  it('keeps what the user engaged with and the network knows, and counts a title once while it repeats', () => {
    const known = numberItems(Int32Array.of(2, 5, 6), 8);
    const history = {
      // Unknown; engaged twice; disliked; engaged, and again after a title that does not count; the second once more.
      itemIndices: Int32Array.of(3, 5, 5, 6, 2, 5, 2, 5),
      timestamps: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      weights: Float32Array.of(1, 0.5, 1, -1, 1, 0, 1, 0.25),
    };
    expect(historyOfRequest(history, 9, known)).toEqual({
      items: Int32Array.of(1, 0, 1),
      timestamps: Float64Array.of(2, 5, 8),
      confidences: Float32Array.of(0.5, 1, 0.25),
      asOf: 9,
    });
  });

  it('is empty of a history without anything known', () => {
    const history = {
      itemIndices: Int32Array.of(0),
      timestamps: Float64Array.of(1),
      weights: Float32Array.of(1),
    };
    expect(historyOfRequest(history, 2, numberItems(Int32Array.of(1), 2)).items).toEqual(new Int32Array(0));
  });
});
