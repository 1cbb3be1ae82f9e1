import type { ItemIndex } from '@matinee/models/data';
import type { Move } from '../candidates/move.ts';
import type { Engine } from '../engine/engine.ts';
import { metItems, type Query } from '../request/query.ts';
import type { Verdicts } from '../rules/verdicts.ts';

/** What decides whether the first title of a series has to stand before a later one. */
export interface FirstOfSeriesOptions<T> {
  readonly engine: Engine;
  readonly query: Query;
  readonly verdicts: Verdicts;
  /** What the user has seen, watched or rated; looked up by default. */
  readonly met?: (() => ReadonlySet<ItemIndex>) | undefined;
  /** Items that stand elsewhere on the page. */
  readonly taken?: ReadonlySet<number>;
  /** Whether an item may stand in this list at all; by default any may. */
  readonly suits?: (itemIndex: ItemIndex) => boolean;
  /** Places of the list that matter: what stands below may be left out. By default all. */
  readonly count?: number;
  /**
   * Returns the first title as it stands in the list.
   *
   * @param before The later title.
   * @param own The first title's own entry, where the list has it further down.
   */
  readonly place: (itemIndex: ItemIndex, before: T, own: T | undefined) => T;
}

/**
 * Puts the first title of a series before the first later one of the list, where the user has neither seen, watched nor
 * rated it and it does not stand before it or elsewhere on the page. It comes from further down in the list, or into
 * it. Where a rule keeps it out, the later title stays alone. No title appears twice. A list with an end loses its last
 * titles for those that come in.
 */
export function firstOfSeriesFirst<T extends { readonly itemIndex: ItemIndex }>(
  titles: readonly T[],
  {
    engine,
    query,
    verdicts,
    met: metOf = () => metItems(query),
    taken,
    suits,
    count = Number.POSITIVE_INFINITY,
    place,
  }: FirstOfSeriesOptions<T>,
): { readonly titles: readonly T[]; readonly moves: readonly Move[] } {
  const { series } = engine;
  const length = Math.min(count, titles.length);
  const isAnyLater = titles.some(({ itemIndex }, at) => at < length && series.firstOf(itemIndex) !== undefined);
  if (!isAnyLater) return { titles, moves: [] };
  const met = metOf();
  const mayStand = (itemIndex: ItemIndex): boolean =>
    verdicts.codes[itemIndex] === 0 &&
    !met.has(itemIndex) &&
    taken?.has(itemIndex) !== true &&
    (suits === undefined || suits(itemIndex));
  const placed = new Set<ItemIndex>();
  const ordered: T[] = [];
  const moves: Move[] = [];
  for (const title of titles) {
    if (ordered.length >= count) break;
    if (placed.has(title.itemIndex)) continue;
    const first = series.firstOf(title.itemIndex);
    if (first !== undefined && !placed.has(first) && mayStand(first)) {
      const from = titles.findIndex(({ itemIndex }) => itemIndex === first);
      moves.push({ itemIndex: first, from: from < 0 ? titles.length : from, to: ordered.length, reason: 'series' });
      ordered.push(place(first, title, from < 0 ? undefined : titles[from]));
      placed.add(first);
    }
    ordered.push(title);
    placed.add(title.itemIndex);
  }
  return { titles: ordered, moves };
}
