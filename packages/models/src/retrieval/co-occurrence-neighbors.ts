import { type CsrMatrix, transposeCsr } from '@matinee/numerics';
import type { FitContext } from '../training/fit-context.ts';
import { createNeighborLists, type Neighbors } from './neighbor-lists.ts';

/** sim(i → j) = (x_i · x_j) / (sourceNorms[i] · targetNorms[j] + shrinkage), where x_i is column i. */
export interface Similarity {
  readonly sourceNorms: Float64Array;
  readonly targetNorms: Float64Array;
  readonly shrinkage: number;
}

/** Multiply-adds between two checkpoints: some ten milliseconds. */
const WORK_PER_CHECKPOINT = 8_000_000;

/**
 * Finds the `maxNeighbors` most similar items of every item, among those that share a user with it.
 *
 * Row by row: the products of item i with all later items j > i are summed up in one dense array, over the rest of each
 * of its users' rows; each sum is offered to both items' lists. Half the multiply-adds of the full
 * product, and never more than one row of it in memory. Sums are in double precision and in a fixed order, so equal
 * input gives equal bytes.
 *
 * @param matrix [userCount, itemCount], values > 0.
 * @remarks Time O(½ Σ_u n_u²) for users with n_u items; memory O(entries + itemCount · maxNeighbors).
 */
export async function findNeighbors(
  matrix: CsrMatrix,
  { sourceNorms, targetNorms, shrinkage }: Similarity,
  maxNeighbors: number,
  checkpoint: FitContext['checkpoint'],
): Promise<Neighbors> {
  const { rowPointers, columnIndices, values, rowCount: userCount, columnCount: itemCount } = matrix;
  const byItem = transposeCsr(matrix);
  const lists = createNeighborLists(itemCount, maxNeighbors);
  const sums = new Float64Array(itemCount);
  const touched = new Int32Array(itemCount);
  // Items and rows ascend: the cursor of a user is just past the current item.
  const cursor = rowPointers.slice(0, userCount);

  /** Offers a pair to both lists; `other` ascends within a row and rows ascend, so lower indices come first. */
  const offerPair = (item: number, other: number): void => {
    const product = sums[other];
    sums[other] = 0;
    // Compared in the stored precision: values that differ only beyond float32 are a tie.
    const there = Math.fround(product / (sourceNorms[item] * targetNorms[other] + shrinkage));
    if (there > lists.bounds[item]) lists.add(item, other, there);
    const back = Math.fround(product / (sourceNorms[other] * targetNorms[item] + shrinkage));
    if (back > lists.bounds[other]) lists.add(other, item, back);
  };

  let totalWork = 0;
  for (let user = 0; user < userCount; user++) totalWork += triangle(rowPointers[user + 1] - rowPointers[user]);
  let work = 0;
  let reportedWork = 0;
  for (let item = 0; item < itemCount; item++) {
    const start = byItem.rowPointers[item];
    const end = byItem.rowPointers[item + 1];
    let rowWork = 0;
    for (let entry = start; entry < end; entry++) {
      const user = byItem.columnIndices[entry];
      cursor[user]++;
      rowWork += rowPointers[user + 1] - cursor[user];
    }
    if (rowWork > (itemCount - item) >> 2) {
      // Most items get a sum: no bookkeeping in the inner loop, then one pass over all items.
      for (let entry = start; entry < end; entry++) {
        const user = byItem.columnIndices[entry];
        addRow(sums, columnIndices, values, cursor[user], rowPointers[user + 1], byItem.values[entry]);
      }
      for (let other = item + 1; other < itemCount; other++) if (sums[other] !== 0) offerPair(item, other);
    } else {
      let touchedCount = 0;
      for (let entry = start; entry < end; entry++) {
        const user = byItem.columnIndices[entry];
        const value = byItem.values[entry];
        for (let at = cursor[user]; at < rowPointers[user + 1]; at++) {
          const other = columnIndices[at];
          if (sums[other] === 0) touched[touchedCount++] = other;
          sums[other] += value * values[at];
        }
      }
      for (const other of touched.subarray(0, touchedCount).sort()) offerPair(item, other);
    }
    work += rowWork;
    if (work - reportedWork >= WORK_PER_CHECKPOINT) {
      reportedWork = work;
      await checkpoint(work, totalWork);
    }
  }
  return lists.finish();
}

/** The hot loop, in its own function so that it is compiled on its own. */
function addRow(
  sums: Float64Array,
  columnIndices: Int32Array,
  values: Float32Array,
  start: number,
  end: number,
  factor: number,
): void {
  for (let at = start; at < end; at++) sums[columnIndices[at]] += factor * values[at];
}

function triangle(count: number): number {
  return (count * (count - 1)) / 2;
}
