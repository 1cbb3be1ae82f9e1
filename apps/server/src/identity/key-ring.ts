import { timingSafeEqual } from 'node:crypto';
import type { ApiKeyStore, StoredApiKey } from '@matinee/recommender';
import { type ApiKey, keyIdOf } from './api-key.ts';
import { hashOfSecret } from './secrets.ts';

/** A key that is made or revoked by another process counts after so long. */
const FRESH_MS = 1000;
/** Without the store, the keys last read count for so long: longer, and a revoked key would go on opening. */
const STALE_MS = 60_000;

/** The valid keys, read from the store at most once a second. */
export interface KeyRing {
  /**
   * Returns the valid key with this text; undefined where there is none.
   *
   * @throws the store's error, once the keys could not be read for a minute.
   */
  find(text: string): Promise<ApiKey | undefined>;
  /** Returns the number of valid keys. */
  count(): Promise<number>;
}

interface Known {
  readonly key: ApiKey;
  readonly hash: Buffer;
}

/** What the digest of a key is compared with whose id nobody has, so that this takes as long. */
const NOBODY = Buffer.alloc(32);

/** @param now Returns monotonic milliseconds. */
export function createKeyRing(store: Pick<ApiKeyStore, 'list'>, now: () => number): KeyRing {
  let known: ReadonlyMap<string, Known> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    triedAtMs = now();
    known = validKeys(await store.list());
    readAtMs = triedAtMs;
  }

  async function present(): Promise<ReadonlyMap<string, Known>> {
    if (now() - triedAtMs < FRESH_MS && reading === undefined && readAtMs === triedAtMs) return known;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    try {
      await reading;
    } catch (error) {
      if (now() - readAtMs > STALE_MS) throw error;
    }
    return known;
  }

  return {
    async find(text) {
      const keyId = keyIdOf(text);
      if (keyId === undefined) return undefined;
      const found = (await present()).get(keyId);
      const digest = Buffer.from(hashOfSecret(text), 'hex');
      return timingSafeEqual(digest, found?.hash ?? NOBODY) ? found?.key : undefined;
    },
    count: async () => (await present()).size,
  };
}

function validKeys(keys: readonly StoredApiKey[]): ReadonlyMap<string, Known> {
  const valid = keys.filter(({ revokedAtMs }) => revokedAtMs === null);
  return new Map(
    valid.map(({ keyId, name, scopes, hash }) => [
      keyId,
      { key: { keyId, name, scopes: new Set(scopes) }, hash: Buffer.from(hash, 'hex') },
    ]),
  );
}
