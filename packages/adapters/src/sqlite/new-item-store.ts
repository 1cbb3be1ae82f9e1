import type { NewItemRecord, NewItemStore } from '@matinee/recommender/ports';
import type { Kysely } from 'kysely';
import type { StoreSchema } from './schema.ts';
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
  };
}
