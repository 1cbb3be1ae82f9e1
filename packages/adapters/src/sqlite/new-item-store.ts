import type { Arrival, ArrivalStore } from '@matinee/recommender';
import type { Kysely } from 'kysely';
import type { StoreSchema } from './schema.ts';

/** SQLite takes at most 32,766 parameters a statement. */
const MAX_ROWS_PER_INSERT = 500;

/** Arrivals in SQLite, as JSON in a column: they are read and written as a whole. */
export function createSqliteArrivalStore(db: Kysely<StoreSchema>): Omit<ArrivalStore, 'close'> {
  return {
    async add(arrivals) {
      const rows = arrivals.map(({ item, fact, arrivedAtMs }) => ({
        item_id: item.id,
        item: JSON.stringify(item),
        fact: JSON.stringify(fact),
        arrived_at_ms: arrivedAtMs,
      }));
      await db.transaction().execute(async (transaction) => {
        for (let start = 0; start < rows.length; start += MAX_ROWS_PER_INSERT) {
          const part = rows.slice(start, start + MAX_ROWS_PER_INSERT);
          await transaction.insertInto('arrivals').values(part).execute();
        }
      });
    },
    async readAll() {
      const rows = await db.selectFrom('arrivals').selectAll().orderBy('sequence').execute();
      return rows.map(
        ({ item, fact, arrived_at_ms }): Arrival => ({
          item: JSON.parse(item) as Arrival['item'],
          fact: JSON.parse(fact) as Arrival['fact'],
          arrivedAtMs: arrived_at_ms,
        }),
      );
    },
  };
}
