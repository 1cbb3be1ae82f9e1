import type { UserEventsResponse } from '@matinee/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { userEventsQuery, userHistoryQuery } from '../api/queries.ts';
import { Poster } from '../cards/poster.tsx';
import { undoStored } from '../feedback/feedback.ts';
import type { FeedbackAction } from '../feedback/ledger.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { routes, titlePath } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { ClosedNotice, closedText } from '../user/closed-notice.tsx';
import { useCurrentUser } from '../user/current-user.tsx';
import { DataSetHistory } from './data-set-history.tsx';
import styles from './history-page.module.css';
import { MoreButton } from './more-button.tsx';
import { TasteSummary } from './taste-summary.tsx';

type StoredEvent = UserEventsResponse['events'][number];
type StoredChoice = StoredEvent & { readonly type: FeedbackAction };

const words = messages.history;
const CHOICES: ReadonlySet<string> = new Set<FeedbackAction>(['like', 'dislike', 'watched', 'skip']);
const isChoice = (event: StoredEvent): event is StoredChoice => CHOICES.has(event.type);

export function HistoryPage() {
  useDocumentTitle(words.documentTitle);
  const user = useCurrentUser();
  const [search] = useSearchParams();
  const userIdx = user?.userIdx;
  const known = useInfiniteQuery({ ...userHistoryQuery(userIdx ?? 0, 'newest'), enabled: userIdx !== undefined });
  const first = known.data?.pages[0];
  const isBefore = search.get('part') === 'before' && first !== undefined && first.total > 0;
  return (
    <div className="page">
      <h1 tabIndex={-1}>{words.heading}</h1>
      {first && <TasteSummary taste={first.taste} />}
      {first && first.total > 0 && (
        <nav className={styles.parts} aria-label={words.parts}>
          <Link href={routes.history} aria-current={isBefore ? undefined : 'page'}>
            {words.here}
          </Link>
          <Link href={`${routes.history}?part=before`} aria-current={isBefore ? 'page' : undefined}>
            {words.before(first.total)}
          </Link>
        </nav>
      )}
      {isBefore && userIdx !== undefined ? (
        <DataSetHistory userIdx={userIdx} />
      ) : (
        <>
          <p className={styles.intro}>{words.intro}</p>
          <History />
        </>
      )}
    </div>
  );
}

function History() {
  const user = useCurrentUser();
  const history = useInfiniteQuery({ ...userEventsQuery(user?.userIdx ?? 0), enabled: user !== undefined });
  const closed = closedText(history.error);
  if (closed !== undefined && !history.data) return <ClosedNotice text={closed} />;
  if (history.isError && !history.data) return <Notice text={words.failed} onRetry={() => void history.refetch()} />;
  if (user === undefined || !history.data) return <p>{messages.loading}</p>;
  const events = history.data.pages.flatMap((page) => page.events).filter(isChoice);
  return (
    <>
      {events.length === 0 && !history.hasNextPage && (
        <Notice text={words.empty}>
          <Link href={routes.home} className="button" data-kind="primary">
            {words.emptyAction}
          </Link>
        </Notice>
      )}
      <ol className={styles.list}>
        {events.map((event) => (
          <HistoryEntry key={event.eventId} event={event} userIdx={user.userIdx} />
        ))}
      </ol>
      <MoreButton label={words.more} list={history} />
    </>
  );
}

function HistoryEntry({ event, userIdx }: { event: StoredChoice; userIdx: number }) {
  const [isBusy, setBusy] = useState(false);
  const title = displayTitle(event.title);
  const undo = async () => {
    setBusy(true);
    await undoStored(userIdx, event);
    setBusy(false);
  };
  return (
    <li className={styles.entry} data-undone={event.undone}>
      <div className={styles.poster}>
        <Poster url={event.posterUrl} title={title} />
      </div>
      <p>
        <Link href={titlePath(event.itemIdx)}>{title}</Link>
        <span>
          <b data-icon={event.type}>{messages.feedback.mark(event.type)}</b>
          <time dateTime={event.at}>{words.at(event.at)}</time>
        </span>
      </p>
      {event.undone ? (
        <em>{words.undone}</em>
      ) : (
        <button
          type="button"
          className="button"
          aria-label={words.undo(event.type, title)}
          disabled={isBusy}
          onClick={undo}
        >
          {messages.undo}
        </button>
      )}
    </li>
  );
}
