import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Offline, a request fails with a message instead of waiting silently.
      networkMode: 'always',
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 1 && error instanceof ApiError && error.isTransient,
      retryDelay: 400,
    },
  },
});
