import type { Card, CardsResponse, UserVersionResponse } from '@matinee/contract';
import type { Query } from '@tanstack/react-query';
import { requestCards } from './card-answers.ts';
import { queryClient } from './query-client.ts';
import { ApiError, request } from './request.ts';
import { cardsIn, titlesIn, withoutTitles } from './without-titles.ts';

/** Equals the contract's MAX_CARDS. */
const MAX_CARDS = 200;

/** Answers that hold titles of a user; the user's number is the second part of their key. */
const KINDS: ReadonlySet<unknown> = new Set([
  'home',
  'row',
  'similar',
  'search',
  'item',
  'events',
  'history',
  'onboarding',
]);
const isOf = (userIdx: number) => (query: Query) => KINDS.has(query.queryKey[0]) && query.queryKey[1] === userIdx;

/** Titles that a user may not see any more; null for all of them, when the user is not open any more. */
interface GoneTitles {
  readonly userIdx: number;
  readonly gone: ReadonlySet<number> | null;
}

const listeners = new Set<(change: GoneTitles) => void>();
/** Calls the listener when titles must not be shown any more, for what holds titles beside the queries. */
export function onTitlesGone(listener: (change: GoneTitles) => void): void {
  listeners.add(listener);
}

/** Names of titles that this visit has shown and removed since, for a message. */
const dropped = new Map<string, string>();

/** Removes titles from all that the page holds for a user. */
export function dropTitles(userIdx: number, gone: ReadonlySet<number>): void {
  for (const itemIdx of gone) {
    const title = heldTitle(userIdx, itemIdx);
    if (title !== undefined) dropped.set(`${userIdx}:${itemIdx}`, title);
  }
  queryClient.setQueriesData({ predicate: isOf(userIdx) }, (data: unknown) => withoutTitles(data, gone));
  for (const listener of listeners) listener({ userIdx, gone });
}

/** Removes all that the page holds for a user; what is on screen is requested again, and says why it does not come. */
function dropAll(userIdx: number): void {
  for (const listener of listeners) listener({ userIdx, gone: null });
  void queryClient.resetQueries({ predicate: (query) => isOf(userIdx)(query) || query.queryKey[0] === 'user' });
}

/** The name of a title that the page holds a card of, or has held one of. */
export function heldTitle(userIdx: number, itemIdx: number): string | undefined {
  for (const [, data] of queryClient.getQueriesData({ predicate: isOf(userIdx) })) {
    const title = titlesIn(data).get(itemIdx);
    if (title !== undefined) return title;
  }
  return dropped.get(`${userIdx}:${itemIdx}`);
}

/** The card of a title that the page holds, with its reason where one of them has one. */
export function heldCard(userIdx: number, itemIdx: number): Card | undefined {
  const cards = queryClient
    .getQueriesData({ predicate: isOf(userIdx) })
    .flatMap(([, data]) => cardsIn(data).get(itemIdx) ?? []);
  return cards.find(({ why }) => why !== undefined) ?? cards[0];
}

const known = new Map<number, UserVersionResponse>();
const checking = new Map<number, Promise<boolean>>();

/**
 * Finds out whether what the page holds for a user is still true, and makes it so: titles that the user may not see any
 * more go at once, feedback from elsewhere shows. Resolves to true if something had changed. One check runs at a time.
 */
export function checkHeldTitles(userIdx: number): Promise<boolean> {
  const running = checking.get(userIdx);
  if (running) return running;
  const check = compare(userIdx).finally(() => checking.delete(userIdx));
  checking.set(userIdx, check);
  return check;
}

async function compare(userIdx: number): Promise<boolean> {
  const before = known.get(userIdx);
  try {
    const now = await request<UserVersionResponse>(`/api/v1/users/${userIdx}/version`);
    if (before?.titles === now.titles && before.feedback === now.feedback) return false;
    if (before !== undefined) await renew(userIdx, before.titles !== now.titles);
    // Only now: a check that fails half-way is made again.
    known.set(userIdx, now);
    return before !== undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || error.isTransient || before === undefined) return false;
    // The session has ended, a PIN was set, the profile was removed, or another profile was chosen.
    known.delete(userIdx);
    dropAll(userIdx);
    return true;
  }
}

async function renew(userIdx: number, haveTitlesChanged: boolean): Promise<void> {
  const held = new Set<number>();
  for (const [, data] of queryClient.getQueriesData({ predicate: isOf(userIdx) }))
    for (const itemIdx of titlesIn(data).keys()) held.add(itemIdx);
  const all = [...held];
  for (let start = 0; start < all.length; start += MAX_CARDS) {
    const some = all.slice(start, start + MAX_CARDS);
    const { items } = await requestCards<CardsResponse>(
      userIdx,
      `/api/v1/cards?userIdx=${userIdx}&items=${some.join()}`,
      (answer) => answer.items,
    );
    const left = new Set(items.map(({ itemIdx }) => itemIdx));
    const gone = new Set(some.filter((itemIdx) => !left.has(itemIdx)));
    if (gone.size > 0) dropTitles(userIdx, gone);
  }
  // With other rules the page is another one. After feedback from elsewhere it keeps its titles, with their new marks.
  if (haveTitlesChanged) await queryClient.invalidateQueries({ predicate: isOf(userIdx) });
  else await queryClient.invalidateQueries({ queryKey: ['events', userIdx] });
}
