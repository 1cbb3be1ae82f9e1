import type { ScoredItems, ScoredRetrieval } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import type { KnownItems } from './sequence-data.ts';

/** Writes the scores of the items that a network knows to their places in the catalogue. */
export function scatter(ofKnown: Float32Array, { itemIndices }: KnownItems, scores: Float32Array): void {
  for (let row = 0; row < ofKnown.length; row++) scores[itemIndices[row]] = ofKnown[row];
}

/** The `n` best items that a network knows, without the excluded; its work does not grow with the catalogue. */
export function selectKnown(
  ofKnown: Float32Array,
  { itemIndices }: KnownItems,
  n: number,
  excluded: Uint8Array | undefined,
): ScoredItems {
  const { itemIndices: rows, scores } = selectTop(ofKnown, n, excluded && gather(excluded, itemIndices));
  // Rows ascend with the items, so ties go to the lower item.
  return { itemIndices: rows.map((row) => itemIndices[row]), scores };
}

/** What lies beyond the end of the mask is excluded, as everywhere. */
function gather(excluded: Uint8Array, itemIndices: Int32Array): Uint8Array {
  const mask = new Uint8Array(itemIndices.length);
  for (let row = 0; row < mask.length; row++) mask[row] = excluded[itemIndices[row]] === 0 ? 0 : 1;
  return mask;
}

/** Writes the scores of whatever items are named; NaN for those that the network does not know. */
export function scoresByItem(ofKnown: Float32Array, { numbers }: KnownItems): ScoredRetrieval['writeScores'] {
  return (items, scores) => {
    for (let at = 0; at < items.length; at++) {
      const row = numbers[items[at]];
      scores[at] = row >= 0 ? ofKnown[row] : Number.NaN;
    }
  };
}
