import { MatineeError } from './error.ts';

/**
 * Compressed sparse row matrix. Functions that take one never modify it.
 *
 * Row `r` holds the entries `rowPointers[r] … rowPointers[r + 1] - 1`. Column indices ascend within a row, without
 * repeats.
 */
export interface CsrMatrix {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Length `rowCount + 1`. */
  readonly rowPointers: Int32Array;
  /** Length = number of stored entries. */
  readonly columnIndices: Int32Array;
  /** Length = number of stored entries. */
  readonly values: Float32Array;
}

/**
 * Builds a CSR matrix from parallel arrays of coordinates; repeated coordinates are summed.
 *
 * @throws {MatineeError} `BAD_MATRIX` when the arrays differ in length or a coordinate is out of range.
 * @remarks Two counting sorts: O(entries + rows + columns) time, no comparison sort.
 */
export function csrFromTriplets(
  rowCount: number,
  columnCount: number,
  rows: Int32Array,
  columns: Int32Array,
  values: Float32Array,
): CsrMatrix {
  const count = rows.length;
  if (columns.length !== count || values.length !== count) {
    throw new MatineeError(
      'BAD_MATRIX',
      `rows, columns and values must have one length; got ${count}, ${columns.length}, ${values.length}`,
    );
  }
  const columnPointers = new Int32Array(columnCount + 1);
  const rowPointers = new Int32Array(rowCount + 1);
  for (let entry = 0; entry < count; entry++) {
    const row = rows[entry];
    const column = columns[entry];
    if (row < 0 || row >= rowCount || column < 0 || column >= columnCount) {
      throw new MatineeError(
        'BAD_MATRIX',
        `entry ${entry} at (${row}, ${column}) is outside ${rowCount} × ${columnCount}`,
      );
    }
    columnPointers[column + 1]++;
    rowPointers[row + 1]++;
  }
  for (let column = 0; column < columnCount; column++) columnPointers[column + 1] += columnPointers[column];
  for (let row = 0; row < rowCount; row++) rowPointers[row + 1] += rowPointers[row];

  // Visiting the entries by column and appending each to its row sorts every row by column.
  const byColumn = new Int32Array(count);
  const columnCursor = columnPointers.slice(0, columnCount);
  for (let entry = 0; entry < count; entry++) byColumn[columnCursor[columns[entry]]++] = entry;

  const sortedColumns = new Int32Array(count);
  const sortedValues = new Float32Array(count);
  const rowCursor = rowPointers.slice(0, rowCount);
  for (let position = 0; position < count; position++) {
    const entry = byColumn[position];
    const target = rowCursor[rows[entry]]++;
    sortedColumns[target] = columns[entry];
    sortedValues[target] = values[entry];
  }
  return sumRepeats({ rowCount, columnCount, rowPointers, columnIndices: sortedColumns, values: sortedValues });
}

/** Transposes a matrix in O(entries + columns). */
export function transposeCsr(matrix: CsrMatrix): CsrMatrix {
  const { rowCount, columnCount, rowPointers, columnIndices, values } = matrix;
  const transposedPointers = new Int32Array(columnCount + 1);
  const entryCount = rowPointers[rowCount];
  for (let entry = 0; entry < entryCount; entry++) transposedPointers[columnIndices[entry] + 1]++;
  for (let column = 0; column < columnCount; column++) transposedPointers[column + 1] += transposedPointers[column];
  const cursor = transposedPointers.slice(0, columnCount);
  const transposedIndices = new Int32Array(entryCount);
  const transposedValues = new Float32Array(entryCount);
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowPointers[row]; entry < rowPointers[row + 1]; entry++) {
      const target = cursor[columnIndices[entry]]++;
      transposedIndices[target] = row;
      transposedValues[target] = values[entry];
    }
  }
  return {
    rowCount: columnCount,
    columnCount: rowCount,
    rowPointers: transposedPointers,
    columnIndices: transposedIndices,
    values: transposedValues,
  };
}

function sumRepeats(matrix: CsrMatrix): CsrMatrix {
  const { rowCount, columnCount, rowPointers, columnIndices, values } = matrix;
  let repeats = 0;
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowPointers[row] + 1; entry < rowPointers[row + 1]; entry++) {
      if (columnIndices[entry] === columnIndices[entry - 1]) repeats++;
    }
  }
  if (repeats === 0) return matrix;
  const kept = columnIndices.length - repeats;
  const newPointers = new Int32Array(rowCount + 1);
  const newColumns = new Int32Array(kept);
  const newValues = new Float32Array(kept);
  let target = 0;
  for (let row = 0; row < rowCount; row++) {
    const first = rowPointers[row];
    for (let entry = first; entry < rowPointers[row + 1]; entry++) {
      if (entry > first && columnIndices[entry] === columnIndices[entry - 1]) {
        newValues[target - 1] += values[entry];
      } else {
        newColumns[target] = columnIndices[entry];
        newValues[target] = values[entry];
        target++;
      }
    }
    newPointers[row + 1] = target;
  }
  return { rowCount, columnCount, rowPointers: newPointers, columnIndices: newColumns, values: newValues };
}
