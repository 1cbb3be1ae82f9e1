import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';

/** A request that was refused for load, or for coming too often, waits so often and so long for its turn. */
const MOST_WAITS = 3;
const LONGEST_WAIT_MS = 30_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Offline, a request fails with a message instead of waiting silently.
      networkMode: 'always',
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        error instanceof ApiError &&
        error.isTransient &&
        failures < (error.retryAfterMs === undefined ? 1 : MOST_WAITS),
      // The server knows when it will answer again.
      retryDelay: (_, error) =>
        error instanceof ApiError && error.retryAfterMs !== undefined
          ? Math.min(LONGEST_WAIT_MS, error.retryAfterMs)
          : 400,
    },
  },
});
