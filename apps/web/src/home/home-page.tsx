import type { Explanation } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef, useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { statusQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { Row } from '../cards/row.tsx';
import { storedChoices } from '../feedback/feedback.ts';
import { useLikedItems } from '../feedback/use-liked-items.ts';
import { moveFocus } from '../keyboard/move-focus.ts';
import { messages } from '../messages/current.ts';
import { routes } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { toastStore } from '../toasts/toast-store.ts';
import { ClosedNotice, closedText } from '../user/closed-notice.tsx';
import { useCurrentUser } from '../user/current-user.tsx';
import { Hero } from './hero.tsx';
import styles from './home-page.module.css';
import { type HomePageData, homeQuery } from './home-query.ts';
import { HomeSkeleton } from './home-skeleton.tsx';
import { describeChange, isChangeOpen, type LatestChange, latestChange } from './latest-change.ts';
import { FIRST_ROW, useFirstRow } from './use-first-row.ts';
import { useFreshPicks, useWholePage } from './use-fresh-picks.ts';
import { useRestoredView } from './use-restored-view.ts';
import { WELCOME_GOAL, Welcome } from './welcome.tsx';

export function HomePage() {
  const user = useCurrentUser();
  const home = useQuery({ ...homeQuery(user?.userIdx ?? 0), enabled: user !== undefined });
  useDocumentTitle(messages.homePage.documentTitle);
  if (user === undefined || home.isPending) return <HomeSkeleton />;
  if (home.data)
    return <HomeContent home={home.data} name={user.name} isGuess={user.isGuess} retry={() => void home.refetch()} />;
  const isUnknown = home.error instanceof ApiError && home.error.status === 404;
  const closed = isUnknown ? messages.homePage.unknownViewer(user.userIdx) : closedText(home.error);
  if (closed !== undefined) return <ClosedNotice text={closed} />;
  return <Notice text={messages.homePage.failed} isHeading onRetry={() => void home.refetch()} />;
}

interface HomeContentProps {
  readonly home: HomePageData;
  readonly name: string;
  readonly isGuess: boolean;
  readonly retry: () => void;
}

function HomeContent({ home, name, isGuess, retry }: HomeContentProps) {
  const { userIdx, picks, rows, isStranger } = home;
  const words = messages.homePage;
  const root = useRestoredView(userIdx);
  const heading = useRef<HTMLHeadingElement>(null);
  const fresh = useFreshPicks(home);
  const isThin = useWholePage(home);
  const liked = useLikedItems(userIdx);
  const status = useQuery(statusQuery()).data;
  const dataset = status?.dataset;
  const whyOf = (why: Explanation) =>
    messages.why(why, why.params.itemIdx !== undefined && liked.has(why.params.itemIdx));
  const change = useChangeOf(userIdx);
  const showFresh = () => {
    fresh.apply();
    window.scrollTo({ top: 0 });
    heading.current?.focus({ preventScroll: true });
    toastStore.show({
      text:
        change === undefined || change.difference.newItems.size === 0 ? words.refreshed : `${describeChange(change)}.`,
      ...(change && { action: { label: messages.changes.see, run: () => isChangeOpen.set(true) } }),
    });
  };
  const shownRows = useFirstRow(rows, isStranger && liked.size > 0 ? fresh.next : undefined);
  useFold(isStranger ? fresh.next : undefined, showFresh);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between cards; the cards are the interactive elements
    <div ref={root} className={styles.home} onKeyDown={moveFocus}>
      <h1 ref={heading} className="visually-hidden" tabIndex={-1}>
        {words.heading(name)}
      </h1>
      {home.isOld && <Notice size="strip" text={words.old(home.loadedAt)} onRetry={retry} />}
      {isThin && <Notice size="strip" text={words.degraded(home.degraded, status?.training?.generation)} />}
      {isStranger ? (
        <Welcome
          userIdx={userIdx}
          likeCount={liked.size}
          hasPicks={liked.size > 0 && fresh.next !== undefined}
          onShowPicks={showFresh}
        />
      ) : (
        picks.length > 0 && <Hero picks={picks} userIdx={userIdx} requestId={home.requestId} whyOf={whyOf} />
      )}
      {isGuess && (
        <p className={styles.tourist}>
          {messages.profiles.tourist(name, dataset?.name)}{' '}
          <Link href={routes.profiles}>{messages.profiles.switch}</Link>
        </p>
      )}
      {rows.length === 0 && <Notice text={words.empty} onRetry={retry} />}
      <HomeRows rows={shownRows} userIdx={userIdx} liked={liked} whyOf={whyOf} change={change} />
      <RefreshPill
        isShown={fresh.next !== undefined && !isStranger}
        text={change === undefined ? words.refresh : describeChange(change)}
        onClick={showFresh}
      />
    </div>
  );
}

/** Shows the page that follows from the likes as soon as there are enough, unless the viewer has scrolled on to it. */
function useFold(next: HomePageData | undefined, fold: () => void): void {
  const isEnough =
    next !== undefined &&
    storedChoices(0, next.asOfChoice).filter(({ userIdx, type }) => userIdx === next.userIdx && type === 'like')
      .length >= WELCOME_GOAL;
  const onEnough = useEffectEvent(() => {
    const welcome = document.querySelector('[data-welcome]')?.getBoundingClientRect();
    if (welcome !== undefined && welcome.bottom > 0) fold();
  });
  useEffect(() => {
    if (isEnough) onEnough();
  }, [isEnough]);
}

/** The latest change of this viewer's page. */
function useChangeOf(userIdx: number): LatestChange | undefined {
  const change = useSyncExternalStore(latestChange.subscribe, latestChange.get);
  return change?.userIdx === userIdx ? change : undefined;
}

interface HomeRowsProps {
  readonly rows: HomePageData['rows'];
  readonly userIdx: number;
  /** Items liked in this visit. */
  readonly liked: ReadonlySet<number>;
  readonly whyOf: (why: Explanation) => string;
  readonly change: LatestChange | undefined;
}

const NOTHING_NEW: ReadonlySet<number> = new Set();

/** Says how many titles of a row are new, and because of what where their reasons name it. */
function describeNew({ items, params }: HomePageData['rows'][number], change: LatestChange): string | undefined {
  const { difference, cause } = change;
  const fresh = items.filter(({ itemIdx }) => difference.newItems.has(itemIdx));
  if (fresh.length === 0) return undefined;
  const named = new Set([params.itemIdx, ...fresh.map(({ why }) => why?.params.itemIdx)]);
  const index = cause.kind === 'choices' ? cause.liked.findLastIndex((itemIdx) => named.has(itemIdx)) : -1;
  const title = cause.kind === 'choices' && index >= 0 ? cause.likedTitles[index] : undefined;
  return title === undefined
    ? messages.changes.rowSince(fresh.length)
    : messages.changes.rowBecause(fresh.length, title);
}

function HomeRows({ rows, userIdx, liked, whyOf, change }: HomeRowsProps) {
  const filled = rows.filter(({ items }) => items.length > 0);
  return filled.map((row, index) => (
    <Row
      key={row.id}
      rowId={row.id}
      heading={
        row.id === FIRST_ROW
          ? messages.welcome.firstRow
          : messages.row.heading(
              row.kind,
              row.params,
              row.params.itemIdx !== undefined && liked.has(row.params.itemIdx),
            )
      }
      items={row.items}
      userIdx={userIdx}
      requestId={row.requestId}
      cursor={row.cursor}
      whyOf={whyOf}
      isFirst={index === 0}
      newItems={change?.isMarked ? change.difference.newItems : NOTHING_NEW}
      note={change && describeNew(row, change)}
    />
  ));
}

interface RefreshPillProps {
  readonly isShown: boolean;
  readonly text: string;
  readonly onClick: () => void;
}

function RefreshPill({ isShown, text, onClick }: RefreshPillProps) {
  return (
    <div className={styles.pill} role="status">
      {isShown && (
        <button type="button" className="button" data-kind="primary" data-icon="refresh" onClick={onClick}>
          {text}
        </button>
      )}
    </div>
  );
}
