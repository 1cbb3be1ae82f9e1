/**
 * The `capacity` nearest neighbours of every item, gathered in any order: a bounded min-heap per item in two shared
 * arrays. Nearer = higher similarity, then lower index, so what is kept does not depend on the order of offering.
 */
export interface NeighborLists {
  offer(item: number, neighbor: number, similarity: number): void;
  /** Rows sorted nearest first; call once, at the end. */
  finish(): Neighbors;
}

/** Row `i` of `neighbors` and `similarities` is [pointers[i], pointers[i + 1]), nearest first. */
export interface Neighbors {
  readonly pointers: Int32Array;
  readonly neighbors: Int32Array;
  readonly similarities: Float32Array;
}

/** @remarks 8 bytes · itemCount · capacity, and half as much again while `finish` packs the rows. */
export function createNeighborLists(itemCount: number, capacity: number): NeighborLists {
  const slots = Math.max(0, Math.min(capacity, itemCount - 1));
  const heapNeighbors = new Int32Array(itemCount * slots);
  const heapSimilarities = new Float32Array(itemCount * slots);
  const sizes = new Int32Array(itemCount);
  // What a full row must beat; −Infinity until then. Most offers end with this one comparison.
  const bounds = new Float32Array(itemCount).fill(slots === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);

  const isFarther = (similarity: number, neighbor: number, at: number): boolean =>
    similarity < heapSimilarities[at] || (similarity === heapSimilarities[at] && neighbor > heapNeighbors[at]);

  const siftUp = (base: number, size: number, neighbor: number, similarity: number): void => {
    let position = size;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!isFarther(similarity, neighbor, base + parent)) break;
      heapSimilarities[base + position] = heapSimilarities[base + parent];
      heapNeighbors[base + position] = heapNeighbors[base + parent];
      position = parent;
    }
    heapSimilarities[base + position] = similarity;
    heapNeighbors[base + position] = neighbor;
  };

  const siftDown = (base: number, size: number, neighbor: number, similarity: number): void => {
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= size) break;
      const right = base + child + 1;
      if (child + 1 < size && isFarther(heapSimilarities[right], heapNeighbors[right], base + child)) child++;
      // The farther child moves up only if it is farther than what is being placed.
      if (isFarther(similarity, neighbor, base + child)) break;
      heapSimilarities[base + position] = heapSimilarities[base + child];
      heapNeighbors[base + position] = heapNeighbors[base + child];
      position = child;
    }
    heapSimilarities[base + position] = similarity;
    heapNeighbors[base + position] = neighbor;
  };

  return {
    offer(item, neighbor, exactSimilarity) {
      // Compared as stored: two values that differ only beyond single precision are a tie.
      const similarity = Math.fround(exactSimilarity);
      if (similarity < bounds[item]) return;
      const base = item * slots;
      const size = sizes[item];
      if (size < slots) {
        siftUp(base, size, neighbor, similarity);
        sizes[item] = size + 1;
        if (size + 1 === slots) bounds[item] = heapSimilarities[base];
      } else if (slots > 0 && !isFarther(similarity, neighbor, base)) {
        siftDown(base, slots, neighbor, similarity);
        bounds[item] = heapSimilarities[base];
      }
    },
    finish() {
      const pointers = new Int32Array(itemCount + 1);
      for (let item = 0; item < itemCount; item++) pointers[item + 1] = pointers[item] + sizes[item];
      const neighbors = new Int32Array(pointers[itemCount]);
      const similarities = new Float32Array(pointers[itemCount]);
      for (let item = 0; item < itemCount; item++) {
        const base = item * slots;
        // Taking the farthest off the heap again and again fills the row from its end.
        for (let size = sizes[item]; size > 0; size--) {
          const target = pointers[item] + size - 1;
          neighbors[target] = heapNeighbors[base];
          similarities[target] = heapSimilarities[base];
          const last = base + size - 1;
          siftDown(base, size - 1, heapNeighbors[last], heapSimilarities[last]);
        }
      }
      return { pointers, neighbors, similarities };
    },
  };
}
