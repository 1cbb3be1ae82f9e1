import { SESSION_HEADER } from '@matinee/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** What an answer is made from beside its request. Two answers with equal parts are equal. */
export interface AnswerState {
  readonly release: string;
  /** Titles there are: an answer from before others came lacks them. */
  readonly itemCount: number;
  /** See `licencePeriodAt`. */
  readonly licencePeriod: number;
  /** Of the user: see `People.stateVersionOf`. */
  readonly user: string;
}

/** How much is kept, and for how long. */
export interface AnswerCacheLimits {
  /** Bytes of answers; 0 keeps none. */
  readonly maxBytes: number;
  /** Older ones are made anew: the moment of the request and what other people do move them a little. */
  readonly maxAgeMs: number;
  /** So long they are still better than what most people like, should no source answer. */
  readonly lastResortMs: number;
}

export const DEFAULT_ANSWER_CACHE: AnswerCacheLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxAgeMs: 60_000,
  lastResortMs: 10 * 60_000,
};

/**
 * Answers that are given again to the same request while nothing has changed that they were made from. The state is asked
 * for anew every time, before anything is given: an answer from before the user's last word, of another release or for
 * another profile cannot be found, whatever process took the word.
 */
export interface AnswerCache {
  /** Whether anything is kept at all. */
  readonly isOn: boolean;
  /**
   * Replies with the kept answer to exactly this request, if it still holds.
   *
   * @param stateNow What an answer would be made from now; asked only where there is one to compare. Where it fails,
   * nothing is given: whoever makes the answer anew finds out why.
   */
  replyFromKept(
    request: FastifyRequest,
    reply: FastifyReply,
    stateNow: (userIdx: number | undefined) => Promise<AnswerState | undefined>,
  ): Promise<void>;
  /**
   * Keeps the answer to this request as it is sent.
   *
   * @param state Read before the answer was begun: whatever came in between makes it unfit, not wrong.
   */
  keepWhenSent(request: FastifyRequest, userIdx: number | undefined, state: AnswerState): void;
  /** The answer that was last kept to exactly this request, if the state is still the same, however old it is. */
  lastResort(request: FastifyRequest, state: AnswerState | undefined): unknown;
  /** For the hook `onSend`. */
  onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void>;
}

interface KeptAnswer {
  readonly userIdx: number | undefined;
  readonly state: AnswerState;
  readonly body: Buffer;
  /** Monotonic milliseconds. */
  readonly keptAtMs: number;
}

/** Of an entry beside its bytes: key, state and what holds them together. */
const ENTRY_BYTES = 500;

/** @param count Told of every look-up. */
export function createAnswerCache(
  { maxBytes, maxAgeMs, lastResortMs }: AnswerCacheLimits,
  count: (result: 'hit' | 'miss' | 'changed') => void,
): AnswerCache {
  const nothing = async (): Promise<void> => undefined;
  if (maxBytes === 0)
    return {
      isOn: false,
      replyFromKept: nothing,
      keepWhenSent: () => undefined,
      lastResort: () => undefined,
      onSend: nothing,
    };
  const kept = new LRUCache<string, KeptAnswer>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + ENTRY_BYTES,
    ttl: Math.max(maxAgeMs, lastResortMs),
  });
  const awaited = new WeakMap<FastifyRequest, Pick<KeptAnswer, 'userIdx' | 'state'>>();
  return {
    isOn: true,
    async replyFromKept(request, reply, stateNow) {
      const key = keyOf(request);
      const answer = kept.get(key);
      if (answer === undefined || performance.now() - answer.keptAtMs > maxAgeMs) return count('miss');
      const state = await stateNow(answer.userIdx).catch(() => undefined);
      if (!isSame(state, answer.state)) return count('changed');
      count('hit');
      await reply
        .header('content-type', 'application/json; charset=utf-8')
        .header('server-timing', 'cache;desc=hit')
        .send(answer.body);
    },
    keepWhenSent(request, userIdx, state) {
      awaited.set(request, { userIdx, state });
    },
    lastResort(request, state) {
      const answer = kept.get(keyOf(request));
      return answer !== undefined && isSame(state, answer.state) ? JSON.parse(answer.body.toString()) : undefined;
    },
    async onSend(request, reply, payload) {
      const answer = awaited.get(request);
      if (answer === undefined || reply.statusCode !== 200 || typeof payload !== 'string') return;
      kept.set(keyOf(request), { ...answer, body: Buffer.from(payload), keptAtMs: performance.now() });
    },
  };
}

function isSame(now: AnswerState | undefined, then: AnswerState): boolean {
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
