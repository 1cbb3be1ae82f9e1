import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsrMatrix, csrFromTriplets, transposeCsr } from './csr.ts';

const triplets = fc.array(
  fc.record({
    row: fc.integer({ min: 0, max: 6 }),
    column: fc.integer({ min: 0, max: 4 }),
    value: fc.integer({ min: -8, max: 8 }),
  }),
  { maxLength: 40 },
);

function build(entries: { row: number; column: number; value: number }[]): CsrMatrix {
  return csrFromTriplets(
    7,
    5,
    Int32Array.from(entries, (entry) => entry.row),
    Int32Array.from(entries, (entry) => entry.column),
    Float32Array.from(entries, (entry) => entry.value),
  );
}

function dense({ rowCount, columnCount, rowPointers, columnIndices, values }: CsrMatrix): number[][] {
  const table = Array.from({ length: rowCount }, () => new Array<number>(columnCount).fill(0));
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowPointers[row]; entry < rowPointers[row + 1]; entry++)
      table[row][columnIndices[entry]] += values[entry];
  }
  return table;
}

describe('csrFromTriplets', () => {
  it('holds the sums of the entries, with ascending columns and no repeats', () => {
    fc.assert(
      fc.property(triplets, (entries) => {
        const matrix = build(entries);
        const expected = Array.from({ length: 7 }, () => new Array<number>(5).fill(0));
        for (const { row, column, value } of entries) expected[row][column] += value;
        expect(dense(matrix)).toEqual(expected);
        for (let row = 0; row < 7; row++) {
          for (let entry = matrix.rowPointers[row] + 1; entry < matrix.rowPointers[row + 1]; entry++) {
            expect(matrix.columnIndices[entry]).toBeGreaterThan(matrix.columnIndices[entry - 1]);
          }
        }
      }),
    );
  });

  it('names the entry that lies outside the matrix', () => {
    expect(() => csrFromTriplets(2, 2, Int32Array.of(0, 2), Int32Array.of(0, 0), Float32Array.of(1, 1))).toThrow(
      'entry 1 at (2, 0) is outside 2 × 2',
    );
  });
});

describe('transposeCsr', () => {
  it('is its own inverse and swaps rows with columns', () => {
    fc.assert(
      fc.property(triplets, (entries) => {
        const matrix = build(entries);
        const transposed = transposeCsr(matrix);
        expect(dense(transposed)).toEqual(Array.from({ length: 5 }, (_, c) => dense(matrix).map((row) => row[c])));
        expect(transposeCsr(transposed)).toEqual(matrix);
      }),
    );
  });
});
