import type { ErrorResponse } from '@matinee/contract';
import { basePath } from './base-path.ts';
import { takeEarlyAnswer } from './early-answer.ts';

/** A response that is not 2xx, or no response at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** After how many milliseconds the server says to try again; undefined if it says nothing of it. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed later: no network, overload, or a restarting server. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  /** Lets the request continue after the page closes. */
  readonly keepalive?: boolean;
  readonly timeoutMs?: number;
}

/**
 * Sends one request to the Matinee server, with the cookies that say who this browser is. An abort by `signal` rejects
 * with the platform's AbortError, anything else with {@link ApiError}.
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { signal, method = 'GET', body, keepalive = false, timeoutMs = 10_000 } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    const early = method === 'GET' ? takeEarlyAnswer(path) : undefined;
    response = await (early ??
      fetch(basePath + path, {
        method,
        keepalive,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }));
    if (response.status === 204) return undefined as T;
    if (response.ok) return (await response.json()) as T;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'NETWORK', 'The server did not answer.', { cause });
  }
  throw await errorOf(response);
}

async function errorOf(response: Response): Promise<ApiError> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const options = Number.isFinite(seconds) ? { retryAfterMs: 1000 * Math.max(0, seconds) } : {};
  const fallback = `The server answered ${response.status}.`;
  try {
    const { code, message } = (await response.json()) as Partial<ErrorResponse>;
    return new ApiError(response.status, code ?? 'HTTP', message ?? fallback, options);
  } catch {
    return new ApiError(response.status, 'HTTP', fallback, options);
  }
}
