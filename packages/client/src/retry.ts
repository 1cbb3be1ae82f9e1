/** How often and how long a request is tried. */
export interface RetryOptions {
  /** Further attempts after the first. */
  readonly retries: number;
  /** Time limit of one attempt, milliseconds. */
  readonly timeoutMs: number;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Whether sending the request twice does what sending it once does. */
  readonly isRepeatable: (request: Request) => boolean;
  /** Returns a number from 0 up to 1, for the spread of waits. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The server was not reached, gave up, or is too busy; it may answer in a moment. */
const PASSING = new Set([408, 429, 502, 503, 504]);
/** Refused before anything was done, so also a request that must not be sent twice can be sent again. */
const REFUSED = new Set([429]);
const FIRST_WAIT_MS = 200;
/** A caller is told rather than kept waiting for longer. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Returns a `fetch` that sends a request again where that is safe: after a network error, a timeout or an answer that
 * says "later". It waits as long as `Retry-After` says, else twice as long each time, spread at random so that many
 * clients do not come back at once. The last answer or error is passed on as it is.
 */
export function createRetryingFetch(options: RetryOptions): (request: Request) => Promise<Response> {
  const { retries, timeoutMs, isRepeatable, random, wait } = options;
  return async (request) => {
    const isSafe = isRepeatable(request);
    for (let attempt = 0; ; attempt++) {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
      const sent = new Request(request.clone(), { signal });
      const outcome = await options.fetch(sent).catch((error: unknown) => ({ error }));
      const isLast = attempt >= retries || request.signal.aborted;
      const waitMs = isLast ? undefined : waitBefore(outcome, isSafe, FIRST_WAIT_MS * 2 ** attempt * (0.5 + random()));
      if (waitMs === undefined) {
        if ('error' in outcome) throw outcome.error;
        return outcome;
      }
      if (!('error' in outcome)) await outcome.body?.cancel();
      await wait(waitMs, request.signal);
    }
  };
}

/** Milliseconds until the next attempt; undefined where there is to be none. */
function waitBefore(
  outcome: Response | { readonly error: unknown },
  isSafe: boolean,
  usualMs: number,
): number | undefined {
  if ('error' in outcome) return isSafe ? usualMs : undefined;
  const { status, headers } = outcome;
  if (!(isSafe ? PASSING : REFUSED).has(status)) return undefined;
  const serverMs = readRetryAfter(headers.get('retry-after'));
  const waitMs = Math.max(usualMs, serverMs ?? 0);
  return waitMs > LONGEST_WAIT_MS ? undefined : waitMs;
}

/** `Retry-After` is a number of seconds or a date. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Resolves after `ms` milliseconds. @throws The signal's reason once it is aborted. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
