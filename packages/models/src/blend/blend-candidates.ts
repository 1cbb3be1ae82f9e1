import { topK } from '@matinee/numerics';
import type { BlendedCandidates, SourceCandidates } from './blend.ts';
import { NORMALIZATIONS, type NormalizationName } from './normalize-scores.ts';

/** See docs/models/v1.md for what it was compared with. */
export const BLEND_NORMALIZATION: NormalizationName = 'reciprocal-rank';

/**
 * Merges the lists of several sources into one, best first, keeping where each candidate came from.
 *
 * Scores of different sources cannot be compared, so ranks are: a source gives 61 / (60 + rank), from 1 for its best
 * candidate down, and as much taken off, counted from the other end, for a candidate whose score is negative (it is
 * like something that was turned down). A candidate's score is the sum of weight · that over the sources that found it,
 * and nothing from those that did not. Ties go to the lower item index, so that equal lists give equal results.
 *
 * @param lists Each best first, without repeats; an empty list changes nothing.
 * @param limit Longest result, ≥ 0.
 * @returns The union, cut to `limit`. A source's contributions sum to the score, candidate by candidate.
 * @remarks O(total length of the lists); 0.1 ms for six lists of 300.
 */
export function blendCandidates(
  lists: readonly SourceCandidates[],
  limit: number,
  normalization: NormalizationName = BLEND_NORMALIZATION,
): BlendedCandidates {
  const union = unionOf(lists);
  const sourceCount = lists.length;
  const unionSize = union.length;
  const slots = new Map<number, number>();
  for (let slot = 0; slot < unionSize; slot++) slots.set(union[slot], slot);

  const ranks = new Int32Array(sourceCount * unionSize);
  const sourceScores = new Float32Array(sourceCount * unionSize).fill(Number.NaN);
  const contributions = new Float32Array(sourceCount * unionSize);
  const totals = new Float32Array(unionSize);
  for (const [source, { weight, items, allScores }] of lists.entries()) {
    if (allScores !== undefined) {
      for (let slot = 0; slot < unionSize; slot++) sourceScores[source * unionSize + slot] = allScores[union[slot]];
    }
    const normalized = NORMALIZATIONS[normalization](items.scores);
    for (let position = 0; position < items.itemIndices.length; position++) {
      const slot = slots.get(items.itemIndices[position]) as number;
      const cell = source * unionSize + slot;
      ranks[cell] = position + 1;
      sourceScores[cell] = items.scores[position];
      contributions[cell] = weight * normalized[position];
      totals[slot] += contributions[cell];
    }
  }

  // Slots ascend with the item index, so that topK's tie rule is ours.
  const order = topK(totals, limit);
  const count = order.length;
  const pick = <A extends Int32Array | Float32Array>(table: A, target: A): A => {
    for (let source = 0; source < sourceCount; source++) {
      for (let position = 0; position < count; position++) {
        target[source * count + position] = table[source * unionSize + order[position]];
      }
    }
    return target;
  };
  return {
    sourceNames: lists.map(({ name }) => name),
    itemIndices: order.map((slot) => union[slot]),
    scores: Float32Array.from(order, (slot) => totals[slot]),
    ranks: pick(ranks, new Int32Array(sourceCount * count)),
    sourceScores: pick(sourceScores, new Float32Array(sourceCount * count)),
    contributions: pick(contributions, new Float32Array(sourceCount * count)),
  };
}

/** The best `count` of them, with all that is known of each. */
export function firstCandidates(blended: BlendedCandidates, count: number): BlendedCandidates {
  const length = blended.itemIndices.length;
  if (length <= count) return blended;
  const cut = <A extends Int32Array | Float32Array>(table: A, target: A): A => {
    for (let source = 0; source < blended.sourceNames.length; source++) {
      for (let place = 0; place < count; place++) target[source * count + place] = table[source * length + place];
    }
    return target;
  };
  const size = blended.sourceNames.length * count;
  return {
    sourceNames: blended.sourceNames,
    itemIndices: blended.itemIndices.subarray(0, count),
    scores: blended.scores.subarray(0, count),
    ranks: cut(blended.ranks, new Int32Array(size)),
    sourceScores: cut(blended.sourceScores, new Float32Array(size)),
    contributions: cut(blended.contributions, new Float32Array(size)),
  };
}

/** All items of all lists, ascending. */
function unionOf(lists: readonly SourceCandidates[]): Int32Array {
  const total = lists.reduce((sum, { items }) => sum + items.itemIndices.length, 0);
  const all = new Int32Array(total);
  let offset = 0;
  for (const { items } of lists) {
    all.set(items.itemIndices, offset);
    offset += items.itemIndices.length;
  }
  all.sort();
  return all.filter((item, position) => position === 0 || item !== all[position - 1]);
}
