import type { VectorTable } from './vector-index.ts';
import { createVectorStore } from './vector-store.ts';

/**
 * Reorders vectors so that near ones are adjacent, grouped by the nearest of √count pivots. A graph stores its nodes in
 * insertion order, so a search then touches fewer pages of memory.
 *
 * @remarks √count · count inner products: less than 2 s for 100,000 vectors of 64 values.
 */
export function orderByNeighbourhood({ dimension, keys, vectors }: VectorTable): VectorTable {
  const count = keys.length;
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const pivotOf = nearestPivots({ dimension, keys: rows, vectors }, Math.round(Math.sqrt(count)));
  rows.sort((one, other) => pivotOf[one] - pivotOf[other] || one - other);
  const ordered = new Float32Array(vectors.length);
  rows.forEach((row, position) => {
    ordered.set(vectors.subarray(row * dimension, (row + 1) * dimension), position * dimension);
  });
  return { dimension, keys: rows.map((row) => keys[row]), vectors: ordered };
}

/** @returns The number of each row's nearest pivot. The `pivotCount` pivots are rows at even distances. */
function nearestPivots(table: VectorTable, pivotCount: number): Int32Array {
  const count = table.keys.length;
  const store = createVectorStore(table);
  const products = new Float32Array(count);
  const largest = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  const pivotOf = new Int32Array(count);
  for (let pivot = 0; pivot < pivotCount; pivot++) {
    const start = Math.floor((pivot * count) / pivotCount) * table.dimension;
    store.scoreAll(table.vectors.subarray(start, start + table.dimension), products);
    products.forEach((product, row) => {
      if (product <= largest[row]) return;
      largest[row] = product;
      pivotOf[row] = pivot;
    });
  }
  return pivotOf;
}
