import type { UserIdx } from '@matinee/models/data';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { COMPRESSED_SHARE } from './compression.ts';

/** What a response depends on besides its request. Two responses with equal state are equal. */
export interface ResponseState {
  readonly release: string;
  /** Revision of the catalogue; earlier responses lack items that were added later, and show what has changed. */
  readonly catalogue: number;
  /** Number of the period between two changes of licences; see `licencePeriodAt`. */
  readonly licencePeriod: number;
  /** The user's part; see `Viewers.stateVersionOf`. */
  readonly user: string;
}

/** Size and age limits of the response cache. */
export interface ResponseCacheLimits {
  /** Bytes of cached responses; 0 turns the cache off. */
  readonly maxBytes: number;
  /** Older responses are computed again, because the time and other users' events change them a little. */
  readonly maxAgeMs: number;
  /** If no source answers, a cached response up to this age is used instead of popular items. */
  readonly lastResortMs: number;
}

export const DEFAULT_RESPONSE_CACHE: ResponseCacheLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxAgeMs: 60_000,
  lastResortMs: 10 * 60_000,
};

/**
 * Responses that are sent again to the same request while their state is unchanged. The state is read again before
 * every cached response. So a response from before the user's last event, of another release or for another profile is
 * never sent, even if another process stored the event.
 */
export interface ResponseCache {
  /** False if the cache stores nothing. */
  readonly isOn: boolean;
  /**
   * Sends the cached response to exactly this request, if its state is still the same.
   *
   * @param stateNow Reads the present state; called only if there is a cached response. If it fails, nothing is sent:
   * the route then computes the response and reports the error.
   */
  replyFromCache(
    request: FastifyRequest,
    reply: FastifyReply,
    stateNow: (userIdx: UserIdx | undefined) => Promise<ResponseState | undefined>,
  ): Promise<void>;
  /**
   * Caches the response to this request when it is sent.
   *
   * @param state Read before the response was computed, so that a change in between makes the entry stale, not wrong.
   */
  cacheWhenSent(request: FastifyRequest, userIdx: UserIdx | undefined, state: ResponseState): void;
  /** Returns the body last cached for exactly this request, of any age, if its state is still the same. */
  lastResort(request: FastifyRequest, state: ResponseState | undefined): unknown;
  /** The hook that stores responses. */
  onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void>;
}

interface CachedResponse {
  readonly userIdx: UserIdx | undefined;
  readonly state: ResponseState;
  readonly body: Buffer;
  /** Monotonic milliseconds. */
  readonly cachedAtMs: number;
}

/** Memory of an entry besides its body and its key: state and bookkeeping. */
const ENTRY_BYTES = 500;

/** @param count Called with the result of every look-up. */
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
    // Two bytes a character: an address may be 16 KB long.
    sizeCalculation: ({ body }, key) => Math.ceil((1 + COMPRESSED_SHARE) * body.length) + 2 * key.length + ENTRY_BYTES,
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
    now.catalogue === then.catalogue &&
    now.licencePeriod === then.licencePeriod &&
    now.user === then.user
  );
}

/**
 * Returns the URL. The session is no part of it: reading the state checks whether it gives access before anything is
 * sent, and then the response is the same for all who have access. So a made-up session makes no entry of its own.
 */
function keyOf({ raw }: FastifyRequest): string {
  return raw.url ?? '';
}
