import type { ApiKeyStore } from '@matinee/recommender/ports';
import type { Kysely } from 'kysely';
import type { StoreSchema } from './schema.ts';

/** Creates the store of API keys in SQLite. The table refuses two valid keys of one name. */
export function createSqliteApiKeyStore(db: Kysely<StoreSchema>): Omit<ApiKeyStore, 'close'> {
  return {
    async add({ keyId, name, scopes, hash, createdAtMs }) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('api_keys')
        .values({
          key_id: keyId,
          name,
          scopes: scopes.join(','),
          hash,
          created_at_ms: createdAtMs,
          revoked_at_ms: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    async list() {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('sequence').execute();
      return rows.map((row) => ({
        keyId: row.key_id,
        name: row.name,
        scopes: row.scopes.split(','),
        hash: row.hash,
        createdAtMs: row.created_at_ms,
        revokedAtMs: row.revoked_at_ms,
      }));
    },
    async revoke(nameOrId, atMs) {
      const { numUpdatedRows } = await db
        .updateTable('api_keys')
        .set({ revoked_at_ms: atMs })
        .where('revoked_at_ms', 'is', null)
        .where(({ eb, or }) => or([eb('name', '=', nameOrId), eb('key_id', '=', nameOrId)]))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
  };
}
