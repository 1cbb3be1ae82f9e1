import type { ItemChange, NewItemRecord, NewItemStore } from '@matinee/recommender/ports';
import type { Kysely, Selectable } from 'kysely';
import type { ItemChangesTable, StoreSchema } from './schema.ts';
import { inWriteTransaction } from './write-transaction.ts';

/** SQLite takes at most 32,766 parameters per statement. */
const MAX_ROWS_PER_INSERT = 500;

/** Creates the store of new items in SQLite. Items and facts are JSON columns, read and written as a whole. */
export function createSqliteNewItemStore(db: Kysely<StoreSchema>): Omit<NewItemStore, 'close'> {
  return {
    async add(newItems) {
      const rows = newItems.map(({ item, fact, addedAtMs }) => ({
        item_id: item.id,
        item: JSON.stringify(item),
        fact: JSON.stringify(fact),
        arrived_at_ms: addedAtMs,
      }));
      await inWriteTransaction(db, async (transaction) => {
        for (let start = 0; start < rows.length; start += MAX_ROWS_PER_INSERT) {
          const part = rows.slice(start, start + MAX_ROWS_PER_INSERT);
          await transaction.insertInto('arrivals').values(part).execute();
        }
      });
    },
    async readAll() {
      const rows = await db.selectFrom('arrivals').selectAll().orderBy('sequence').execute();
      return rows.map(
        ({ item, fact, arrived_at_ms }): NewItemRecord => ({
          item: JSON.parse(item) as NewItemRecord['item'],
          fact: JSON.parse(fact) as NewItemRecord['fact'],
          addedAtMs: arrived_at_ms,
        }),
      );
    },
    change: (changes) =>
      inWriteTransaction(db, async (transaction) => {
        const merged: ItemChange[] = [];
        for (const change of changes) merged.push(await mergeInto(transaction, change));
        return merged;
      }),
    async readChanges() {
      const rows = await db.selectFrom('item_changes').selectAll().orderBy('item_id').execute();
      return rows.map(toItemChange);
    },
  };
}

async function mergeInto(transaction: Kysely<StoreSchema>, change: ItemChange): Promise<ItemChange> {
  const { itemId, changedAtMs } = change;
  const row = await transaction.selectFrom('item_changes').selectAll().where('item_id', '=', itemId).executeTakeFirst();
  const before = row && toItemChange(row);
  const merged: ItemChange = {
    ...before,
    ...change,
    item: { ...before?.item, ...change.item },
    fact: { ...before?.fact, ...change.fact },
  };
  const { item, fact, isDeleted } = merged;
  const text = JSON.stringify({ item, fact, isDeleted });
  await transaction
    .insertInto('item_changes')
    .values({ item_id: itemId, change: text, changed_at_ms: changedAtMs })
    .onConflict((conflict) => conflict.column('item_id').doUpdateSet({ change: text, changed_at_ms: changedAtMs }))
    .execute();
  return merged;
}

function toItemChange({ item_id, change, changed_at_ms }: Selectable<ItemChangesTable>): ItemChange {
  return {
    itemId: item_id,
    ...(JSON.parse(change) as Pick<ItemChange, 'item' | 'fact' | 'isDeleted'>),
    changedAtMs: changed_at_ms,
  };
}
