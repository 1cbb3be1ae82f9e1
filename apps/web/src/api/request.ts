import type { ErrorResponse } from '@matinee/contract';
import { currentSession } from './session.ts';

/** An answer that is not 2xx, or no answer at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }

  /** True when the same request may succeed later: no network, overload, a server that restarts. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
  readonly timeoutMs?: number;
}

/** Sends one request to our own server. An abort by `signal` rejects as the platform's AbortError, anything else as {@link ApiError}. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { signal, method = 'GET', body, keepalive = false, timeoutMs = 10_000 } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      keepalive,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...sessionHeader(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return (await response.json()) as T;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'NETWORK', 'The server did not answer.', { cause });
  }
  throw await errorOf(response);
}

/** Whatever is asked is asked as whoever was chosen. */
function sessionHeader(): Record<string, string> {
  const session = currentSession();
  return session === undefined ? {} : { 'x-matinee-session': session };
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}.`;
  try {
    const { code, message } = (await response.json()) as Partial<ErrorResponse>;
    return new ApiError(response.status, code ?? 'HTTP', message ?? fallback);
  } catch {
    return new ApiError(response.status, 'HTTP', fallback);
  }
}
