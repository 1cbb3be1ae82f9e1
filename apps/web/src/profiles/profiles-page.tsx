import type { UserSummary } from '@matinee/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useLocation } from 'wouter';
import { createVisitor, leaveProfile, statusQuery, usersQuery } from '../api/queries.ts';
import { messages } from '../messages/current.ts';
import { formatList } from '../messages/format.ts';
import { homePathOf } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { useDebounced } from '../search/use-debounced.ts';
import { toastStore } from '../toasts/toast-store.ts';
import { Avatar } from '../user/avatar.tsx';
import { chooseKnownUser, nameOf, useCurrentUser } from '../user/current-user.tsx';
import { Household } from './household.tsx';
import styles from './profiles-page.module.css';

const LIMIT = 24;
const words = messages.profiles;

export function ProfilesPage() {
  useDocumentTitle(words.documentTitle);
  const isKids = useCurrentUser()?.summary?.profile?.isKids === true;
  const isDemo = useQuery(statusQuery()).data?.demo === true;
  return (
    <div className="page">
      <h1 tabIndex={-1}>{words.heading}</h1>
      <p className={styles.intro}>{isKids ? words.kidsIntro : isDemo ? words.intro : words.introWithoutDemo}</p>
      <Household />
      {!isKids && <Others isDemo={isDemo} />}
    </div>
  );
}

/**
 * Visitors of this browser, and in demo mode members of the data set, who belong to no household. Kids profiles do not
 * see them.
 */
function Others({ isDemo }: { isDemo: boolean }) {
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const searchId = useId();
  const users = useQuery(usersQuery(useDebounced(text.trim(), 120), LIMIT));
  const enter = (user: UserSummary) => {
    chooseKnownUser(user);
    navigate(homePathOf(user.userIdx));
  };
  // After leaving a profile, a viewer has to choose it again, with its PIN.
  const choose = (user: UserSummary) =>
    leaveProfile().then(
      () => enter(user),
      () => toastStore.show({ tone: 'error', text: words.profileFailed }),
    );
  return (
    <section aria-labelledby="others-heading">
      <h2 id="others-heading">{words.others}</h2>
      <div className={styles.controls}>
        <NewVisitorButton onCreated={enter} />
        {isDemo && (
          <label className={styles.search} htmlFor={searchId}>
            <span>{words.search}</span>
            <input
              id={searchId}
              type="search"
              inputMode="numeric"
              autoComplete="off"
              maxLength={64}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
        )}
      </div>
      {users.isError && !users.data && <Notice text={words.failed} onRetry={() => void users.refetch()} />}
      {users.data && (isDemo || users.data.users.length > 0) && (
        <>
          <p className={styles.count} role="status">
            {users.data.users.length === 0 ? words.none(text) : words.total(users.data.users.length, users.data.total)}
          </p>
          <ul className={styles.grid}>
            {users.data.users.map((user) => (
              <li key={user.userIdx}>
                <Tile user={user} onChoose={choose} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function NewVisitorButton({ onCreated }: { onCreated: (user: UserSummary) => void }) {
  const queryClient = useQueryClient();
  const visitor = useMutation({
    mutationFn: async () => {
      await leaveProfile();
      return createVisitor();
    },
    networkMode: 'always',
    onSuccess: (user) => {
      void queryClient.invalidateQueries({ queryKey: ['users'] });
      onCreated(user);
    },
    onError: () => toastStore.show({ tone: 'error', text: words.createFailed }),
  });
  return (
    <button
      type="button"
      className={styles.visitor}
      data-icon="plus"
      disabled={visitor.isPending}
      onClick={() => visitor.mutate()}
    >
      <span>
        <strong>{words.newVisitor}</strong>
        <small>{words.newVisitorHint}</small>
      </span>
    </button>
  );
}

function Tile({ user, onChoose }: { user: UserSummary; onChoose: (user: UserSummary) => void }) {
  const isCurrent = useCurrentUser()?.userIdx === user.userIdx;
  return (
    <button type="button" className={styles.tile} aria-current={isCurrent} onClick={() => onChoose(user)}>
      <Avatar userIdx={user.userIdx} label={user.kind === 'visitor' ? '★' : user.userId} />
      <span>
        <strong>{nameOf(user)}</strong>
        <small>
          {isCurrent && <em>{words.current} · </em>}
          {words.interactions(user.interactionCount)}
        </small>
        <small>{formatList(user.topGenres)}</small>
      </span>
    </button>
  );
}
