import { type Kysely, sql } from 'kysely';
import type { StoreSchema } from './schema.ts';

/**
 * Runs a change in a transaction that takes the write lock at its start. A transaction that reads first and writes
 * later fails when another process has written in between; this one waits or fails before it has read anything.
 */
export function inWriteTransaction<Result>(
  db: Kysely<StoreSchema>,
  change: (transaction: Kysely<StoreSchema>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await sql`BEGIN IMMEDIATE`.execute(connection);
    try {
      const result = await change(connection);
      await sql`COMMIT`.execute(connection);
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      await sql`ROLLBACK`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}
