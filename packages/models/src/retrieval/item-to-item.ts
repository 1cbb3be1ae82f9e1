import { type CsrMatrix, transposeCsr } from '@matinee/numerics';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { History } from '../data/interactions.ts';
import type { FamilyTraits } from './family-traits.ts';
import { historyStrengths } from './history-strengths.ts';
import { rememberLatest } from './remember-latest.ts';
import type { Contributor, RetrievalModel, RetrievalQuery } from './retrieval-model.ts';
import { retrieveBySums, type SummedScores } from './sparse-sums.ts';

/** Row `i` is [pointers[i], pointers[i + 1]): what history item `i` adds to the score of each of its targets. */
export interface ItemLinks {
  readonly pointers: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

/** No item, or no position. */
const NOTHING = -1;
/** The bits of −0: every sum starts there, and no sum of terms is −0, so these bits mean that nothing was added. */
const UNTOUCHED = 0x80000000 | 0;

/**
 * A model whose scores are sums over the history: Σ strength_i · weight(i → candidate). A candidate that no history
 * item has a link to has no score. The contributors of a score are the items without which it would be lower. A
 * positive term is not enough: where older items count less, removing an item lets all items before it count more.
 *
 * @remarks retrieve O(history · links of an item), and O(items) more where the history links to a large part of them.
 */
export function createItemToItemModel({
  kind,
  traits,
  links,
  historyDecay,
  maxHistoryItems,
  save,
}: {
  readonly kind: string;
  readonly traits: FamilyTraits;
  readonly links: ItemLinks;
  /** As in {@link historyStrengths}. */
  readonly historyDecay: number;
  readonly maxHistoryItems: number;
  readonly save: () => ModelArtifact;
}): RetrievalModel {
  const { pointers } = links;
  const itemCount = pointers.length - 1;
  const fading = Float64Array.from({ length: maxHistoryItems }, (_, later) => (1 + later) ** -historyDecay);

  const writeScores = ({ history }: RetrievalQuery, scores: Float32Array): void => {
    const { start, strengths } = historyStrengths(history, historyDecay, maxHistoryItems);
    scores.fill(-0);
    for (let offset = 0; offset < strengths.length; offset++) {
      addLinks(links, history.itemIndices[start + offset], strengths[offset], scores);
    }
    const bits = new Int32Array(scores.buffer, scores.byteOffset, itemCount);
    for (let target = 0; target < itemCount; target++) if (bits[target] === UNTOUCHED) scores[target] = Number.NaN;
  };

  const sumsOf = (query: RetrievalQuery): SummedScores => {
    const { itemIndices } = query.history;
    let additions = 0;
    for (let at = Math.max(0, itemIndices.length - maxHistoryItems); at < itemIndices.length; at++) {
      const item = itemIndices[at];
      if (item < itemCount) additions += pointers[item + 1] - pointers[item];
    }
    return {
      additions,
      addTo(sums) {
        const { start, strengths } = historyStrengths(query.history, historyDecay, maxHistoryItems);
        for (let offset = 0; offset < strengths.length; offset++) {
          sums.add(links, itemIndices[start + offset], strengths[offset]);
        }
      },
      writeAll: (scores) => writeScores(query, scores),
    };
  };

  let reversed: ReversedLinks | undefined;
  /** Built at the first explanation; training never needs it. */
  const linksTo = (): ReversedLinks => {
    reversed ??= reverseLinks(links);
    return reversed;
  };
  const placesOf = rememberLatest(({ history }: RetrievalQuery) => findPlaces(history));

  return {
    kind,
    traits,
    itemCount,
    async scoreAll(query, scores) {
      writeScores(query, scores);
    },
    ...retrieveBySums(itemCount, sumsOf),
    async contributors(query, itemIndex, limit) {
      return takeContributors(findTerms(linksTo(), itemIndex, placesOf(query), fading), limit);
    },
    save,
  };
}

/** Returns the strongest items without which the score is lower. Sets the sums of the terms that it tries to 0. */
function takeContributors(terms: Terms, limit: number): readonly Contributor[] {
  const score = scoreWithout(terms, NOTHING);
  const raising: Contributor[] = [];
  const untried = terms.sums;
  while (raising.length < limit) {
    const strongest = indexOfLargest(untried);
    if (!(untried[strongest] > 0)) break;
    const item = terms.items[strongest];
    if (scoreWithout(terms, item) < score) raising.push({ itemIndex: item, contribution: untried[strongest] });
    untried[strongest] = 0;
  }
  return raising;
}

/**
 * Adds strength · weight to the item's targets.
 *
 * @remarks Four at a time: a third faster, for the targets of an item are distinct and need not wait for each other.
 */
function addLinks(
  { pointers, targets, weights }: ItemLinks,
  item: number,
  strength: number,
  scores: Float32Array,
): void {
  const end = pointers[item + 1];
  let at = pointers[item];
  // Times a negative weight it would be −0, which is no touch.
  if (strength === 0) for (; at < end; at++) scores[targets[at]] += 0;
  for (; at + 3 < end; at += 4) {
    const first = targets[at];
    const second = targets[at + 1];
    const third = targets[at + 2];
    const fourth = targets[at + 3];
    scores[first] += strength * weights[at];
    scores[second] += strength * weights[at + 1];
    scores[third] += strength * weights[at + 2];
    scores[fourth] += strength * weights[at + 3];
  }
  for (; at < end; at++) {
    scores[targets[at]] += strength * weights[at];
  }
}

/** The positions of the items of a history. */
interface Places {
  readonly history: History;
  /** Ascending. */
  readonly items: Int32Array;
  /** The newest position of each item. */
  readonly newest: ItemPositions;
  /** By position, the item's position before it; −1: it is its first. */
  readonly earlier: Int32Array;
  /** By position, how many wanted items came after it. */
  readonly later: Int32Array;
}

/**
 * A hash table with open addressing from the items of a history to positions: a table of the whole catalogue would cost
 * more to make than a request has to do.
 */
interface ItemPositions {
  /** {@link NOTHING} in an empty place. */
  readonly items: Int32Array;
  readonly positions: Int32Array;
}

function createItemPositions(itemCount: number): ItemPositions {
  // Half empty at least, and a power of two.
  const size = 2 ** (33 - Math.clz32(itemCount));
  return { items: new Int32Array(size).fill(NOTHING), positions: new Int32Array(size) };
}

/** The place of the item, or the empty one where it belongs. */
function placeOf({ items }: ItemPositions, item: number): number {
  const mask = items.length - 1;
  // Knuth's multiplicative hash, with the high bits mixed into those that count.
  const product = Math.imul(item, 0x9e3779b1);
  let place = (product ^ (product >>> 15)) & mask;
  while (items[place] !== item && items[place] !== NOTHING) place = (place + 1) & mask;
  return place;
}

function positionOf(table: ItemPositions, item: number): number {
  const place = placeOf(table, item);
  return table.items[place] === NOTHING ? NOTHING : table.positions[place];
}

function setPosition(table: ItemPositions, item: number, position: number): void {
  const place = placeOf(table, item);
  table.items[place] = item;
  table.positions[place] = position;
}

function findPlaces(history: History): Places {
  const length = history.itemIndices.length;
  const newest = createItemPositions(length);
  const earlier = new Int32Array(length);
  const later = new Int32Array(length);
  for (let position = 0; position < length; position++) {
    const item = history.itemIndices[position];
    earlier[position] = positionOf(newest, item);
    setPosition(newest, item, position);
  }
  let wanted = 0;
  for (let position = length - 1; position >= 0; position--) {
    later[position] = wanted;
    if (history.weights[position] > 0) wanted++;
  }
  const items = history.itemIndices.filter((item, position) => positionOf(newest, item) === position).sort();
  return { history, items, newest, earlier, later };
}

/**
 * Weight of an item by how many wanted ones came after it, (1 + later)^−decay. The length is the number of items that
 * count at all.
 */
type Fading = Float64Array;

/** Row c holds the items that lead to item c. */
interface ReversedLinks {
  readonly matrix: CsrMatrix;
  // Reused for every candidate: twenty explanations a request would leave 70 KB of garbage.
  readonly entries: Int32Array;
  readonly items: Int32Array;
  readonly links: Float32Array;
  readonly sums: Float64Array;
}

function reverseLinks({ pointers, targets, weights }: ItemLinks): ReversedLinks {
  const itemCount = pointers.length - 1;
  const matrix = transposeCsr({
    rowCount: itemCount,
    columnCount: itemCount,
    rowPointers: pointers,
    columnIndices: targets,
    values: weights,
  });
  let most = 0;
  for (let item = 0; item < itemCount; item++) {
    most = Math.max(most, matrix.rowPointers[item + 1] - matrix.rowPointers[item]);
  }
  return {
    matrix,
    entries: new Int32Array(most),
    items: new Int32Array(most),
    links: new Float32Array(most),
    sums: new Float64Array(most),
  };
}

/**
 * The terms of a candidate's score, one for each history item that links to it. Valid until the next candidate's terms
 * are found.
 */
interface Terms {
  readonly places: Places;
  readonly fading: Fading;
  /** Ascending. */
  readonly items: Int32Array;
  /** By item: the weight of its link to the candidate. */
  readonly links: Float32Array;
  /** By item: the sum of its terms, one for each position. */
  readonly sums: Float64Array;
}

function findTerms(reversed: ReversedLinks, candidate: number, places: Places, fading: Fading): Terms {
  const { rowPointers, values } = reversed.matrix;
  const { items, links, sums } = reversed;
  const start = rowPointers[candidate];
  const end = rowPointers[candidate + 1];
  const steps = places.items.length * (32 - Math.clz32(end - start));
  const find = steps < end - start ? searchEntries : scanEntries;
  const count = find(reversed, start, end, places);
  for (let at = 0; at < count; at++) {
    const entry = reversed.entries[at];
    const item = reversed.matrix.columnIndices[entry];
    items[at] = item;
    links[at] = values[entry];
    sums[at] = values[entry] * countOf(item, places, fading, NOTHING);
  }
  return {
    places,
    fading,
    items: items.subarray(0, count),
    links: links.subarray(0, count),
    sums: sums.subarray(0, count),
  };
}

/** Writes the entries of a row whose items are in the history, ascending; reads all. Returns how many it wrote. */
function scanEntries({ matrix, entries }: ReversedLinks, start: number, end: number, { newest }: Places): number {
  const { columnIndices } = matrix;
  let count = 0;
  for (let entry = start; entry < end; entry++) {
    if (positionOf(newest, columnIndices[entry]) !== NOTHING) entries[count++] = entry;
  }
  return count;
}

/**
 * Does the same by searching the row for each item of the history. Nearly every item links to a popular one, and few
 * histories are that long.
 */
function searchEntries({ matrix, entries }: ReversedLinks, start: number, end: number, { items }: Places): number {
  const { columnIndices } = matrix;
  let count = 0;
  let from = start;
  for (let at = 0; at < items.length && from < end; at++) {
    const item = items[at];
    let before = end;
    while (from < before) {
      const middle = (from + before) >> 1;
      if (columnIndices[middle] < item) from = middle + 1;
      else before = middle;
    }
    if (from < end && columnIndices[from] === item) entries[count++] = from++;
  }
  return count;
}

/** The score as if `without` were not in the history. */
function scoreWithout({ places, fading, items, links }: Terms, without: number): number {
  let score = 0;
  for (let at = 0; at < items.length; at++) {
    if (items[at] !== without) score += links[at] * countOf(items[at], places, fading, without);
  }
  return score;
}

/** Returns how much an item counts in the history without `without`, over all its positions. */
function countOf(item: number, { history, newest, earlier, later }: Places, fading: Fading, without: number): number {
  let count = 0;
  for (let position = positionOf(newest, item); position !== NOTHING; position = earlier[position]) {
    let after = history.itemIndices.length - 1 - position;
    let wanted = later[position];
    let gone = without === NOTHING ? NOTHING : positionOf(newest, without);
    for (; gone > position; gone = earlier[gone]) {
      after--;
      if (history.weights[gone] > 0) wanted--;
    }
    if (after < fading.length) count += history.weights[position] * fading[wanted];
  }
  return count;
}

/** Returns the index of the first largest value; 0 if there are no values. */
function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let at = 1; at < values.length; at++) if (values[at] > values[largest]) largest = at;
  return largest;
}
