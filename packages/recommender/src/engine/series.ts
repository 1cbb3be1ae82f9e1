import type { Catalogue, ItemIndex } from '@matinee/models/data';
import { isTasteGenre } from '../facts/genre-order.ts';
import { type SeriesPart, seriesPartsOf } from '../titles/series-part.ts';

/** Which titles are parts of a series, by their names. */
export interface SeriesIndex {
  /**
   * Returns the first title of the series of which an item is a later part, in the order of release; undefined where
   * there is none. No title is a later part of what came out after it.
   */
  firstOf(itemIndex: ItemIndex): ItemIndex | undefined;
  /** Returns the other parts of an item's series, those that came out next first, then the earlier ones. */
  partsBeside(itemIndex: ItemIndex): readonly ItemIndex[];
}

type Part = Pick<SeriesPart, 'kind' | 'number'> & { readonly itemIndex: ItemIndex };

/** A remake or a new beginning has years between it and what it is named after. */
const MAX_GAP = 15;
/** From here on a number needs a lower one beside it: "Super 8" is no part of "Super". */
const FIRST_THAT_NEEDS_OTHERS = 4;
/** No series has more parts: a higher number is a year or a part of the name, and many of them number a catalogue. */
const HIGHEST_NUMBER = 13;
const MAX_BEYOND = 2;
/** Share of genres in common, of all that two titles have, with which a subtitle makes a part. */
const MIN_GENRES_IN_COMMON = 0.25;
/** As {@link MIN_GENRES_IN_COMMON}, for a new beginning under an old name. */
const SAME_GENRES = 0.5;
/** Genres that titles of one name have in common without being a series: programmes of one comedian, one publisher. */
const LOOSE_GENRES: readonly string[] = ['Comedy', 'Documentary', 'Drama'];

/** Of an item whose first title has not been looked for yet, and of one that has none. */
const UNREAD = -2;
const NONE = -1;

/** Parts by the name of their series; new items are added to those of the catalogue before. */
interface SeriesStore {
  readonly byStem: Map<string, Part[]>;
  readonly partsOf: (readonly SeriesPart[])[];
}

const stores = new WeakMap<SeriesIndex, SeriesStore>();

/**
 * Reads the series of a catalogue from its titles.
 *
 * @param earlier The index of the catalogue's first items, whose titles are then not read again.
 * @remarks A few microseconds per title that is read, and about 200 bytes.
 */
export function createSeriesIndex(catalogue: Catalogue, earlier?: SeriesIndex): SeriesIndex {
  const { titles, years, genres, genreNames } = catalogue;
  const itemCount = titles.length;
  const store = (earlier && stores.get(earlier)) ?? { byStem: new Map<string, Part[]>(), partsOf: [] };
  readTitles(store, titles);
  const { byStem, partsOf } = store;
  const yearOf = (itemIndex: ItemIndex): number => years[itemIndex] ?? 0;
  const inOrder = (parts: readonly Part[]): readonly Part[] =>
    parts.toSorted((a, b) => yearOf(a.itemIndex) - yearOf(b.itemIndex) || (a.number ?? 99) - (b.number ?? 99));
  const tasteGenresOf = (itemIndex: ItemIndex): readonly string[] =>
    Array.from(genres[itemIndex]!, (genre) => genreNames[genre]!).filter(isTasteGenre);
  const genresInCommon = (a: ItemIndex, b: ItemIndex): readonly string[] => {
    const ofB = tasteGenresOf(b);
    return tasteGenresOf(a).filter((genre) => ofB.includes(genre));
  };
  const isAlike = (a: ItemIndex, b: ItemIndex, share = MIN_GENRES_IN_COMMON): boolean => {
    const common = genresInCommon(a, b).length;
    return common >= share * (tasteGenresOf(a).length + tasteGenresOf(b).length - common) && common > 0;
  };
  const isNumbered = (itemIndex: ItemIndex, stem: string): boolean =>
    (partsOf[itemIndex] ?? []).some((part) => part.kind === 'number' && part.stem === stem);
  /** The title with the series' own name that an item follows: a remake's sequel follows the remake. */
  const namedBefore = (itemIndex: ItemIndex, stem: string, others: readonly Part[]): Part | undefined => {
    const named = others.filter(({ kind, itemIndex: other }) => kind === 'name' && !isNumbered(other, stem));
    const strictlyBefore = inOrder(named.filter((part) => yearOf(part.itemIndex) < yearOf(itemIndex)));
    return strictlyBefore.at(-1) ?? named[0];
  };

  const firstByNumber = (itemIndex: ItemIndex, stem: string, number: number, others: readonly Part[]) => {
    const beyond = (byStem.get(stem) ?? []).filter((part) => (part.number ?? 0) > HIGHEST_NUMBER).length;
    if (number > HIGHEST_NUMBER || beyond > MAX_BEYOND) return undefined;
    const lower = others.filter((part) => part.kind === 'number' && part.number! < number);
    const named = namedBefore(itemIndex, stem, others);
    if (number >= FIRST_THAT_NEEDS_OTHERS && !lower.some((part) => part.number! > 1) && named !== undefined) {
      return undefined;
    }
    if (named !== undefined) return genresInCommon(itemIndex, named.itemIndex).length > 0 ? named : undefined;
    const subtitled = others.filter((part) => part.kind === 'subtitle' && isAlike(itemIndex, part.itemIndex));
    if (lower.length === 0 && subtitled.length === 0) return undefined;
    const isEpisode = lower.length > 0;
    const isBefore = (part: Part): boolean => yearOf(part.itemIndex) < yearOf(itemIndex) || part.number! < number;
    const parts = others.filter((part) => part.kind === 'number' && isEpisode && isBefore(part));
    return inOrder([...parts, ...subtitled])[0];
  };
  const firstBySubtitle = (itemIndex: ItemIndex, stem: string, others: readonly Part[]) => {
    const named = namedBefore(itemIndex, stem, others);
    const isNamed = others.some(({ kind }) => kind !== 'subtitle');
    const related = others.filter(
      (part) =>
        isAlike(itemIndex, part.itemIndex) &&
        (isNamed || genresInCommon(itemIndex, part.itemIndex).some((genre) => !LOOSE_GENRES.includes(genre))),
    );
    let first: Part | undefined;
    let year = yearOf(itemIndex);
    for (const part of inOrder(related).toReversed()) {
      if (year - yearOf(part.itemIndex) > MAX_GAP) break;
      first = part;
      year = yearOf(part.itemIndex);
      if (part === named) return named;
    }
    if (first === undefined || year === yearOf(itemIndex)) return undefined;
    // Where there is a title with the series' own name, a run that does not reach it is a new beginning, if it is one.
    return named === undefined || isAlike(itemIndex, first.itemIndex, SAME_GENRES) ? first : undefined;
  };

  /** The parts of one series that came out no later than an item. A title of the same name is a remake. */
  const othersBefore = (itemIndex: ItemIndex, stem: string): readonly Part[] => {
    const names = new Set((partsOf[itemIndex] ?? []).filter(({ kind }) => kind === 'name').map((part) => part.stem));
    return (byStem.get(stem) ?? []).filter(
      ({ itemIndex: other }) =>
        other !== itemIndex &&
        other < itemCount &&
        yearOf(other) > 0 &&
        yearOf(other) <= yearOf(itemIndex) &&
        !(partsOf[other] ?? []).some((part) => part.kind === 'name' && names.has(part.stem)),
    );
  };
  const firstBy = (itemIndex: ItemIndex, { kind, stem, number }: SeriesPart): Part | undefined => {
    const others = othersBefore(itemIndex, stem);
    if (others.length === 0) return undefined;
    return kind === 'number'
      ? firstByNumber(itemIndex, stem, number!, others)
      : firstBySubtitle(itemIndex, stem, others);
  };

  const firsts = new Int32Array(itemCount).fill(UNREAD);
  const findFirst = (itemIndex: ItemIndex): ItemIndex | undefined => {
    const parts = (partsOf[itemIndex] ?? []).filter(({ kind }) => kind !== 'name');
    // A number says more than a subtitle, and a longer name more than a shorter one.
    const ordered = parts.toSorted((a, b) => a.kind.localeCompare(b.kind) || b.stem.length - a.stem.length);
    for (const part of ordered) {
      const first = firstBy(itemIndex, part)?.itemIndex;
      if (first === undefined) continue;
      // What is first by this name may be a later part by another one, as the first half of a last part is.
      const isBefore = yearOf(first) < yearOf(itemIndex);
      return (isBefore ? firstOf(first) : undefined) ?? first;
    }
    return undefined;
  };
  const firstOf = (itemIndex: ItemIndex): ItemIndex | undefined => {
    if (firsts[itemIndex] === UNREAD) firsts[itemIndex] = findFirst(itemIndex) ?? NONE;
    const first = firsts[itemIndex] ?? NONE;
    return first === NONE ? undefined : first;
  };
  const index: SeriesIndex = {
    firstOf,
    partsBeside(itemIndex) {
      const first = firstOf(itemIndex) ?? itemIndex;
      const stems = new Set([itemIndex, first].flatMap((each) => (partsOf[each] ?? []).map(({ stem }) => stem)));
      const members = new Set<ItemIndex>();
      for (const stem of stems) {
        for (const part of byStem.get(stem) ?? []) {
          if (part.itemIndex < itemCount && (part.itemIndex === first || firstOf(part.itemIndex) === first)) {
            members.add(part.itemIndex);
          }
        }
      }
      members.delete(itemIndex);
      const sorted = [...members].sort((a, b) => yearOf(a) - yearOf(b) || a - b);
      const next = sorted.filter((each) => yearOf(each) >= yearOf(itemIndex));
      return [...next, ...sorted.filter((each) => yearOf(each) < yearOf(itemIndex)).reverse()];
    },
  };
  stores.set(index, store);
  return index;
}

function readTitles({ byStem, partsOf }: SeriesStore, titles: Catalogue['titles']): void {
  for (let itemIndex = partsOf.length; itemIndex < titles.length; itemIndex++) {
    const title = titles[itemIndex];
    const parts = title === undefined ? [] : seriesPartsOf(title);
    partsOf.push(parts);
    for (const { stem, ...part } of parts) {
      if (stem === '') continue;
      const held = byStem.get(stem);
      if (held === undefined) byStem.set(stem, [{ itemIndex, ...part }]);
      else held.push({ itemIndex, ...part });
    }
  }
}
