import { type CsrMatrix, transposeCsr } from '../csr.ts';

/**
 * Returns the Gram matrix of the columns plus a ridge: G = XᵀX + ridge · I, dense.
 *
 * @param matrix CSR [rowCount, n].
 * @returns Row-major [n, n], symmetric. Sums run in float32; with 0/1 weights, counts are exact below 2²⁴.
 * @remarks Σ_rows (entries in the row)² / 2 multiply-adds. Works column by column, so that the output stays in the
 * cache. For each row with an entry in column i, only the entries from i on are needed; as i ascends, a cursor per row
 * finds them without a search.
 */
export function gramMatrix(matrix: CsrMatrix, ridge = 0): Float32Array {
  const { rowCount, columnCount, rowPointers, columnIndices, values } = matrix;
  const byColumn = transposeCsr(matrix);
  const gram = new Float32Array(columnCount * columnCount);
  const cursors = rowPointers.slice(0, rowCount); // first entry of each row at or after column i
  for (let i = 0; i < columnCount; i++) {
    const target = gram.subarray(i * columnCount, (i + 1) * columnCount);
    for (let entry = byColumn.rowPointers[i]; entry < byColumn.rowPointers[i + 1]; entry++) {
      const row = byColumn.columnIndices[entry];
      const weight = byColumn.values[entry];
      const end = rowPointers[row + 1];
      for (let other = cursors[row]; other < end; other++) target[columnIndices[other]] += weight * values[other];
      cursors[row]++;
    }
  }
  for (let i = 0; i < columnCount; i++) {
    gram[i * columnCount + i] += ridge;
    for (let j = 0; j < i; j++) gram[i * columnCount + j] = gram[j * columnCount + i];
  }
  return gram;
}
