import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HouseholdStore, Profile } from '../ports/household-store.ts';

/** A store that can be closed and opened again on the same storage. */
export interface HouseholdStoreFixture {
  readonly open: () => Promise<HouseholdStore>;
  /** Removes the storage. */
  readonly destroy: () => Promise<void>;
}

const profile = (profileId: string, parts: Partial<Profile> = {}): Omit<Profile, 'hasPin'> => ({
  profileId,
  householdId: 'home',
  userId: `user-of-${profileId}`,
  name: profileId,
  createdAtMs: 1,
  isKids: false,
  maturityCap: null,
  allowList: null,
  hidden: [],
  region: null,
  ...parts,
});

/** What every {@link HouseholdStore} does. `createFixture` gives empty storage. */
export function describeHouseholdStore(name: string, createFixture: () => Promise<HouseholdStoreFixture>): void {
  describe(`${name} as a household store`, () => {
    let fixture: HouseholdStoreFixture;
    let store: HouseholdStore;
    beforeEach(async () => {
      fixture = await createFixture();
      store = await fixture.open();
      await store.createHousehold('home', 1);
    });
    afterEach(async () => {
      await store.close();
      await fixture.destroy();
    });

    it('knows the households that were made, and no other', async () => {
      expect(await store.hasHousehold('home')).toBe(true);
      expect(await store.hasHousehold('next door')).toBe(false);
    });

    it('gives back what was stored, by profile, user and household', async () => {
      const kim = profile('kim', {
        isKids: true,
        maturityCap: 12,
        allowList: ['m1', 'it"em\' --'],
        hidden: ['m9'],
        region: 'DE',
        createdAtMs: 2,
      });
      expect(await store.createProfile(kim)).toBe(true);
      expect(await store.createProfile(profile('ann'))).toBe(true);
      const stored = { ...kim, hasPin: false };
      expect(await store.findProfile('kim')).toEqual(stored);
      expect(await store.profileOfUser('user-of-kim')).toEqual(stored);
      expect((await store.profilesOf('home')).map(({ profileId }) => profileId)).toEqual(['ann', 'kim']);
      expect(await store.findProfile('bob')).toBeUndefined();
      expect(await store.profileOfUser('bob')).toBeUndefined();
      expect(await store.profilesOf('next door')).toEqual([]);
    });

    it('gives one user one profile', async () => {
      await store.createProfile(profile('ann'));
      expect(await store.createProfile(profile('other', { userId: 'user-of-ann' }))).toBe(false);
      expect(await store.profilesOf('home')).toHaveLength(1);
    });

    it('changes what may change, and nothing else', async () => {
      await store.createProfile(profile('ann'));
      await store.setPin('ann', 'hash');
      const change = { name: 'Ann', isKids: true, maturityCap: 7, allowList: [], hidden: ['m1'], region: 'AT' };
      await store.changeProfile('ann', change);
      expect(await store.findProfile('ann')).toEqual({ ...profile('ann'), ...change, hasPin: true });
    });

    it('removes a profile with its PIN and sessions', async () => {
      await store.createProfile(profile('ann'));
      await store.setPin('ann', 'hash');
      await store.openSession({ tokenHash: 't', profileId: 'ann', expiresAtMs: 100 }, 9);
      await store.removeProfile('ann');
      expect(await store.findProfile('ann')).toBeUndefined();
      expect(await store.pinOf('ann')).toBeUndefined();
      expect(await store.findSession('t')).toBeUndefined();
      expect(await store.createProfile(profile('ann'))).toBe(true);
    });

    it('keeps a PIN, and ends sessions when it changes', async () => {
      await store.createProfile(profile('ann'));
      await store.createProfile(profile('bob'));
      expect(await store.pinOf('ann')).toBeUndefined();
      await store.setPin('ann', 'hash');
      expect(await store.pinOf('ann')).toEqual({ hash: 'hash', failures: 0, lockedUntilMs: 0 });
      await store.openSession({ tokenHash: 't', profileId: 'ann', expiresAtMs: 100 }, 9);
      await store.openSession({ tokenHash: 'of bob', profileId: 'bob', expiresAtMs: 100 }, 9);
      await store.setPin('ann', null);
      expect(await store.pinOf('ann')).toBeUndefined();
      expect(await store.findSession('t')).toBeUndefined();
      expect(await store.findSession('of bob')).toMatchObject({ profileId: 'bob' });
    });

    it('counts one of several attempts that saw the same, and forgets after a right one', async () => {
      await store.createProfile(profile('ann'));
      await store.setPin('ann', 'hash');
      const taken = await Promise.all(Array.from({ length: 20 }, () => store.takeAttempt('ann', 0, 5)));
      expect(taken.filter((isMine) => isMine)).toHaveLength(1);
      expect(await store.pinOf('ann')).toEqual({ hash: 'hash', failures: 1, lockedUntilMs: 5 });
      expect(await store.takeAttempt('ann', 1, 9)).toBe(true);
      await store.forgetAttempts('ann');
      expect(await store.pinOf('ann')).toEqual({ hash: 'hash', failures: 0, lockedUntilMs: 0 });
    });

    it('stores sessions, the newest of a profile alone, and closes them', async () => {
      await store.createProfile(profile('ann'));
      await store.createProfile(profile('bob'));
      await store.openSession({ tokenHash: 'of bob', profileId: 'bob', expiresAtMs: 1 }, 2);
      for (const tokenHash of ['t1', 't2', 't3']) {
        await store.openSession({ tokenHash, profileId: 'ann', expiresAtMs: 100 }, 2);
      }
      expect(await store.findSession('t1')).toBeUndefined();
      const fresh = { tokenHash: 't2', profileId: 'ann', expiresAtMs: 100, failures: 0, lockedUntilMs: 0 };
      expect(await store.findSession('t2')).toEqual(fresh);
      expect(await store.findSession('of bob')).toMatchObject({ profileId: 'bob' });
      await store.closeSession('t2');
      expect(await store.findSession('t2')).toBeUndefined();
      expect(await store.findSession('t3')).toBeDefined();
    });

    it('counts the attempts of each session beside those of the profile', async () => {
      await store.createProfile(profile('ann'));
      await store.setPin('ann', 'hash');
      await store.openSession({ tokenHash: 't', profileId: 'ann', expiresAtMs: 100 }, 9);
      const taken = await Promise.all(Array.from({ length: 20 }, () => store.takeSessionAttempt('t', 0, 5)));
      expect(taken.filter((isMine) => isMine)).toHaveLength(1);
      expect(await store.findSession('t')).toMatchObject({ failures: 1, lockedUntilMs: 5 });
      expect(await store.pinOf('ann')).toMatchObject({ failures: 0, lockedUntilMs: 0 });
      expect(await store.takeSessionAttempt('nobody’s', 0, 5)).toBe(false);
    });

    it('sweeps households that stayed empty, in steps', async () => {
      for (const day of [2, 3, 4]) await store.createHousehold(`home-${day}`, day);
      await store.createProfile(profile('ann', { householdId: 'home-2' }));
      const range = { limit: 3, emptyBeforeMs: 4, unusedBeforeMs: 0, keepNewest: 100 };
      const first = await store.sweep({ ...range, afterRow: 0 });
      expect(first).toMatchObject({ isLast: false, removed: 2 });
      expect(await store.sweep({ ...range, afterRow: first.lastRow })).toMatchObject({ isLast: true, removed: 0 });
      for (const [household, isThere] of [
        ['home', false],
        ['home-2', true],
        ['home-3', false],
        ['home-4', true],
      ] as const) {
        expect(await store.hasHousehold(household), household).toBe(isThere);
      }
      await store.createHousehold('home-5', 5);
      expect(await store.sweep({ ...range, afterRow: 0, keepNewest: 1 })).toMatchObject({ removed: 1 });
      expect(await store.hasHousehold('home-4')).toBe(false);
    });

    it('keeps everything over close and open', async () => {
      await store.createProfile(profile('ann'));
      await store.setPin('ann', 'hash');
      await store.openSession({ tokenHash: 't', profileId: 'ann', expiresAtMs: 100 }, 9);
      await store.close();
      store = await fixture.open();
      expect(await store.hasHousehold('home')).toBe(true);
      expect(await store.findProfile('ann')).toEqual({ ...profile('ann'), hasPin: true });
      expect(await store.findSession('t')).toMatchObject({ profileId: 'ann', expiresAtMs: 100 });
    });
  });
}
