import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewItemRecord, NewItemStore } from '../ports/new-item-store.ts';

/** A store that can be closed and opened again on the same storage. */
export interface NewItemStoreFixture {
  readonly open: () => Promise<NewItemStore>;
  /** Removes the storage. */
  readonly destroy: () => Promise<void>;
}

/** What every {@link NewItemStore} does. `createFixture` gives empty storage. */
export function describeNewItemStore(name: string, createFixture: () => Promise<NewItemStoreFixture>): void {
  const newItem = (id: string): NewItemRecord => ({ item: { id }, fact: {}, addedAtMs: 7 });
  const full: NewItemRecord = {
    item: {
      id: 'b/2 “x”',
      title: 'Übermorgen',
      year: 2026,
      genres: ['Drama', 'Sci-Fi'],
      posterUrl: 'https://posters.example/2.jpg',
      attributes: { tags: ['slow', 'space'], minutes: 99, deep: { er: null } },
    },
    fact: {
      maturity: { age: 13, source: 'listed' },
      distributor: 'Gaumont',
      regions: ['DE', 'FR'],
      licenceStart: 1_700_000_000,
      licenceEnd: 1_800_000_000,
      isOriginal: true,
    },
    addedAtMs: 1_750_000_000_123,
  };

  describe(`${name} as a store of new items`, () => {
    let fixture: NewItemStoreFixture;
    let store: NewItemStore;
    beforeEach(async () => {
      fixture = await createFixture();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.destroy();
    });

    it('is empty at first', async () => {
      expect(await store.readAll()).toEqual([]);
    });

    it('gives back every field, in the order it came', async () => {
      await store.add([newItem('z'), full]);
      await store.add([newItem('a')]);
      expect(await store.readAll()).toEqual([newItem('z'), full, newItem('a')]);
    });

    it('keeps the order of additions made at the same time', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, at) => store.add([newItem(`${at}-x`), newItem(`${at}-y`)])));
      const ids = (await store.readAll()).map(({ item }) => item.id);
      expect(ids).toHaveLength(40);
      for (let at = 0; at < 40; at += 2) expect(ids[at + 1]).toBe(ids[at]?.replace('x', 'y'));
    });

    it('stores all or none: an id that is there already refuses those beside it', async () => {
      await store.add([newItem('a')]);
      await expect(store.add([newItem('b'), newItem('a')])).rejects.toThrow();
      await expect(store.add([newItem('c'), newItem('c')])).rejects.toThrow();
      expect((await store.readAll()).map(({ item }) => item.id)).toEqual(['a']);
    });

    it('takes a thousand at once', async () => {
      const many = Array.from({ length: 1000 }, (_, at) => newItem(`many-${at}`));
      await store.add(many);
      expect(await store.readAll()).toEqual(many);
    });

    it('keeps what was changed of an item, one change over the other', async () => {
      expect(await store.readChanges()).toEqual([]);
      const first = { itemId: 'ü/ä', item: { title: 'One', year: 2000 }, fact: { isHidden: true }, changedAtMs: 1 };
      expect(await store.change([first, { itemId: 'b', item: {}, fact: {}, changedAtMs: 1 }])).toEqual([
        first,
        { itemId: 'b', item: {}, fact: {}, changedAtMs: 1 },
      ]);
      const second = { itemId: 'ü/ä', item: { year: null }, fact: { distributor: 'Gaumont' }, changedAtMs: 2 };
      const both = {
        ...{ itemId: 'ü/ä', item: { title: 'One', year: null }, changedAtMs: 2 },
        fact: { isHidden: true, distributor: 'Gaumont' },
      };
      expect(await store.change([second])).toEqual([both]);
      expect(await store.change([{ itemId: 'b', item: {}, fact: {}, isDeleted: true, changedAtMs: 3 }])).toMatchObject([
        { itemId: 'b', isDeleted: true },
      ]);
      await store.close();
      store = await fixture.open();
      expect(await store.readChanges()).toEqual([
        { itemId: 'b', item: {}, fact: {}, isDeleted: true, changedAtMs: 3 },
        both,
      ]);
      const back = { itemId: 'b', item: {}, fact: {}, isDeleted: false, changedAtMs: 4 };
      expect(await store.change([back])).toEqual([back]);
    });

    it('keeps them over close and open', async () => {
      await store.add([full]);
      await store.close();
      store = await fixture.open();
      await store.add([newItem('a')]);
      expect((await store.readAll()).map(({ item }) => item.id)).toEqual([full.item.id, 'a']);
    });
  });
}
