import type {
  HouseholdResponse,
  ItemResponse,
  NewProfileBody,
  NewVisitorResponse,
  OnboardingResponse,
  Profile,
  SearchResponse,
  SessionResponse,
  SimilarResponse,
  StatusResponse,
  UserEventsResponse,
  UserHistoryQuery,
  UserHistoryResponse,
  UserSummary,
  UsersResponse,
} from '@matinee/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { requestCards } from './card-answers.ts';
import { inOneTab } from './one-tab.ts';
import { request } from './request.ts';

function query(parameters: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** Asks again while an answer lacks parts that were late. */
const AGAIN_MS = 5000;
const whileThin = (query: {
  readonly state: { readonly data?: { readonly degraded: readonly string[] } | undefined };
}) => (query.state.data && query.state.data.degraded.length > 0 ? AGAIN_MS : false);

export const itemQuery = (itemIdx: number, userIdx: number) =>
  queryOptions({
    queryKey: ['item', userIdx, itemIdx],
    queryFn: ({ signal }) =>
      requestCards<ItemResponse>(userIdx, `/api/v1/items/${itemIdx}${query({ userIdx })}`, (item) => [item], {
        signal,
      }),
    // What another device has said shows on the next visit of the page.
    staleTime: 0,
  });

export const similarQuery = (itemIdx: number, userIdx: number) =>
  queryOptions({
    queryKey: ['similar', userIdx, itemIdx],
    queryFn: ({ signal }) =>
      requestCards<SimilarResponse>(
        userIdx,
        `/api/v1/items/${itemIdx}/similar${query({ userIdx, limit: 20 })}`,
        ({ items }) => items,
        { signal },
      ),
    refetchInterval: whileThin,
  });

export const searchQuery = (text: string, userIdx: number, limit: number) =>
  queryOptions({
    queryKey: ['search', userIdx, text, limit],
    queryFn: ({ signal }) =>
      requestCards<SearchResponse>(
        userIdx,
        `/api/v1/search${query({ q: text, userIdx, limit })}`,
        ({ items }) => items,
        { signal },
      ),
    placeholderData: keepPreviousData,
    refetchInterval: whileThin,
  });

/** Well-known titles of all kinds, for somebody of whom nothing is known. */
export const onboardingQuery = (userIdx: number, limit: number) =>
  queryOptions({
    queryKey: ['onboarding', userIdx, limit],
    queryFn: ({ signal }) =>
      requestCards<OnboardingResponse>(
        userIdx,
        `/api/v1/onboarding${query({ userIdx, limit })}`,
        ({ items }) => items,
        { signal },
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usersQuery = (text: string, limit: number) =>
  queryOptions({
    queryKey: ['users', text, limit],
    queryFn: ({ signal }) =>
      request<UsersResponse>(`/api/v1/users${query({ query: text === '' ? undefined : text, limit })}`, { signal }),
    placeholderData: keepPreviousData,
  });

export const userQuery = (userIdx: number) =>
  queryOptions({
    queryKey: ['user', userIdx],
    queryFn: ({ signal }) => request<UserSummary>(`/api/v1/users/${userIdx}`, { signal }),
  });

export const userEventsQuery = (userIdx: number) =>
  infiniteQueryOptions({
    queryKey: ['events', userIdx],
    queryFn: ({ signal, pageParam }) =>
      request<UserEventsResponse>(
        `/api/v1/users/${userIdx}/events${query({ limit: 100, cursor: pageParam ?? undefined })}`,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });

export const userHistoryQuery = (userIdx: number, sort: UserHistoryQuery['sort']) =>
  infiniteQueryOptions({
    queryKey: ['history', userIdx, sort],
    queryFn: ({ signal, pageParam }) =>
      request<UserHistoryResponse>(
        `/api/v1/users/${userIdx}/history${query({ limit: 60, sort, cursor: pageParam ?? undefined })}`,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    // What was said meanwhile changes the taste.
    staleTime: 0,
  });

export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => request<StatusResponse>('/api/v1/status', { signal }),
  });

export const householdQuery = (householdId: string) =>
  queryOptions({
    queryKey: ['household', householdId],
    queryFn: ({ signal }) => request<HouseholdResponse>(`/api/v1/households/${householdId}`, { signal }),
  });

export const createHousehold = (): Promise<HouseholdResponse> =>
  request<HouseholdResponse>('/api/v1/households', { method: 'POST', body: {} });

export const createProfile = (householdId: string, body: NewProfileBody): Promise<Profile> =>
  request<Profile>(`/api/v1/households/${householdId}/profiles`, { method: 'POST', body });

export const openSession = (profileId: string, pin: string | undefined): Promise<SessionResponse> =>
  request<SessionResponse>(`/api/v1/profiles/${profileId}/session`, {
    method: 'POST',
    body: pin === undefined ? {} : { pin },
  });

/** Ends the session of the profile chosen last. */
export const leaveProfile = (): Promise<void> => request<void>('/api/v1/session', { method: 'DELETE' });

/**
 * Creates a visitor. The browser holds the visitor's secret as a cookie, which no script can read. Two tabs that create
 * their first visitors at once would each get a secret, and the later one would replace the other.
 */
export const createVisitor = (): Promise<UserSummary> => inOneTab('visitor', postVisitor);

async function postVisitor(): Promise<UserSummary> {
  const { secret, ...user } = await request<NewVisitorResponse>('/api/v1/users', { method: 'POST', body: {} });
  return user;
}

/** The visitor of a browser that had nobody to show the page of: created once, in whichever tab comes first. */
export const firstVisitorQuery = () =>
  queryOptions({
    queryKey: ['first visitor'],
    queryFn: () =>
      inOneTab('visitor', async () => {
        const { users } = await request<UsersResponse>('/api/v1/users?limit=1');
        return users.find(({ kind }) => kind === 'visitor') ?? postVisitor();
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
