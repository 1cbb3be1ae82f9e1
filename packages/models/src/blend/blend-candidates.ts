import { topK } from '@matinee/numerics';
import type { ScoredItems } from '../retrieval/retrieval-model.ts';
import type { BlendedCandidates, SourceCandidates } from './blend.ts';
import { NORMALIZATIONS, type NormalizationName } from './normalize-scores.ts';

/** docs/models/v1.md compares it with the other rules. */
export const BLEND_NORMALIZATION: NormalizationName = 'reciprocal-rank';

/**
 * Merges the lists of several sources into one, best first, with each source's contribution.
 *
 * Scores of different sources are not comparable, so ranks are used. A source contributes 61 / (60 + rank), which is 1
 * for its best candidate. A candidate with a negative score, which resembles disliked items, gets the negative of that
 * with its rank counted from the end. A candidate's score is the sum of weight · contribution over the sources that
 * found it. Ties go to the lower item index, so equal lists give equal results.
 *
 * @param lists Each best first, without repeats; an empty list changes nothing.
 * @param limit Longest result, ≥ 0.
 * @returns The union, cut to `limit`. A source's contributions sum to the score, candidate by candidate.
 * @remarks O(total length of the lists + highest item index); 0.2 ms for eleven lists of 300.
 */
export function blendCandidates(
  lists: readonly SourceCandidates[],
  limit: number,
  normalization: NormalizationName = BLEND_NORMALIZATION,
): BlendedCandidates {
  const sourceCount = lists.length;
  const given = lists.map(({ items, weight }) => scaled(NORMALIZATIONS[normalization](items.scores), weight));
  const { union, slots } = unionOf(lists);
  const totals = new Float32Array(union.length);
  lists.forEach(({ items }, source) => {
    addAt(totals, slots, items.itemIndices, given[source]);
  });

  // Slots ascend with the item index, so topK's tie rule applies to items.
  const order = topK(totals, limit);
  const count = order.length;
  const itemIndices = new Int32Array(count);
  for (let place = 0; place < count; place++) itemIndices[place] = union[order[place]];
  const places = slots.fill(-1);
  for (let place = 0; place < count; place++) places[itemIndices[place]] = place;
  const ranks = new Int32Array(sourceCount * count);
  const sourceScores = new Float32Array(sourceCount * count).fill(Number.NaN);
  const contributions = new Float32Array(sourceCount * count);
  lists.forEach(({ items, writeScores }, source) => {
    const base = source * count;
    writeScores?.(itemIndices, sourceScores.subarray(base, base + count));
    placeItems(items, given[source], places, base, { ranks, sourceScores, contributions });
  });
  const scores = new Float32Array(count);
  for (let place = 0; place < count; place++) scores[place] = totals[order[place]];
  return { sourceNames: lists.map(({ name }) => name), itemIndices, scores, ranks, sourceScores, contributions };
}

function scaled(values: Float32Array, factor: number): Float32Array {
  for (let at = 0; at < values.length; at++) values[at] *= factor;
  return values;
}

function addAt(totals: Float32Array, slots: Int32Array, items: Int32Array, values: Float32Array): void {
  for (let at = 0; at < items.length; at++) totals[slots[items[at]]] += values[at];
}

/** Fills one source's rows of the tables, which start at `base`. */
function placeItems(
  { itemIndices, scores }: ScoredItems,
  given: Float32Array,
  places: Int32Array,
  base: number,
  { ranks, sourceScores, contributions }: Pick<BlendedCandidates, 'ranks' | 'sourceScores' | 'contributions'>,
): void {
  for (let position = 0; position < itemIndices.length; position++) {
    const place = places[itemIndices[position]];
    if (place < 0) continue;
    ranks[base + place] = position + 1;
    sourceScores[base + place] = scores[position];
    contributions[base + place] = given[position];
  }
}

/** The best `count` candidates with all their columns. */
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

/** All items of the lists, ascending, and each item's position among them by item index. */
function unionOf(lists: readonly SourceCandidates[]): { readonly union: Int32Array; readonly slots: Int32Array } {
  let highest = -1;
  for (const { items } of lists) {
    const { itemIndices } = items;
    for (let position = 0; position < itemIndices.length; position++)
      highest = Math.max(highest, itemIndices[position]);
  }
  const slots = new Int32Array(highest + 1);
  for (const { items } of lists) {
    const { itemIndices } = items;
    for (let position = 0; position < itemIndices.length; position++) slots[itemIndices[position]] = 1;
  }
  let count = 0;
  for (let item = 0; item <= highest; item++) count += slots[item];
  const union = new Int32Array(count);
  let slot = 0;
  for (let item = 0; item <= highest; item++) {
    if (slots[item] === 0) continue;
    union[slot] = item;
    slots[item] = slot++;
  }
  return { union, slots };
}
