import type { Visitor, VisitorStore } from '@matinee/recommender/ports';
import type { Kysely } from 'kysely';
import type { StoreSchema } from './schema.ts';

/** Creates the visitor store in SQLite. The table numbers the visitors. */
export function createSqliteVisitorStore(db: Kysely<StoreSchema>): Omit<VisitorStore, 'close'> {
  const columns = ['user_index as userIdx', 'user_id as userId', 'created_at_ms as createdAtMs'] as const;
  return {
    create: (userId, createdAtMs): Promise<Visitor> =>
      db
        .insertInto('visitors')
        .values({ user_id: userId, created_at_ms: createdAtMs })
        .returning(columns)
        .executeTakeFirstOrThrow(),
    find: (userIdx) => db.selectFrom('visitors').select(columns).where('user_index', '=', userIdx).executeTakeFirst(),
    findById: (userId) => db.selectFrom('visitors').select(columns).where('user_id', '=', userId).executeTakeFirst(),
    list: (limit) => db.selectFrom('visitors').select(columns).orderBy('user_index', 'desc').limit(limit).execute(),
  };
}
