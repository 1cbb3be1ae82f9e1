import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { statusQuery } from '../api/queries.ts';
import { undoLast, waitingCount } from '../feedback/feedback.ts';
import { announce } from '../generation/announce.ts';
import { GenerationChip } from '../generation/generation-chip.tsx';
import { onStreamMessage } from '../generation/training-stream.ts';
import { ChangeDialog } from '../home/change-dialog.tsx';
import { showReleaseChange } from '../home/latest-change.ts';
import { HelpDialog } from '../keyboard/help-dialog.tsx';
import type { Command } from '../keyboard/shortcuts.ts';
import { useShortcuts } from '../keyboard/use-shortcuts.ts';
import { messages } from '../messages/current.ts';
import { withoutInspect } from '../navigation/inspect.ts';
import { cameBack, enterPage } from '../navigation/navigation.ts';
import { labPath, routes } from '../navigation/routes.ts';
import { useOnline } from '../navigation/use-online.ts';
import { Notice } from '../notice/notice.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { chooseTheme, theme } from '../theme/theme.ts';
import { Toaster } from '../toasts/toaster.tsx';
import { Avatar } from '../user/avatar.tsx';
import { type CurrentUser, useCurrentUser } from '../user/current-user.tsx';
import { useLabOpen } from '../user/use-lab-open.ts';
import { useTruePage } from '../user/use-true-page.ts';
import { InspectHost } from './inspect-host.tsx';
import styles from './shell.module.css';

/** Scrolls a new page to its top and focuses its heading; on Back, restores the scroll position. */
function usePageEntry(main: { readonly current: HTMLElement | null }) {
  const [location] = useLocation();
  const search = withoutInspect(useSearch());
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    const top = enterPage(`${location}?${search}`);
    if (isFirst.current) {
      isFirst.current = false;
      return undefined;
    }
    window.scrollTo({ top, behavior: 'instant' });
    const hasFocus = document.activeElement !== null && document.activeElement !== document.body;
    if (cameBack() && hasFocus && main.current?.contains(document.activeElement)) return undefined;
    return focusHeading(main.current);
  }, [location, search, main]);
}

/** Focuses the page's heading. While there is none, focuses the page itself, and the heading when it appears. */
function focusHeading(page: HTMLElement | null): (() => void) | undefined {
  const heading = page?.querySelector('h1');
  (heading ?? page)?.focus({ preventScroll: true });
  if (!page || heading) return undefined;
  const observer = new MutationObserver(() => {
    const late = page.querySelector('h1');
    if (!late) return;
    observer.disconnect();
    // Only if the viewer has not moved the focus since.
    if (document.activeElement === page || document.activeElement === document.body)
      late.focus({ preventScroll: true });
  });
  observer.observe(page, { childList: true, subtree: true });
  return () => observer.disconnect();
}

/** Says what has been learned, to viewers of whom the page shows such things. */
function useAnnouncements(user: CurrentUser | undefined): void {
  const viewer = seesGenerations(user) ? user?.userIdx : undefined;
  useEffect(() => {
    if (viewer === undefined) return;
    return onStreamMessage((message) => announce(message, (generation) => void showReleaseChange(viewer, generation)));
  }, [viewer]);
}

/** Children watch titles; how they are chosen is for adults. */
const seesGenerations = (user: CurrentUser | undefined): boolean =>
  user?.summary !== undefined && user.summary.profile?.isKids !== true;

export function Shell({ children }: { children: ReactNode }) {
  const [, navigate] = useLocation();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  usePageEntry(main);
  const user = useCurrentUser();
  useTruePage(user?.userIdx);
  useAnnouncements(user);
  useShortcuts((command: Exclude<Command, 'chord'>) => {
    switch (command) {
      case 'search':
        document.querySelector<HTMLElement>('[role="combobox"]')?.focus();
        break;
      case 'undo':
        undoLast();
        break;
      case 'help':
        setHelpOpen(true);
        break;
      case 'go-home':
        navigate(routes.home);
        break;
      case 'go-search':
        navigate(routes.search);
        break;
      case 'go-history':
        navigate(routes.history);
        break;
      case 'go-profiles':
        navigate(routes.profiles);
        break;
      case 'go-lab':
        navigate(labPath());
        break;
      default:
        command satisfies never;
    }
  });
  return (
    <>
      <a className={styles.skip} href="#main">
        {messages.skipLink}
      </a>
      <TopBar onHelp={() => setHelpOpen(true)} />
      <OfflineNotice />
      <main ref={main} id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
      <Footer />
      <Toaster />
      <ChangeDialog />
      <InspectHost />
      <HelpDialog open={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </>
  );
}

function TopBar({ onHelp }: { onHelp: () => void }) {
  const user = useCurrentUser();
  const current = useSyncExternalStore(theme.subscribe, theme.get);
  const isLabOpen = useLabOpen();
  return (
    <header className={styles.bar}>
      <Link href={routes.home} className={styles.logo} aria-label={`${messages.appName}: ${messages.home}`}>
        <span aria-hidden="true">
          {messages.appName.slice(0, 1)}
          <span>{messages.appName.slice(1)}</span>
        </span>
      </Link>
      <SearchBox />
      {seesGenerations(user) && <GenerationChip />}
      <nav aria-label={messages.mainNavigation}>
        <Link href={routes.history} className={styles.link}>
          {messages.history.link}
        </Link>
        {isLabOpen && (
          <Link href={labPath()} className={`${styles.link} ${styles.lab}`}>
            {messages.labLink}
          </Link>
        )}
        <button
          type="button"
          className={styles.icon}
          data-icon={current === 'dark' ? 'sun' : 'moon'}
          aria-label={current === 'dark' ? messages.theme.toLight : messages.theme.toDark}
          onClick={() => chooseTheme(current === 'dark' ? 'light' : 'dark')}
        />
        <button
          type="button"
          className={`${styles.icon} ${styles.help}`}
          aria-label={messages.help.open}
          onClick={onHelp}
        >
          ?
        </button>
        <Link href={routes.profiles} className={styles.user}>
          {user && <Avatar userIdx={user.userIdx} size="small" label={avatarLabelOf(user)} />}
          <span>
            {user?.name}
            <span className="visually-hidden">{messages.profiles.switchSuffix}</span>
          </span>
          {user?.summary?.profile?.isKids && <b className={styles.kids}>{messages.profiles.kids}</b>}
        </Link>
      </nav>
    </header>
  );
}

/** As on the tiles of the page that the viewer was chosen on. */
function avatarLabelOf({ summary }: CurrentUser): string {
  if (summary?.profile !== undefined) return summary.profile.name.slice(0, 1);
  return summary?.kind === 'visitor' ? '★' : (summary?.userId ?? '·');
}

function OfflineNotice() {
  const isOnline = useOnline();
  const waiting = useSyncExternalStore(waitingCount.subscribe, waitingCount.get);
  if (isOnline || waiting === 0) return null;
  return (
    <div className={styles.offline} data-offline>
      <Notice size="strip" text={messages.feedback.waiting(waiting)} />
    </div>
  );
}

function Footer() {
  const isLabOpen = useLabOpen();
  const { data } = useQuery(statusQuery());
  return (
    <footer className={styles.footer}>
      <p>{data && `${messages.footer.dataset(data.dataset)} · ${messages.footer.model(data.generation)}`}</p>
      {data?.demo && data.dataset.userCount > 0 && (
        <p>
          <span className={styles.chip}>{messages.footer.demo}</span> {messages.footer.demoHint}
        </p>
      )}
      {isLabOpen && (
        <p>
          <Link href={labPath()}>{messages.footer.lab}</Link>
        </p>
      )}
      {data && <p>{messages.footer.terms(data.dataset.isMovieLens)}</p>}
    </footer>
  );
}
