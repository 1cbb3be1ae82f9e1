import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore, PinAttempts } from '@matinee/recommender';
import { hashOfSecret } from '../identity/secrets.ts';

/** 32 MiB and about 50 ms per guess, not on the main thread. */
const COST = { log2N: 15, r: 8, p: 1 } as const;
const KEY_BYTES = 32;

/** Wrong PINs in a row without a penalty. Each further one doubles a waiting time, up to an hour. */
const FREE_ATTEMPTS = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Returns a slow, salted hash. It contains its cost parameters, so that they can be raised later. */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await deriveKey(pin, salt, COST.log2N, COST.r, COST.p);
  return ['scrypt', COST.log2N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

async function isPin(pin: string, hash: string): Promise<boolean> {
  const [, log2N, r, p, salt = '', key = ''] = hash.split('$');
  const expected = Buffer.from(key, 'base64');
  const derived = await deriveKey(pin, Buffer.from(salt, 'base64'), Number(log2N), Number(r), Number(p));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function deriveKey(pin: string, salt: Buffer, log2N: number, r: number, p: number): Promise<Buffer> {
  const N = 2 ** log2N;
  return derive(pin, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
}

/** Who guesses: attempts of each are counted apart. */
interface AttemptCounter extends PinAttempts {
  take(lockedUntilMs: number): Promise<boolean>;
}

/**
 * Checks a PIN. The store counts every attempt before the PIN is compared, so that concurrent attempts, several
 * processes or a restart do not give more guesses.
 *
 * A client that still holds an earlier session of this profile, even one that has ended, knew the PIN once. Its attempts
 * are counted apart from everybody else's, so that nobody keeps it locked out with wrong guesses.
 *
 * @param earlierSession The session that the request brings, of any profile.
 * @throws {MatineeError} `WRONG_PIN`; `PIN_LOCKED` while attempts are refused. The messages reveal nothing about the
 * PIN.
 */
export async function requirePin(
  households: HouseholdStore,
  profileId: string,
  pin: string | undefined,
  nowMs: number,
  earlierSession?: string,
): Promise<void> {
  const state = await households.pinOf(profileId);
  if (state === undefined) return;
  if (pin === undefined) throw new MatineeError('WRONG_PIN', 'this profile has a PIN; it is missing');
  const counter = await counterOf(households, profileId, state, earlierSession);
  const waitMs = counter.lockedUntilMs - nowMs;
  // A longer wait was counted while the clock was wrong; it would last until the clock is wrong again.
  if (waitMs > 0 && waitMs <= LONGEST_WAIT_MS) {
    throw new MatineeError('PIN_LOCKED', `too many wrong PINs; try again in ${Math.ceil(waitMs / 1000)} seconds`);
  }
  const isMine = await counter.take(nowMs + waitAfter(counter.failures + 1));
  if (!isMine) throw new MatineeError('PIN_LOCKED', 'another attempt is being made at this moment; try again');
  if (!(await isPin(pin, state.hash))) throw new MatineeError('WRONG_PIN', 'this is not the PIN of the profile');
  await households.forgetAttempts(profileId);
}

async function counterOf(
  households: HouseholdStore,
  profileId: string,
  { failures, lockedUntilMs }: PinAttempts,
  earlierSession: string | undefined,
): Promise<AttemptCounter> {
  const tokenHash = earlierSession === undefined ? undefined : hashOfSecret(earlierSession);
  const session = tokenHash === undefined ? undefined : await households.findSession(tokenHash);
  if (session?.profileId !== profileId) {
    const take = (untilMs: number) => households.takeAttempt(profileId, failures, untilMs);
    return { failures, lockedUntilMs, take };
  }
  const take = (untilMs: number) => households.takeSessionAttempt(session.tokenHash, session.failures, untilMs);
  return { failures: session.failures, lockedUntilMs: session.lockedUntilMs, take };
}

function waitAfter(failures: number): number {
  return failures < FREE_ATTEMPTS ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE_ATTEMPTS));
}
