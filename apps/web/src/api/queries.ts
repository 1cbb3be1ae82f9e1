import type {
  HouseholdResponse,
  ItemResponse,
  NewProfileBody,
  NewVisitorResponse,
  Profile,
  SearchResponse,
  SessionResponse,
  SimilarResponse,
  StatusResponse,
  UserEventsResponse,
  UserSummary,
  UsersResponse,
} from '@matinee/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from './request.ts';

function query(parameters: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

export const itemQuery = (itemIdx: number, userIdx: number) =>
  queryOptions({
    queryKey: ['item', userIdx, itemIdx],
    queryFn: ({ signal }) => request<ItemResponse>(`/api/v1/items/${itemIdx}${query({ userIdx })}`, { signal }),
  });

export const similarQuery = (itemIdx: number, userIdx: number) =>
  queryOptions({
    queryKey: ['similar', userIdx, itemIdx],
    queryFn: ({ signal }) =>
      request<SimilarResponse>(`/api/v1/items/${itemIdx}/similar${query({ userIdx, limit: 20 })}`, { signal }),
  });

export const searchQuery = (text: string, userIdx: number, limit: number) =>
  queryOptions({
    queryKey: ['search', userIdx, text, limit],
    queryFn: ({ signal }) => request<SearchResponse>(`/api/v1/search${query({ q: text, userIdx, limit })}`, { signal }),
    placeholderData: keepPreviousData,
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

/** Creates a visitor. The browser holds the visitor's secret as a cookie, which no script can read. */
export async function createVisitor(): Promise<UserSummary> {
  const { secret, ...user } = await request<NewVisitorResponse>('/api/v1/users', { method: 'POST', body: {} });
  return user;
}

/** Creates a visitor once, for a browser that has nobody to show the page of. */
export const firstVisitorQuery = () =>
  queryOptions({ queryKey: ['first visitor'], queryFn: createVisitor, staleTime: Number.POSITIVE_INFINITY });
