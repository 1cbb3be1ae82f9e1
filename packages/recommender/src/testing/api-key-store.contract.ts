import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKeyStore } from '../ports/api-key-store.ts';

/** A store that can be closed and opened again on the same storage. */
export interface ApiKeyStoreFixture {
  readonly open: () => Promise<ApiKeyStore>;
  /** Removes the storage. */
  readonly destroy: () => Promise<void>;
}

const SHOP = { keyId: 'shop0001', name: 'shop', scopes: ['read', 'write'], hash: 'ab12', createdAtMs: 5 };

/** What every {@link ApiKeyStore} does. `createFixture` gives empty storage. */
export function describeApiKeyStore(name: string, createFixture: () => Promise<ApiKeyStoreFixture>): void {
  describe(`${name} as a store of API keys`, () => {
    let fixture: ApiKeyStoreFixture;
    let store: ApiKeyStore;
    beforeEach(async () => {
      fixture = await createFixture();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.destroy();
    });

    it('lists what was added, oldest first', async () => {
      expect(await store.list()).toEqual([]);
      expect(await store.add(SHOP)).toBe(true);
      expect(await store.add({ ...SHOP, keyId: 'job00001', name: 'job', scopes: ['catalogue'] })).toBe(true);
      expect(await store.list()).toEqual([
        { ...SHOP, revokedAtMs: null },
        { ...SHOP, keyId: 'job00001', name: 'job', scopes: ['catalogue'], revokedAtMs: null },
      ]);
    });

    it('takes no second valid key of one name, and no second one of an id', async () => {
      await store.add(SHOP);
      expect(await store.add({ ...SHOP, keyId: 'shop0002' })).toBe(false);
      expect(await store.add({ ...SHOP, name: 'other' })).toBe(false);
      expect(await store.list()).toHaveLength(1);
    });

    it('revokes by name or id, once, and remembers when', async () => {
      await store.add(SHOP);
      expect(await store.revoke('nobody', 6)).toBe(false);
      expect(await store.revoke('shop', 7)).toBe(true);
      expect(await store.revoke('shop', 8)).toBe(false);
      expect(await store.list()).toEqual([{ ...SHOP, revokedAtMs: 7 }]);
      // The name is free again.
      expect(await store.add({ ...SHOP, keyId: 'shop0002' })).toBe(true);
      expect(await store.revoke('shop0002', 9)).toBe(true);
    });

    it('keeps keys over close and open', async () => {
      await store.add(SHOP);
      await store.close();
      store = await fixture.open();
      expect(await store.list()).toEqual([{ ...SHOP, revokedAtMs: null }]);
    });
  });
}
