import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIRST_VISITOR_IDX, type VisitorStore } from '../ports/visitor-store.ts';

/** A store that can be closed and opened again on the same storage. */
export interface VisitorStoreFixture {
  readonly open: () => Promise<VisitorStore>;
  /** Removes the storage. */
  readonly destroy: () => Promise<void>;
}

/** What every {@link VisitorStore} does. `createFixture` gives empty storage. */
export function describeVisitorStore(name: string, createFixture: () => Promise<VisitorStoreFixture>): void {
  describe(`${name} as a visitor store`, () => {
    let fixture: VisitorStoreFixture;
    let store: VisitorStore;
    beforeEach(async () => {
      fixture = await createFixture();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.destroy();
    });

    it('numbers visitors from the first visitor index up', async () => {
      expect(await store.create('visitor-a', 5)).toEqual({
        userIdx: FIRST_VISITOR_IDX,
        userId: 'visitor-a',
        createdAtMs: 5,
        secretHash: null,
      });
      expect((await store.create('visitor-b', 6)).userIdx).toBe(FIRST_VISITOR_IDX + 1);
    });

    it('gives different numbers to visitors made at the same time', async () => {
      const made = await Promise.all(Array.from({ length: 50 }, (_, index) => store.create(`visitor-${index}`, 1)));
      expect(new Set(made.map(({ userIdx }) => userIdx)).size).toBe(50);
    });

    it('finds a visitor by number and by id, and nobody under an unknown one', async () => {
      const visitor = await store.create('visitor-a', 5);
      expect(await store.find(visitor.userIdx)).toEqual(visitor);
      expect(await store.find(visitor.userIdx + 1)).toBeUndefined();
      expect(await store.find(0)).toBeUndefined();
      expect(await store.findById('visitor-a')).toEqual(visitor);
      expect(await store.findById('visitor-b')).toBeUndefined();
    });

    it('removes a visitor and does not give the number again', async () => {
      const first = await store.create('visitor-a', 1);
      await store.remove(first.userIdx);
      await store.remove(first.userIdx);
      expect([await store.find(first.userIdx), await store.findById('visitor-a')]).toEqual([undefined, undefined]);
      expect((await store.create('visitor-a', 2)).userIdx).toBe(first.userIdx + 1);
    });

    it('lists the newest first, at most as many as asked', async () => {
      for (const id of ['a', 'b', 'c']) await store.create(`visitor-${id}`, 1);
      expect((await store.list(2)).map(({ userId }) => userId)).toEqual(['visitor-c', 'visitor-b']);
    });

    it('lists the visitors of one secret, newest first', async () => {
      await store.create('visitor-a', 1, 'mine');
      await store.create('visitor-b', 1, 'another');
      await store.create('visitor-c', 1);
      const last = await store.create('visitor-d', 1, 'mine');
      expect(last.secretHash).toBe('mine');
      expect(await store.find(last.userIdx)).toEqual(last);
      expect((await store.listOfSecret('mine', 10)).map(({ userId }) => userId)).toEqual(['visitor-d', 'visitor-a']);
      expect(await store.listOfSecret('mine', 1)).toEqual([last]);
      expect(await store.listOfSecret('nobody’s', 10)).toEqual([]);
    });

    it('sweeps old and surplus visitors in steps, and never gives their numbers again', async () => {
      for (let day = 0; day < 6; day++) await store.create(`visitor-${day}`, day);
      const kept = async () => (await store.list(10)).map(({ createdAtMs }) => createdAtMs).toReversed();
      const first = await store.sweep({ afterRow: 0, limit: 4, createdBeforeMs: 2, keepNewest: 100 });
      expect(first).toEqual({ lastRow: FIRST_VISITOR_IDX + 3, isLast: false, removed: 2 });
      expect(await kept()).toEqual([2, 3, 4, 5]);
      const second = await store.sweep({ afterRow: first.lastRow, limit: 4, createdBeforeMs: 2, keepNewest: 100 });
      expect(second).toEqual({ lastRow: FIRST_VISITOR_IDX + 5, isLast: true, removed: 0 });
      expect((await store.sweep({ afterRow: 0, limit: 10, createdBeforeMs: 0, keepNewest: 2 })).removed).toBe(2);
      expect(await kept()).toEqual([4, 5]);
      expect((await store.sweep({ afterRow: 0, limit: 10, createdBeforeMs: 9, keepNewest: 0 })).removed).toBe(2);
      expect((await store.create('visitor-new', 9)).userIdx).toBe(FIRST_VISITOR_IDX + 6);
    });

    it('refuses a second visitor of the same id', async () => {
      await store.create('visitor-a', 5);
      await expect(store.create('visitor-a', 6)).rejects.toThrow();
      expect(await store.list(10)).toHaveLength(1);
    });

    it('keeps visitors and goes on counting over close and open', async () => {
      const first = await store.create('visitor-a', 5);
      await store.close();
      store = await fixture.open();
      expect(await store.find(first.userIdx)).toEqual(first);
      expect((await store.create('visitor-b', 6)).userIdx).toBe(first.userIdx + 1);
    });
  });
}
