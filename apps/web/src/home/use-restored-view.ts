import { useLayoutEffect, useRef } from 'react';
import { CARD_LINK } from '../keyboard/move-focus.ts';
import { cameBack } from '../navigation/navigation.ts';

/** The viewer's place on the home page: how far each row was scrolled, and which card had the focus. */
interface HomeView {
  readonly userIdx: number;
  readonly scrolled: ReadonlyMap<string, number>;
  readonly focused: { readonly rowId: string; readonly card: string } | undefined;
}
let lastView: HomeView | undefined;

/** Remembers the view when the page is left. On Back, restores it and returns the focus to the same card. */
export function useRestoredView(userIdx: number) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = root.current;
    if (!element) return;
    if (cameBack() && lastView?.userIdx === userIdx) {
      for (const row of element.querySelectorAll<HTMLElement>('[data-row]'))
        row
          .querySelector('ul')
          ?.scrollTo({ left: lastView.scrolled.get(row.dataset['row'] ?? '') ?? 0, behavior: 'instant' });
      const { focused } = lastView;
      const card =
        focused && element.querySelector(`[data-row="${CSS.escape(focused.rowId)}"] [data-card="${focused.card}"]`);
      card?.querySelector<HTMLElement>(CARD_LINK)?.focus({ preventScroll: true });
    }
    return () => {
      const active = document.activeElement?.closest<HTMLElement>('[data-card]');
      const rowId = active?.closest<HTMLElement>('[data-row]')?.dataset['row'];
      const rows = [...element.querySelectorAll<HTMLElement>('[data-row]')];
      lastView = {
        userIdx,
        scrolled: new Map(rows.map((row) => [row.dataset['row'] ?? '', row.querySelector('ul')?.scrollLeft ?? 0])),
        focused: rowId === undefined ? undefined : { rowId, card: active?.dataset['card'] ?? '' },
      };
    };
  }, [userIdx]);
  return root;
}
