import type { StoredApiKey } from '@matinee/recommender';
import { describe, expect, it } from 'vitest';
import { createApiKey, keyIdOf, readScopes } from './api-key.ts';
import { createKeyRing } from './key-ring.ts';

const { text, stored } = createApiKey('shop', ['read'], 1);

function createRing(keys: () => readonly StoredApiKey[]) {
  const time = { ms: 0 };
  const reads = { count: 0 };
  const list = async () => {
    reads.count++;
    return keys();
  };
  return { time, reads, ...createKeyRing({ list }, () => time.ms) };
}

describe('an API key', () => {
  it('is 256 random bits behind an id, and only its hash is stored', () => {
    expect(text).toMatch(/^mk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/);
    expect(keyIdOf(text)).toBe(stored.keyId);
    expect(JSON.stringify(stored)).not.toContain(text.slice(12));
    expect(createApiKey('shop', ['read'], 1).text).not.toBe(text);
  });

  it('has scopes that exist', () => {
    expect(readScopes('write, read')).toEqual(['read', 'write']);
    expect(() => readScopes('read,all')).toThrow('a scope is one of read, write, catalogue, admin');
    expect(() => readScopes('')).toThrow('got ""');
  });
});

describe('createKeyRing', () => {
  it('finds a valid key, and nothing that is almost one', async () => {
    const { find, count } = createRing(() => [{ ...stored, revokedAtMs: null }]);
    expect(await find(text)).toEqual({ keyId: stored.keyId, name: 'shop', scopes: new Set(['read']) });
    const last = text.endsWith('A') ? 'B' : 'A';
    for (const other of [
      `${text.slice(0, -1)}${last}`,
      `${text}A`,
      text.slice(3),
      '',
      createApiKey('x', ['read'], 1).text,
    ]) {
      expect(await find(other), other).toBeUndefined();
    }
    expect(await count()).toBe(1);
  });

  it('reads the store once a second, however many requests come at once', async () => {
    const { find, time, reads } = createRing(() => [{ ...stored, revokedAtMs: null }]);
    await Promise.all(Array.from({ length: 20 }, () => find(text)));
    time.ms = 999;
    await find(text);
    expect(reads.count).toBe(1);
    time.ms = 1000;
    await find(text);
    expect(reads.count).toBe(2);
  });

  it('forgets a key that was revoked', async () => {
    let revokedAtMs: number | null = null;
    const { find, time } = createRing(() => [{ ...stored, revokedAtMs }]);
    expect(await find(text)).toBeDefined();
    revokedAtMs = 5;
    time.ms = 1000;
    expect(await find(text)).toBeUndefined();
  });

  it('goes on with the keys that it knows while the store fails, for a minute', async () => {
    let list = (): readonly StoredApiKey[] => [{ ...stored, revokedAtMs: null }];
    const { find, time } = createRing(() => list());
    expect(await find(text)).toBeDefined();
    list = () => {
      throw new Error('the disk hangs');
    };
    time.ms = 60_000;
    expect(await find(text)).toBeDefined();
    time.ms = 61_001;
    await expect(find(text)).rejects.toThrow('the disk hangs');
  });
});
