import { createHash, createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
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

const PLAIN = 'scrypt';
const PEPPERED = 'scrypt-peppered';

/**
 * Returns a slow, salted hash. It contains its cost parameters, so that they can be raised later.
 *
 * @param pepper A secret that is stored apart from the hashes: who has only these cannot try out PINs, of which there are
 * few. A hash with a pepper names it by a digest.
 */
export async function hashPin(pin: string, pepper: Uint8Array | undefined): Promise<string> {
  const salt = randomBytes(16);
  const key = await deriveKey(seasoned(pin, pepper), salt, COST.log2N, COST.r, COST.p);
  const common = [COST.log2N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')];
  return (pepper === undefined ? [PLAIN, ...common] : [PEPPERED, ...common, nameOf(pepper)]).join('$');
}

async function isPin(pin: string, hash: string, pepper: Uint8Array | undefined): Promise<boolean> {
  const [kind, log2N, r, p, salt = '', key = ''] = hash.split('$');
  const text = seasoned(pin, kind === PEPPERED ? pepper : undefined);
  const expected = Buffer.from(key, 'base64');
  const derived = await deriveKey(text, Buffer.from(salt, 'base64'), Number(log2N), Number(r), Number(p));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

/** @throws {MatineeError} `PIN_UNREADABLE` */
function requirePepper(hash: string, pepper: Uint8Array | undefined): void {
  const [kind, pepperName] = [hash.split('$')[0], hash.split('$').at(-1)];
  if (kind !== PEPPERED || (pepper !== undefined && nameOf(pepper) === pepperName)) return;
  throw new MatineeError('PIN_UNREADABLE', 'the secret of the PINs is missing; the operator restores it from a backup');
}

function seasoned(pin: string, pepper: Uint8Array | undefined): string {
  return pepper === undefined ? pin : createHmac('sha256', pepper).update(pin).digest('base64');
}

function nameOf(pepper: Uint8Array): string {
  return createHash('sha256').update(pepper).digest('hex').slice(0, 8);
}

function deriveKey(pin: string, salt: Buffer, log2N: number, r: number, p: number): Promise<Buffer> {
  const N = 2 ** log2N;
  return derive(pin, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
}

/** Who guesses: attempts of each are counted apart. */
interface AttemptCounter extends PinAttempts {
  take(lockedUntilMs: number): Promise<boolean>;
}

interface PinContext {
  /** Absent where hashes have none. */
  readonly pepper?: Uint8Array | undefined;
  /** The session that the request brings, of any profile. */
  readonly earlierSession?: string | undefined;
}

/**
 * Checks a PIN. The store counts every attempt before the PIN is compared, so that concurrent attempts, several
 * processes or a restart do not give more guesses.
 *
 * A client that still holds an earlier session of this profile, even one that has ended, knew the PIN once. Its
 * attempts are counted apart from everybody else's, so that nobody keeps it locked out with wrong guesses.
 *
 * A right PIN whose hash has no pepper is hashed anew with it, which ends the sessions of the profile once.
 *
 * @throws {MatineeError} `WRONG_PIN`; `PIN_LOCKED` while attempts are refused; `PIN_UNREADABLE` when the pepper is not
 * the one of the hash. The messages reveal nothing about the PIN.
 */
export async function requirePin(
  households: HouseholdStore,
  profileId: string,
  pin: string | undefined,
  nowMs: number,
  { pepper, earlierSession }: PinContext,
): Promise<void> {
  const state = await households.pinOf(profileId);
  if (state === undefined) return;
  if (pin === undefined) throw new MatineeError('WRONG_PIN', 'this profile has a PIN; it is missing');
  const counter = await counterOf(households, profileId, state, earlierSession);
  const waitMs = counter.lockedUntilMs - nowMs;
  // A longer wait was counted while the clock was wrong; it would last until the clock is wrong again.
  if (waitMs > 0 && waitMs <= LONGEST_WAIT_MS) {
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    throw new MatineeError('PIN_LOCKED', `too many wrong PINs; try again in ${retryAfterSeconds} seconds`, {
      cause: { retryAfterSeconds },
    });
  }
  requirePepper(state.hash, pepper);
  const isMine = await counter.take(nowMs + waitAfter(counter.failures + 1));
  if (!isMine) throw new MatineeError('PIN_LOCKED', 'another attempt is being made at this moment; try again');
  if (!(await isPin(pin, state.hash, pepper)))
    throw new MatineeError('WRONG_PIN', 'this is not the PIN of the profile');
  await households.forgetAttempts(profileId);
  if (pepper === undefined || state.hash.startsWith(`${PEPPERED}$`)) return;
  const hash = await hashPin(pin, pepper);
  // Somebody may have changed the PIN meanwhile.
  if ((await households.pinOf(profileId))?.hash === state.hash) await households.setPin(profileId, hash);
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
