/**
 * Selects the `k` highest scores in descending order; ties go to the lower index, so equal input gives equal output.
 *
 * NaN and −Infinity mark positions that may not be selected, so fewer than `k` indices may come back.
 *
 * @param scores Length n; not modified.
 * @returns Indices into `scores`, best first, length ≤ min(k, n).
 * @remarks A binary min-heap of the k best so far: O(n) when few scores enter the heap, O(n log k) at worst.
 */
export function topK(scores: Float32Array, k: number): Int32Array {
  const capacity = Math.min(k, scores.length);
  if (capacity <= 0) return new Int32Array(0);
  const heap = new Int32Array(capacity); // indices; the weakest selected one is heap[0]
  let size = 0;
  let weakest = Number.NEGATIVE_INFINITY;

  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    // Indices ascend, so a score equal to the weakest one loses the tie; NaN fails the comparison too.
    if (!(score > weakest)) continue;
    if (size < capacity) {
      heap[size] = index;
      siftUp(heap, size, scores);
      size++;
      if (size === capacity) weakest = scores[heap[0]];
    } else {
      heap[0] = index;
      siftDown(heap, size, scores);
      weakest = scores[heap[0]];
    }
  }
  const selected = new Int32Array(size);
  while (size > 0) {
    size--;
    selected[size] = heap[0];
    heap[0] = heap[size];
    siftDown(heap, size, scores);
  }
  return selected;
}

/** Whether `a` ranks below `b`: a lower score, or the same score and a higher index. */
function isWeaker(a: number, b: number, scores: Float32Array): boolean {
  return scores[a] < scores[b] || (scores[a] === scores[b] && a > b);
}

function siftUp(heap: Int32Array, start: number, scores: Float32Array): void {
  const index = heap[start];
  let position = start;
  while (position > 0) {
    const parent = (position - 1) >> 1;
    if (!isWeaker(index, heap[parent], scores)) break;
    heap[position] = heap[parent];
    position = parent;
  }
  heap[position] = index;
}

function siftDown(heap: Int32Array, size: number, scores: Float32Array): void {
  const index = heap[0];
  let position = 0;
  for (;;) {
    let child = 2 * position + 1;
    if (child >= size) break;
    if (child + 1 < size && isWeaker(heap[child + 1], heap[child], scores)) child++;
    if (!isWeaker(heap[child], index, scores)) break;
    heap[position] = heap[child];
    position = child;
  }
  heap[position] = index;
}
