import type { Visitor, VisitorStore } from '@matinee/recommender/ports';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { StoreSchema } from './schema.ts';

/** Creates the visitor store in SQLite. The table numbers the visitors. */
export function createSqliteVisitorStore(db: Kysely<StoreSchema>): Omit<VisitorStore, 'close'> {
  const columns = [
    'user_index as userIdx',
    'user_id as userId',
    'created_at_ms as createdAtMs',
    'secret_hash as secretHash',
  ] as const;
  const newestFirst = (limit: number) =>
    db.selectFrom('visitors').select(columns).orderBy('user_index', 'desc').limit(limit);
  return {
    create: (userId, createdAtMs, secretHash): Promise<Visitor> =>
      db
        .insertInto('visitors')
        .values({ user_id: userId, created_at_ms: createdAtMs, secret_hash: secretHash ?? null })
        .returning(columns)
        .executeTakeFirstOrThrow(),
    find: (userIdx) => db.selectFrom('visitors').select(columns).where('user_index', '=', userIdx).executeTakeFirst(),
    findById: (userId) => db.selectFrom('visitors').select(columns).where('user_id', '=', userId).executeTakeFirst(),
    list: (limit) => newestFirst(limit).execute(),
    listOfSecret: (secretHash, limit) => newestFirst(limit).where('secret_hash', '=', secretHash).execute(),
    async remove(userIdx) {
      await db.deleteFrom('visitors').where('user_index', '=', userIdx).execute();
    },
    async sweep({ afterRow, limit, createdBeforeMs, keepNewest }) {
      const next = await db
        .selectFrom('visitors')
        .select('user_index')
        .where('user_index', '>', afterRow)
        .orderBy('user_index')
        .limit(limit)
        .execute();
      const lastRow = next.at(-1)?.user_index ?? afterRow;
      const newest = await db
        .selectFrom('visitors')
        .select(({ fn }) => fn.max('user_index').as('userIdx'))
        .executeTakeFirst();
      const { numDeletedRows } = await db
        .deleteFrom('visitors')
        .where('user_index', '>', afterRow)
        .where('user_index', '<=', lastRow)
        .where(({ eb, or }) =>
          or([eb('created_at_ms', '<', createdBeforeMs), eb('user_index', '<=', (newest?.userIdx ?? 0) - keepNewest)]),
        )
        // SQLite uses the partial index only if the condition is written exactly as in the index.
        .where(
          sql<SqlBool>`NOT EXISTS (SELECT 1 FROM events WHERE events.user_id = visitors.user_id AND type <> 'impression')`,
        )
        .where(sql<SqlBool>`NOT EXISTS (SELECT 1 FROM profiles WHERE profiles.user_id = visitors.user_id)`)
        .executeTakeFirstOrThrow();
      return { lastRow, isLast: next.length < limit, removed: Number(numDeletedRows) };
    },
  };
}
