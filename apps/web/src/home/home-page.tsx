import type { Explanation } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useRef } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/request.ts';
import { Row } from '../cards/row.tsx';
import { useLikedItems } from '../feedback/use-liked-items.ts';
import { CARD_LINK, moveFocus } from '../keyboard/move-focus.ts';
import { messages } from '../messages/current.ts';
import { cameBack } from '../navigation/navigation.ts';
import { routes } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { toastStore } from '../toasts/toast-store.ts';
import { useCurrentUser } from '../user/current-user.tsx';
import { Hero } from './hero.tsx';
import styles from './home-page.module.css';
import { type HomePageData, homeQuery } from './home-query.ts';
import { HomeSkeleton } from './home-skeleton.tsx';
import { useFreshPicks } from './use-fresh-picks.ts';
import { Welcome } from './welcome.tsx';

/** Where the viewer was on the home: how far each row was scrolled, and which card had the focus. */
interface HomeView {
  readonly userIdx: number;
  readonly scrolled: ReadonlyMap<string, number>;
  readonly focused: { readonly rowId: string; readonly card: string } | undefined;
}
let lastView: HomeView | undefined;

/** Remembers the view on the way out; on Back, restores it and returns the focus to the same card. */
function useRestoredView(userIdx: number) {
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

export function HomePage() {
  const user = useCurrentUser();
  const home = useQuery({ ...homeQuery(user?.userIdx ?? 0), enabled: user !== undefined });
  useDocumentTitle(messages.homePage.documentTitle);
  if (user === undefined || home.isPending) return <HomeSkeleton />;
  if (home.data)
    return <HomeContent home={home.data} name={user.name} isGuess={user.isGuess} retry={() => void home.refetch()} />;
  if (home.error instanceof ApiError && (home.error.status === 404 || home.error.code === 'PIN_REQUIRED'))
    return (
      <Notice
        text={home.error.status === 404 ? messages.homePage.unknownViewer(user.userIdx) : messages.homePage.pinNeeded}
        isHeading
      >
        <Link href={routes.profiles} className="button" data-kind="primary">
          {messages.homePage.chooseViewer}
        </Link>
      </Notice>
    );
  return <Notice text={messages.homePage.failed} isHeading onRetry={() => void home.refetch()} />;
}

interface HomeContentProps {
  readonly home: HomePageData;
  readonly name: string;
  readonly isGuess: boolean;
  readonly retry: () => void;
}

function HomeContent({ home, name, isGuess, retry }: HomeContentProps) {
  const { userIdx, hero, rows, isStranger } = home;
  const words = messages.homePage;
  const root = useRestoredView(userIdx);
  const heading = useRef<HTMLHeadingElement>(null);
  const fresh = useFreshPicks(home);
  const liked = useLikedItems(userIdx);
  const whyOf = (why: Explanation) =>
    messages.why(why, why.params.itemIdx !== undefined && liked.has(why.params.itemIdx));
  const showFresh = () => {
    fresh.apply();
    window.scrollTo({ top: 0 });
    heading.current?.focus({ preventScroll: true });
    toastStore.show({ text: words.refreshed });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between cards; the cards are the interactive elements
    <div ref={root} className={styles.home} onKeyDown={moveFocus}>
      <h1 ref={heading} className="visually-hidden" tabIndex={-1}>
        {words.heading(name)}
      </h1>
      {home.isOld && <Notice size="strip" text={words.old(home.loadedAt)} onRetry={retry} />}
      {home.degraded.length > 0 && <Notice size="strip" text={words.degraded} />}
      {isStranger ? (
        <Welcome likeCount={liked.size} hasPicks={fresh.waits && liked.size > 0} onShowPicks={showFresh} />
      ) : (
        hero && (
          <Hero card={hero} userIdx={userIdx} requestId={home.requestId} why={hero.why ? whyOf(hero.why) : undefined} />
        )
      )}
      {isGuess && (
        <p className={styles.tourist}>
          {messages.profiles.tourist(name)} <Link href={routes.profiles}>{messages.profiles.switch}</Link>
        </p>
      )}
      {rows.length === 0 && <Notice text={words.empty} onRetry={retry} />}
      {rows.map((row, index) => (
        <Row
          key={row.id}
          rowId={row.id}
          heading={messages.row.heading(
            row.kind,
            row.params,
            row.params.itemIdx !== undefined && liked.has(row.params.itemIdx),
          )}
          items={row.items}
          userIdx={userIdx}
          requestId={row.requestId}
          cursor={row.cursor}
          whyOf={whyOf}
          isFirst={index === 0}
        />
      ))}
      <div className={styles.pill} role="status">
        {fresh.waits && (
          <button type="button" className="button" data-kind="primary" data-icon="refresh" onClick={showFresh}>
            {words.refresh}
          </button>
        )}
      </div>
    </div>
  );
}
