import type { Card } from '@matinee/contract';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { createEventId } from '../feedback/event-id.ts';
import { giveFeedback, logPassive, type Place } from '../feedback/feedback.ts';
import { FeedbackButtons } from '../feedback/feedback-buttons.tsx';
import { observeImpression } from '../feedback/impressions.ts';
import { useFeedback } from '../feedback/use-feedback.ts';
import { feedbackOf } from '../keyboard/shortcuts.ts';
import { singleKeys } from '../keyboard/single-keys.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { inspectValue } from '../navigation/inspect.ts';
import { titlePath } from '../navigation/routes.ts';
import { shortAgeOf } from './age-of.ts';
import styles from './card.module.css';
import { Poster } from './poster.tsx';
import { Why } from './why.tsx';

interface TitleCardProps {
  readonly card: Card;
  readonly userIdx: number;
  readonly requestId?: string | undefined;
  readonly rowId?: string | undefined;
  readonly position: number;
  /** The reason shown, or undefined when the row's heading states it. */
  readonly why?: string | undefined;
  /** True for the one card of its list that the Tab key reaches. */
  readonly isTabStop: boolean;
  readonly onFocus: (itemIdx: number) => void;
  readonly priority?: 'early' | 'lazy';
  /** Whether the title is marked as new on the page. */
  readonly isNew?: boolean;
}

/**
 * One title in a list: poster, name, year, reason and feedback buttons. Feedback marks it in place and never moves it.
 */
export const TitleCard = memo(function TitleCard(props: TitleCardProps) {
  const {
    card,
    userIdx,
    requestId,
    rowId,
    position,
    why,
    isTabStop,
    onFocus,
    priority = 'lazy',
    isNew = false,
  } = props;
  const { itemIdx } = card;
  const element = useRef<HTMLLIElement>(null);
  const state = useFeedback(userIdx, itemIdx, card.feedback);
  const title = displayTitle(card.title);
  const { propensity } = card;
  const inspect = inspectValue(requestId, itemIdx);
  const place = placeOf({ requestId, rowId, position, propensity });

  useEffect(() => {
    if (requestId === undefined) return;
    return observeImpression(element.current!, {
      userIdx,
      itemIdx,
      ...placeOf({ requestId, rowId, position, propensity }),
    });
  }, [userIdx, itemIdx, requestId, rowId, position, propensity]);

  const onKeyDown = (event: KeyboardEvent) => {
    const type = singleKeys.get() ? feedbackOf(event.nativeEvent) : undefined;
    if (type === undefined) return;
    event.preventDefault();
    giveFeedback(userIdx, card, type, card.feedback, place);
  };
  const said = state.skipped ? 'skip' : state.watched ? 'watched' : state.taste;
  const mark = said ?? (isSeenBefore(card) ? 'seen' : undefined);
  const tabIndex = isTabStop ? 0 : -1;
  return (
    <li
      ref={element}
      className={styles.item}
      data-card={itemIdx}
      data-inspect={inspect}
      onFocus={() => onFocus(itemIdx)}
      onKeyDown={onKeyDown}
    >
      <article
        className={styles.card}
        data-mark={mark ?? undefined}
        data-mark-text={mark === 'seen' ? messages.feedback.seen : mark && messages.feedback.mark(mark)}
        data-new={isNew ? messages.changes.mark : undefined}
      >
        <Link
          href={titlePath(itemIdx)}
          className={styles.link}
          tabIndex={tabIndex}
          data-card-link
          onClick={() =>
            logPassive([{ userIdx, event: { eventId: createEventId(), type: 'click', itemIdx, ...place } }])
          }
        >
          <Poster url={card.posterUrl} title={title} priority={priority} />
          <span className={styles.title}>{title}</span>
        </Link>
        <p className={styles.meta}>
          {[card.year, card.genres[0], shortAgeOf(card)].filter((part) => part).join(' · ')}
        </p>
        {why !== undefined && <Why text={why} inspect={inspect} className={styles.why} tabIndex={-1} />}
        <div className={styles.actions}>
          <FeedbackButtons userIdx={userIdx} card={card} state={state} place={place} tabIndex={tabIndex} />
        </div>
      </article>
    </li>
  );
});

/**
 * Whether the viewer knows a title from before there was feedback on it: what they said here is shown by the feedback,
 * which may be taken back while the card is on the page.
 */
function isSeenBefore({ seen, feedback: { taste, watched, skipped } }: Card): boolean {
  return seen === true && taste === null && !watched && !skipped;
}

type MaybePlace = { readonly [Key in keyof Place]: Place[Key] | undefined };

/** Leaves out unknown fields, since the server accepts no empty ones. */
function placeOf({ requestId, rowId, position, propensity }: MaybePlace): Place {
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(rowId === undefined ? {} : { rowId }),
    ...(position === undefined ? {} : { position }),
    ...(propensity === undefined ? {} : { propensity }),
  };
}
