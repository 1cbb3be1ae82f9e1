import type { UserSummary } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useSyncExternalStore } from 'react';
import { useSearchParams } from 'wouter';
import { firstVisitorQuery, userQuery, usersQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { readStored, writeStored } from '../api/stored.ts';
import { createValueStore } from '../api/value-store.ts';
import { messages } from '../messages/current.ts';
import { parseIndex } from '../navigation/routes.ts';

const KEY = 'matinee.user';
/** A tab keeps its own viewer; a new tab begins with the one that was chosen last in any. */
const chosen = createValueStore<number | undefined>(
  parseIndex(String(readStored<number>(KEY, () => sessionStorage) ?? readStored<number>(KEY))),
);

/** Makes this user the viewer, now and on the next visit. */
function chooseUser(userIdx: number): void {
  writeStored(KEY, userIdx, () => sessionStorage);
  writeStored(KEY, userIdx);
  chosen.set(userIdx);
}

export function chooseKnownUser(user: UserSummary): void {
  queryClient.setQueryData(userQuery(user.userIdx).queryKey, user);
  chooseUser(user.userIdx);
}

export interface CurrentUser {
  readonly userIdx: number;
  readonly summary: UserSummary | undefined;
  readonly name: string;
  /** True while the page shows a member of the data set whom the viewer has not chosen. */
  readonly isGuess: boolean;
}

const CurrentUserContext = createContext<CurrentUser | undefined>(undefined);

export function nameOf(user: Pick<UserSummary, 'kind' | 'userId' | 'profile'>): string {
  if (user.profile !== undefined) return user.profile.name;
  return user.kind === 'visitor' ? messages.profiles.visitor(user.userId) : messages.profiles.member(user.userId);
}

/** The server lists the least active users first; a user in the middle has a history of useful length. */
const middleOf = (users: readonly UserSummary[]): UserSummary | undefined => users[Math.floor(users.length / 2)];

/**
 * The viewer: `?user=` of the address, else the last choice, else in demo mode a member of the data set, else a visitor
 * of this browser, who is created if there is none.
 */
export function CurrentUserProvider({ children }: { children: ReactNode }) {
  const [search] = useSearchParams();
  const linked = parseIndex(search.get('user'));
  const stored = useSyncExternalStore(chosen.subscribe, chosen.get);
  const picked = linked ?? stored;
  useEffect(() => {
    if (linked !== undefined) chooseUser(linked);
  }, [linked]);
  const guess = useQuery({ ...usersQuery('', 12), enabled: picked === undefined });
  const member = middleOf(guess.data?.users.filter(({ kind }) => kind === 'dataset') ?? []);
  const own = member === undefined ? guess.data?.users[0] : undefined;
  const isNew = picked === undefined && guess.data !== undefined && guess.data.users.length === 0;
  const first = useQuery({ ...firstVisitorQuery(), enabled: isNew });
  const visitor = own ?? (isNew ? first.data : undefined);
  useEffect(() => {
    if (picked === undefined && visitor !== undefined) chooseKnownUser(visitor);
  }, [picked, visitor]);
  const found = picked ?? member?.userIdx ?? visitor?.userIdx;
  const userIdx = found ?? (guess.isError || first.isError ? 0 : undefined);
  const { data: summary } = useQuery({ ...userQuery(userIdx ?? 0), enabled: userIdx !== undefined });
  const value =
    userIdx === undefined
      ? undefined
      : {
          userIdx,
          summary,
          name: summary ? nameOf(summary) : messages.profiles.viewer(userIdx),
          isGuess: picked === undefined && member !== undefined,
        };
  return <CurrentUserContext value={value}>{children}</CurrentUserContext>;
}

/** The viewer; undefined on the very first visit until one is found. */
export const useCurrentUser = (): CurrentUser | undefined => use(CurrentUserContext);
