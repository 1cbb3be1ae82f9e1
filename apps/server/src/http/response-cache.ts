import { SESSION_HEADER } from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** What an answer is made from beside its request. Two answers with equal parts are equal. */
export interface ResponseState {
  readonly release: string;
  /** Titles there are: an answer from before others came lacks them. */
  readonly itemCount: number;
  /** See `licencePeriodAt`. */
  readonly licencePeriod: number;
  /** Of the user: see `Viewers.stateVersionOf`. */
  readonly user: string;
}

/** How much is kept, and for how long. */
export interface ResponseCacheLimits {
  /** Bytes of answers; 0 keeps none. */
  readonly maxBytes: number;
  /** Older ones are made anew: the moment of the request and what other people do move them a little. */
  readonly maxAgeMs: number;
  /** So long they are still better than what most people like, should no source answer. */
  readonly lastResortMs: number;
}

export const DEFAULT_RESPONSE_CACHE: ResponseCacheLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxAgeMs: 60_000,
  lastResortMs: 10 * 60_000,
};

/**
 * Answers that are given again to the same request while nothing has changed that they were made from. The state is asked
 * for anew every time, before anything is given: an answer from before the user's last word, of another release or for
 * another profile cannot be found, whatever process took the word.
 */
export interface ResponseCache {
  /** Whether anything is kept at all. */
  readonly isOn: boolean;
  /**
   * Replies with the kept answer to exactly this request, if it still holds.
   *
   * @param stateNow What an answer would be made from now; asked only where there is one to compare. Where it fails,
   * nothing is given: whoever makes the answer anew finds out why.
   */
  replyFromCache(
    request: FastifyRequest,
    reply: FastifyReply,
    stateNow: (userIdx: UserIdx | undefined) => Promise<ResponseState | undefined>,
  ): Promise<void>;
  /**
   * Keeps the answer to this request as it is sent.
   *
   * @param state Read before the answer was begun: whatever came in between makes it unfit, not wrong.
   */
  cacheWhenSent(request: FastifyRequest, userIdx: UserIdx | undefined, state: ResponseState): void;
  /** The answer that was last kept to exactly this request, if the state is still the same, however old it is. */
  lastResort(request: FastifyRequest, state: ResponseState | undefined): unknown;
  /** For the hook `onSend`. */
  onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void>;
}

interface CachedResponse {
  readonly userIdx: UserIdx | undefined;
  readonly state: ResponseState;
  readonly body: Buffer;
  /** Monotonic milliseconds. */
  readonly cachedAtMs: number;
}

/** Of an entry beside its bytes: key, state and what holds them together. */
const ENTRY_BYTES = 500;

/** @param count Told of every look-up. */
export function createResponseCache(
  { maxBytes, maxAgeMs, lastResortMs }: ResponseCacheLimits,
  count: (result: 'hit' | 'miss' | 'changed') => void,
): ResponseCache {
  const nothing = async (): Promise<void> => undefined;
  if (maxBytes === 0)
    return {
      isOn: false,
      replyFromCache: nothing,
      cacheWhenSent: () => undefined,
      lastResort: () => undefined,
      onSend: nothing,
    };
  const cached = new LRUCache<string, CachedResponse>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + ENTRY_BYTES,
    ttl: Math.max(maxAgeMs, lastResortMs),
  });
  const awaited = new WeakMap<FastifyRequest, Pick<CachedResponse, 'userIdx' | 'state'>>();
  return {
    isOn: true,
    async replyFromCache(request, reply, stateNow) {
      const key = keyOf(request);
      const answer = cached.get(key);
      if (answer === undefined || performance.now() - answer.cachedAtMs > maxAgeMs) return count('miss');
      const state = await stateNow(answer.userIdx).catch(() => undefined);
      if (!isSame(state, answer.state)) return count('changed');
      count('hit');
      await reply
        .header('content-type', 'application/json; charset=utf-8')
        .header('server-timing', 'cache;desc=hit')
        .send(answer.body);
    },
    cacheWhenSent(request, userIdx, state) {
      awaited.set(request, { userIdx, state });
    },
    lastResort(request, state) {
      const answer = cached.get(keyOf(request));
      return answer !== undefined && isSame(state, answer.state) ? JSON.parse(answer.body.toString()) : undefined;
    },
    async onSend(request, reply, payload) {
      const answer = awaited.get(request);
      if (answer === undefined || reply.statusCode !== 200 || typeof payload !== 'string') return;
      cached.set(keyOf(request), { ...answer, body: Buffer.from(payload), cachedAtMs: performance.now() });
    },
  };
}

function isSame(now: ResponseState | undefined, then: ResponseState): boolean {
  return (
    now?.release === then.release &&
    now.itemCount === then.itemCount &&
    now.licencePeriod === then.licencePeriod &&
    now.user === then.user
  );
}

/** A request word for word, with whom it speaks for: a session may be all that opens a profile. */
function keyOf({ raw, headers }: FastifyRequest): string {
  return `${String(headers[SESSION_HEADER] ?? '')} ${raw.url}`;
}
