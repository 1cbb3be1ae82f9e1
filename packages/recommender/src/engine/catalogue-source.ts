import type { NamedSource } from '@matinee/models/blend';
import type { Catalogue, History } from '@matinee/models/data';
import { genreAffinityFamily, type RetrievalModel, type ScoredItems, selectTop } from '@matinee/models/retrieval';
import { MatineeError } from '@matinee/numerics';

const KIND = 'catalogue';
const DECADE = 10;

/**
 * Returns the source that finds items by what the catalogue says of them, whether or not anybody has met them: items of
 * the genres that the history likes first, those that it dislikes last, and between items that match alike the order of
 * {@link spreadOverCatalogue}. An item's score is how well it matches, 0 where the history says nothing.
 *
 * It answers where the sources of the release find too little, as on the first day of a service. It cannot fail.
 *
 * @remarks O(items); the order of the catalogue, O(items · log items), once on the first call.
 */
export function createCatalogueSource(catalogue: Catalogue): NamedSource {
  const itemCount = catalogue.vocabulary.ids.length;
  let spread: Int32Array | undefined;
  const model: RetrievalModel = {
    kind: KIND,
    // Its reasons are the genres of an item that the viewer likes.
    traits: { ...genreAffinityFamily.traits, explains: 'item-genres', answerName: KIND, goodFor: ['whole-taste'] },
    itemCount,
    scoreAll: async ({ history }, scores) => scores.set(matchAll(catalogue, history)),
    async retrieve({ history }, n, excluded): Promise<ScoredItems> {
      spread ??= spreadOverCatalogue(catalogue);
      const matches = matchAll(catalogue, history);
      const inOrder = new Float32Array(itemCount);
      for (let position = 0; position < itemCount; position++) {
        const item = spread[position]!;
        inOrder[position] = excluded?.[item] ? Number.NaN : matches[item]!;
      }
      // Ties go to the lower position, which is the order of the catalogue.
      const { itemIndices: positions, scores } = selectTop(inOrder, n);
      return { itemIndices: positions.map((position) => spread![position]!), scores };
    },
    contributors: async () => [],
    save() {
      throw new MatineeError('BAD_RELEASE', 'the catalogue is read anew for every engine and is not saved');
    },
  };
  return { name: KIND, weight: 1, model };
}

/** Returns by item the mean liking of its genres: what the history's items of a genre weigh, shared among their genres. */
function matchAll({ genres, genreNames }: Catalogue, { itemIndices, weights }: History): Float32Array {
  const matches = new Float32Array(genres.length);
  const liking = new Float64Array(genreNames.length);
  for (const [position, item] of itemIndices.entries()) {
    const ofItem = genres[item]!;
    for (const genre of ofItem) liking[genre]! += weights[position]! / ofItem.length;
  }
  if (itemIndices.length === 0) return matches;
  for (let item = 0; item < genres.length; item++) {
    const ofItem = genres[item]!;
    let sum = 0;
    for (let at = 0; at < ofItem.length; at++) sum += liking[ofItem[at]!]!;
    if (ofItem.length > 0) matches[item] = sum / ofItem.length;
  }
  return matches;
}

/**
 * Returns all items in an order whose beginning has something of everything: one item of each genre in turn, the largest
 * genre first, and within a genre one of each decade in turn, from the newest on. Within a decade the newest comes first.
 * Items without a genre are a genre of their own; items without a year come last in theirs.
 */
function spreadOverCatalogue({ genres, years }: Pick<Catalogue, 'genres' | 'years'>): Int32Array {
  const newestFirst = orderByYear(years);
  const byGenre = new Map<number, number[]>();
  for (const item of newestFirst) {
    const ofItem = genres[item]!;
    for (const genre of ofItem.length === 0 ? [-1] : ofItem) appendTo(byGenre, genre, item);
  }
  const queues = [...byGenre]
    .sort(([a, itemsOfA], [b, itemsOfB]) => itemsOfB.length - itemsOfA.length || a - b)
    .map(([, items]) => inTurn(groupBy(items, (item) => Math.floor(years[item]! / DECADE))));
  return Int32Array.from(new Set(inTurn(queues)));
}

/** Returns the items, the newest first, ties by lower index: a counting sort, since a catalogue has few years. */
function orderByYear(years: Int32Array): Int32Array {
  const byYear = new Map<number, number[]>();
  for (let item = 0; item < years.length; item++) appendTo(byYear, years[item]!, item);
  const order = new Int32Array(years.length);
  let placed = 0;
  for (const year of [...byYear.keys()].sort((a, b) => b - a)) {
    for (const item of byYear.get(year)!) order[placed++] = item;
  }
  return order;
}

function groupBy(items: readonly number[], keyOf: (item: number) => number): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  for (const item of items) appendTo(groups, keyOf(item), item);
  return [...groups.values()];
}

function appendTo(groups: Map<number, number[]>, key: number, item: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}

/** Takes the first of each list, then the second of each, and so on; an item that was taken before is passed over. */
function inTurn(lists: readonly (readonly number[])[]): readonly number[] {
  const taken = new Set<number>();
  const cursors = lists.map(() => 0);
  let isAnyLeft = true;
  while (isAnyLeft) {
    isAnyLeft = false;
    for (const [at, list] of lists.entries()) {
      while (cursors[at]! < list.length && taken.has(list[cursors[at]!]!)) cursors[at]!++;
      const item = list[cursors[at]!];
      if (item === undefined) continue;
      taken.add(item);
      isAnyLeft = true;
    }
  }
  return [...taken];
}
