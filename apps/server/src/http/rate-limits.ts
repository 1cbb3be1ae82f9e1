import { MatineeError } from '@matinee/numerics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../identity/network.ts';
import type { App } from './app.ts';
import { accessOf, operationIdOf } from './operation-access.ts';

/** Requests a minute; 0 = no limit. Each process counts for itself. */
export interface RateLimits {
  /** Of one API key. */
  readonly perKey: number;
  /** For one user, of one key or, without a key, of one address. */
  readonly perUser: number;
  /** Of one address, without a key. */
  readonly perAddress: number;
}

export const NO_RATE_LIMITS: RateLimits = { perKey: 0, perUser: 0, perAddress: 0 };

/** For a server that others reach: a page with its rows and posters is some ten requests, a school has one address. */
export const DEFAULT_RATE_LIMITS: RateLimits = { perKey: 60_000, perUser: 1200, perAddress: 12_000 };

const WINDOW_SECONDS = 60;

/** One limit, with what is counted by it. */
interface Limit {
  readonly name: 'key' | 'user' | 'address';
  readonly perMinute: number;
  readonly counter: RateLimiterMemory;
}

type Limits = Partial<Record<Limit['name'], Limit>>;

/**
 * Counts requests and refuses those beyond a limit with `TOO_MANY_REQUESTS`, before they cost anything else. What needs
 * no key, such as posters and files, is not counted. Every counted answer says in `ratelimit` and `ratelimit-policy`
 * what is left.
 *
 * The library is loaded only where there are limits.
 */
export async function addRateLimits(app: App, limits: RateLimits): Promise<void> {
  const counted = await openLimits(limits);
  if (Object.keys(counted).length === 0) return;
  const policy = Object.values(counted)
    .map(({ name, perMinute }) => `"${name}";q=${perMinute};w=${WINDOW_SECONDS}`)
    .join(', ');

  async function count(reply: FastifyReply, limit: Limit, owner: string): Promise<void> {
    const result = await consume(limit.counter, owner);
    const seconds = Math.ceil(result.msBeforeNext / 1000);
    const left = `"${limit.name}";r=${result.remainingPoints};t=${seconds}`;
    const others = reply.getHeader('ratelimit');
    reply.header('ratelimit', others === undefined ? left : `${String(others)}, ${left}`);
    if (result.consumedPoints <= limit.perMinute) return;
    throw new MatineeError(
      'TOO_MANY_REQUESTS',
      `at most ${limit.perMinute} requests a minute of one ${limit.name}; try again in ${seconds} seconds`,
      { cause: { retryAfterSeconds: seconds } },
    );
  }

  app.addHook('onRequest', async (request, reply) => {
    if (accessOf(operationIdOf(request))?.scope === undefined) return;
    reply.header('ratelimit-policy', policy);
    const owner = ownerOf(request);
    const limit = request.apiKey === undefined ? counted.address : counted.key;
    if (limit !== undefined) await count(reply, limit, owner);
    const user = counted.user && (userIn(request.query) ?? userIn(request.params));
    if (counted.user && user !== undefined) await count(reply, counted.user, `${owner} ${user}`);
  });
  app.addHook('preHandler', (request, reply, next) => {
    const user = counted.user && userIn(request.body);
    if (counted.user === undefined || user === undefined) return next();
    count(reply, counted.user, `${ownerOf(request)} ${user}`).then(() => next(), next);
  });
}

async function openLimits({ perKey, perUser, perAddress }: RateLimits): Promise<Limits> {
  const wanted = Object.entries({ key: perKey, user: perUser, address: perAddress }).filter(([, each]) => each > 0);
  if (wanted.length === 0) return {};
  const { RateLimiterMemory: Counter } = await import('rate-limiter-flexible');
  const limits = wanted.map(([name, perMinute]) => ({
    name: name as Limit['name'],
    perMinute,
    counter: new Counter({ points: perMinute, duration: WINDOW_SECONDS }),
  }));
  return Object.fromEntries(limits.map((limit) => [limit.name, limit]));
}

/** The library rejects with the same result where the limit is exceeded. */
function consume(counter: RateLimiterMemory, owner: string): Promise<RateLimiterRes> {
  return counter.consume(owner).catch((result: RateLimiterRes) => result);
}

/** Users are counted apart for each owner: nobody else uses up what a user may do. */
function ownerOf({ apiKey, ip }: FastifyRequest): string {
  return apiKey === undefined ? networkOf(ip) : apiKey.keyId;
}

/** Returns the user that a part of a request names, as it stands there. */
function userIn(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const { user_idx, userIdx, user_id, userId } = part as Readonly<Record<string, unknown>>;
  const user = user_idx ?? userIdx ?? user_id ?? userId;
  return typeof user === 'string' || typeof user === 'number' ? String(user).slice(0, 200) : undefined;
}
