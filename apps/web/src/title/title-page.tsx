import type { Card, Explanation, ItemResponse } from '@matinee/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { dropTitles, heldCard, heldTitle } from '../api/held-titles.ts';
import { itemQuery, similarQuery, userEventsQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { ageOf } from '../cards/age-of.ts';
import { artOf } from '../cards/art-of.ts';
import { Poster } from '../cards/poster.tsx';
import { Row } from '../cards/row.tsx';
import { RowSkeleton } from '../cards/row-skeleton.tsx';
import { Why } from '../cards/why.tsx';
import { FeedbackButtons } from '../feedback/feedback-buttons.tsx';
import { useFeedback } from '../feedback/use-feedback.ts';
import { useLikedItems } from '../feedback/use-liked-items.ts';
import { moveFocus } from '../keyboard/move-focus.ts';
import { messages } from '../messages/current.ts';
import { displayTitle, otherTitles } from '../messages/display-title.ts';
import { inspectValue } from '../navigation/inspect.ts';
import { parseIndex, routes } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { ClosedNotice, closedText } from '../user/closed-notice.tsx';
import { useCurrentUser } from '../user/current-user.tsx';
import { RatingHistogram } from './rating-histogram.tsx';
import styles from './title-page.module.css';

const words = messages.title;

export function TitlePage({ itemIdx: text }: { itemIdx: string }) {
  const user = useCurrentUser();
  const itemIdx = parseIndex(text);
  const item = useQuery({
    ...itemQuery(itemIdx ?? 0, user?.userIdx ?? 0),
    enabled: itemIdx !== undefined && user !== undefined,
  });
  const card = user && itemIdx !== undefined ? (item.data ?? heldCard(user.userIdx, itemIdx)) : undefined;
  const shown = card ? displayTitle(card.title) : words.fallback;
  useDocumentTitle(card ? words.documentTitle(shown, card.year) : shown);
  if (itemIdx === undefined) return <Missing text={words.unknown} />;
  // Before what was held: a title may have gone since.
  if (user !== undefined && item.error instanceof ApiError && item.error.status === 404)
    return <MissingTitle key={itemIdx} itemIdx={itemIdx} userIdx={user.userIdx} />;
  const closed = closedText(item.error);
  if (closed !== undefined && !item.data) return <ClosedNotice text={closed} />;
  if (item.isError && !card) return <Notice text={words.failed} isHeading onRetry={() => void item.refetch()} />;
  if (user === undefined || !card) return <TitleSkeleton />;
  const retry = item.isError && !item.data ? () => void item.refetch() : undefined;
  return <TitleContent key={itemIdx} card={card} item={item.data} userIdx={user.userIdx} retry={retry} />;
}

function Missing({ text }: { readonly text: string }) {
  return (
    <Notice text={text} isHeading>
      <Link href={routes.home} className="button" data-kind="primary">
        {messages.notFound.action}
      </Link>
    </Notice>
  );
}

/** Names a title that was on the page and may not be seen any more, and removes its cards. */
function MissingTitle({ itemIdx, userIdx }: { readonly itemIdx: number; readonly userIdx: number }) {
  const [held] = useState(() => heldTitle(userIdx, itemIdx));
  useEffect(() => dropTitles(userIdx, new Set([itemIdx])), [userIdx, itemIdx]);
  return <Missing text={held === undefined ? words.unknown : words.gone(displayTitle(held))} />;
}

function TitleSkeleton() {
  return (
    <div className={styles.skeleton} aria-busy="true">
      <p className="visually-hidden" role="status">
        {messages.loading}
      </p>
      <RowSkeleton />
    </div>
  );
}

interface TitleContentProps {
  readonly card: Card | ItemResponse;
  /** All that is known of the title; undefined until it has come. */
  readonly item: ItemResponse | undefined;
  readonly userIdx: number;
  /** Present where it did not come. */
  readonly retry: (() => void) | undefined;
}

/** A title that the page holds a card of is drawn from it at once, also without a network. */
function TitleContent({ card, item, userIdx, retry }: TitleContentProps) {
  const state = useFeedback(userIdx, card.itemIdx, card.feedback);
  const liked = useLikedItems(userIdx);
  const title = displayTitle(card.title);
  const alternatives = otherTitles(card.title);
  const age = ageOf(card);
  const whyOf = (why: Explanation) =>
    messages.why(why, why.params.itemIdx !== undefined && liked.has(why.params.itemIdx));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between cards; the cards are the interactive elements
    <div className={styles.page} onKeyDown={moveFocus} data-inspect={inspectValue(undefined, card.itemIdx)}>
      <div className={styles.top}>
        <div className={styles.backdrop} aria-hidden="true">
          <img src={artOf(card.posterUrl)} alt="" width={342} height={513} />
        </div>
        <div className={styles.poster}>
          <Poster url={card.posterUrl} title={title} priority="first" />
        </div>
        <div className={styles.facts}>
          <h1 tabIndex={-1}>{title}</h1>
          {alternatives.length > 0 && <p className={styles.muted}>{words.alsoKnownAs(alternatives.join(' · '))}</p>}
          <p className={styles.meta}>
            {card.year !== null && <span>{card.year}</span>}
            {age !== undefined && <span>{age}</span>}
            {card.genres.map((genre) => (
              <span key={genre} className={styles.genre}>
                {genre}
              </span>
            ))}
          </p>
          {card.why && (
            <p className={styles.why}>
              <strong>{words.whyForYou}</strong>
              <Why text={whyOf(card.why)} inspect={inspectValue(undefined, card.itemIdx)} />
            </p>
          )}
          <FeedbackButtons userIdx={userIdx} card={card} state={state} labelled />
          <YourEvents userIdx={userIdx} itemIdx={card.itemIdx} yourRating={item?.yourRating ?? null} />
        </div>
        <div className={styles.ratings}>
          <h2>{words.ratings}</h2>
          {item?.ratings && <RatingHistogram ratings={item.ratings} />}
          {item && !item.ratings && <p>{words.noRatings}</p>}
        </div>
      </div>
      {retry && <Notice size="strip" text={words.partly} onRetry={retry} />}
      <SimilarRow itemIdx={card.itemIdx} userIdx={userIdx} />
    </div>
  );
}

function YourEvents({ userIdx, itemIdx, yourRating }: { userIdx: number; itemIdx: number; yourRating: number | null }) {
  const { data } = useInfiniteQuery(userEventsQuery(userIdx));
  const events = (data?.pages ?? [])
    .flatMap((page) => page.events)
    .filter((event) => event.itemIdx === itemIdx && !event.undone && isChoice(event.type));
  if (events.length === 0 && yourRating === null) return null;
  return (
    <ul className={styles.events} aria-label={words.yourEvents}>
      {yourRating !== null && <li>{words.yourRating(yourRating)}</li>}
      {events.map((event) => (
        <li key={event.eventId}>
          {messages.feedback.mark(event.type)} <time dateTime={event.at}>{messages.history.at(event.at)}</time>
        </li>
      ))}
    </ul>
  );
}

const isChoice = (type: string) => type === 'like' || type === 'dislike' || type === 'watched' || type === 'skip';

function SimilarRow({ itemIdx, userIdx }: { itemIdx: number; userIdx: number }) {
  const similar = useQuery(similarQuery(itemIdx, userIdx));
  if (similar.isPending) return <RowSkeleton />;
  if (!similar.data) return <Notice size="strip" text={words.similarFailed} onRetry={() => void similar.refetch()} />;
  if (similar.data.items.length === 0) return <Notice size="strip" text={words.noSimilar} />;
  return (
    <Row rowId={`similar:${itemIdx}`} heading={words.similar} items={similar.data.items} userIdx={userIdx} isFirst />
  );
}
