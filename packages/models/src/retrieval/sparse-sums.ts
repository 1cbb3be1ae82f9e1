import type { ItemIndex } from '../data/indices.ts';
import type { RetrievalModel, RetrievalQuery, ScoredItems, ScoredRetrieval } from './retrieval-model.ts';
import { selectTop, takeScores } from './select-top.ts';

/** Rows of links between items, as of a CSR matrix. */
interface LinkRows {
  readonly pointers: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

/**
 * One sum per item, of which few are not empty: finding the best and clearing them costs what was added, however large
 * the catalogue. Filled, read and cleared within one synchronous stretch.
 */
export interface SparseSums {
  /** Adds strength · weight to each target of the row. */
  add(rows: LinkRows, row: number, strength: number): void;
  /** The `n` best without the excluded, ties by lower index; items that nothing was added to have no score. */
  top(n: number, excluded?: Uint8Array): ScoredItems;
  /** Writes the sums of these items, NaN where nothing was added, into `into`. */
  take(itemIndices: Int32Array, into: Float32Array): void;
  clear(): void;
}

/** With fewer additions than one for so many items, going through all items would cost the most. */
const SPARSE_FACTOR = 4;

/** The scores of one query as sums over rows of links. */
export interface SummedScores {
  /** How many additions they take, at most. */
  readonly additions: number;
  addTo(sums: SparseSums): void;
  /** Writes a score for every item, NaN where nothing is added. */
  writeAll(scores: Float32Array): void;
}

/**
 * How a model retrieves whose scores are sums over rows of links: in a sparse table where few items of the catalogue
 * are linked to, otherwise in a table of all.
 */
export function retrieveBySums(
  itemCount: number,
  sumsOf: (query: RetrievalQuery) => SummedScores,
): Required<Pick<RetrievalModel, 'retrieve' | 'retrieveAndScore'>> {
  let sparse: SparseSums | undefined;

  async function retrieveAndScore(query: RetrievalQuery, n: number, excluded?: Uint8Array): Promise<ScoredRetrieval> {
    const summed = sumsOf(query);
    if (summed.additions * SPARSE_FACTOR >= itemCount) {
      const scores = new Float32Array(itemCount);
      summed.writeAll(scores);
      return {
        items: selectTop(scores, n, excluded),
        writeScores: (itemIndices, into) => takeScores(scores, itemIndices, into),
      };
    }
    sparse ??= createSparseSums(itemCount);
    const sums = sparse;
    summed.addTo(sums);
    const items = sums.top(n, excluded);
    sums.clear();
    return {
      items,
      // Added up again, because those of another query may have stood in the table since.
      writeScores(itemIndices, into) {
        summed.addTo(sums);
        sums.take(itemIndices, into);
        sums.clear();
      },
    };
  }

  return {
    retrieve: async (query, n, excluded) => (await retrieveAndScore(query, n, excluded)).items,
    retrieveAndScore,
  };
}

/** @remarks 5 bytes an item. */
export function createSparseSums(itemCount: number): SparseSums {
  const sums = new Float32Array(itemCount);
  const isTouched = new Uint8Array(itemCount);
  let touched = new Int32Array(1024);
  let count = 0;

  const touch = (item: ItemIndex): void => {
    isTouched[item] = 1;
    if (count === touched.length) {
      const longer = new Int32Array(Math.min(itemCount, 2 * count));
      longer.set(touched);
      touched = longer;
    }
    touched[count++] = item;
  };

  return {
    add({ pointers, targets, weights }, row, strength) {
      for (let at = pointers[row]; at < pointers[row + 1]; at++) {
        const item = targets[at];
        if (isTouched[item] === 0) touch(item);
        sums[item] += strength * weights[at];
      }
    },
    top(n, excluded) {
      const scores = new Float32Array(count);
      const mask = new Uint8Array(count);
      for (let at = 0; at < count; at++) {
        scores[at] = sums[touched[at]];
        if (excluded !== undefined && excluded[touched[at]] !== 0) mask[at] = 1;
      }
      const positions = selectTop(scores, n, mask);
      return orderTies(positions, touched, scores, mask);
    },
    take(itemIndices, into) {
      for (let at = 0; at < itemIndices.length; at++) {
        const item = itemIndices[at];
        into[at] = isTouched[item] === 0 ? Number.NaN : sums[item];
      }
    },
    clear() {
      for (let at = 0; at < count; at++) {
        sums[touched[at]] = 0;
        isTouched[touched[at]] = 0;
      }
      count = 0;
    },
  };
}

/**
 * Puts the best positions in the order of their scores, ties by lower item. Among those that tie with the last one, the
 * selection has kept the lower positions; here the lower items are kept.
 */
function orderTies(
  { itemIndices: positions, scores: best }: ScoredItems,
  items: Int32Array,
  scores: Float32Array,
  mask: Uint8Array,
): ScoredItems {
  const count = positions.length;
  if (count === 0) return { itemIndices: positions, scores: best };
  const last = best[count - 1];
  const above = positions.filter((position) => scores[position] > last);
  const atLast: number[] = [];
  for (let at = 0; at < scores.length; at++) if (scores[at] === last && mask[at] === 0) atLast.push(items[at]);
  atLast.sort((a, b) => a - b);
  const ordered = Array.from(above).sort((a, b) => scores[b] - scores[a] || items[a] - items[b]);
  const itemIndices = new Int32Array(count);
  for (let at = 0; at < ordered.length; at++) itemIndices[at] = items[ordered[at]];
  itemIndices.set(atLast.slice(0, count - ordered.length), ordered.length);
  return { itemIndices, scores: best };
}
