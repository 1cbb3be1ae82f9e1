import type {
  CompareResponse,
  LabRunsResponse,
  LabSystemResponse,
  LabTrace,
  LabTraceItem,
  NewTraceBody,
  NewTraceResponse,
} from '@matinee/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';

/** The trace of a request. What has happened does not change. */
export const traceQuery = (requestId: string) =>
  queryOptions({
    queryKey: ['trace', requestId],
    queryFn: ({ signal }) => request<LabTrace>(`/api/v1/lab/traces/${requestId}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const traceItemQuery = (requestId: string, itemIdx: number) =>
  queryOptions({
    queryKey: ['trace', requestId, itemIdx],
    queryFn: ({ signal }) => request<LabTraceItem>(`/api/v1/lab/traces/${requestId}/items/${itemIdx}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Makes a request now and keeps its trace. */
export async function makeTrace(body: NewTraceBody): Promise<NewTraceResponse> {
  const made = await request<NewTraceResponse>('/api/v1/lab/traces', { method: 'POST', body });
  const { requestId } = made.trace;
  queryClient.setQueryData(traceQuery(requestId).queryKey, made.trace);
  if (made.item !== undefined) {
    queryClient.setQueryData(traceItemQuery(requestId, made.item.item.itemIdx).queryKey, made.item);
  }
  return made;
}

/** The releases on disk; a training adds one. */
export const runsQuery = () =>
  queryOptions({
    queryKey: ['runs'],
    queryFn: ({ signal }) => request<LabRunsResponse>('/api/v1/lab/runs', { signal }),
    refetchInterval: RUNS_EVERY_MS,
  });

const RUNS_EVERY_MS = 30_000;

export const systemQuery = () =>
  queryOptions({
    queryKey: ['system'],
    queryFn: ({ signal }) => request<LabSystemResponse>('/api/v1/lab/system', { signal }),
    refetchInterval: SYSTEM_EVERY_MS,
    staleTime: 0,
  });

const SYSTEM_EVERY_MS = 10_000;

/** Opening the releases of all generations for the first time takes seconds. */
const COMPARE_TIMEOUT_MS = 60_000;

export const compareQuery = (userIdx: number, k: number, after: number | undefined) =>
  queryOptions({
    queryKey: ['compare', userIdx, k, after],
    queryFn: ({ signal }) =>
      request<CompareResponse>(
        `/api/v1/lab/compare?${new URLSearchParams({ userIdx: String(userIdx), k: String(k), ...(after !== undefined && { after: String(after) }) })}`,
        { signal, timeoutMs: COMPARE_TIMEOUT_MS },
      ),
    placeholderData: keepPreviousData,
  });
