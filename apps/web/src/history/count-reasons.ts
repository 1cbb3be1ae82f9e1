import type { HomePageData } from '../home/home-query.ts';

/** Returns how many picks of a page name each title as their reason, by the title's index. */
export function countReasons({ picks, rows }: Pick<HomePageData, 'picks' | 'rows'>): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { why } of [...picks, ...rows.flatMap(({ items }) => items)]) {
    const itemIdx = why?.code === 'because_you_watched' ? why.params.itemIdx : undefined;
    if (itemIdx !== undefined) counts.set(itemIdx, (counts.get(itemIdx) ?? 0) + 1);
  }
  return counts;
}
