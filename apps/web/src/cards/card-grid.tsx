import type { Card } from '@matinee/contract';
import { moveFocus } from '../keyboard/move-focus.ts';
import { TitleCard } from './card.tsx';
import styles from './card-grid.module.css';
import { useTabStop } from './use-tab-stop.ts';

/** A grid of titles for search results. It has one tab stop; arrow keys move in both directions. */
export function CardGrid({ cards, userIdx, label }: { cards: readonly Card[]; userIdx: number; label: string }) {
  const [tabStop, onFocus] = useTabStop(cards[0]?.itemIdx);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between cards; the cards are the interactive elements
    <div onKeyDown={moveFocus}>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role of a list without markers */}
      <ul className={styles.grid} role="list" aria-label={label} data-card-list>
        {cards.map((card, position) => (
          <TitleCard
            key={card.itemIdx}
            card={card}
            userIdx={userIdx}
            position={position}
            isTabStop={card.itemIdx === tabStop}
            onFocus={onFocus}
            priority={position < 6 ? 'early' : 'lazy'}
          />
        ))}
      </ul>
    </div>
  );
}
