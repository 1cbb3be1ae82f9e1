import { createHash } from 'node:crypto';
import type { EventLog } from '@matinee/recommender/ports';
import { type Kysely, sql } from 'kysely';
import type { StoreSchema } from './schema.ts';
import { inWriteTransaction } from './write-transaction.ts';

/** Deletes users from the event log and merges them. */
export function createUserDeletion(
  db: Kysely<StoreSchema>,
): Pick<EventLog, 'deleteUser' | 'deletedAmong' | 'mergeUsers' | 'wasMerged'> {
  return {
    deleteUser: (userId, atMs) =>
      inWriteTransaction(db, async (transaction) => {
        await remember(transaction, {
          user_hash: hashOf(userId),
          into_hash: null,
          visitor_idx: null,
          deleted_at_ms: atMs,
        });
        const { numDeletedRows } = await transaction
          .deleteFrom('events')
          .where('user_id', '=', userId)
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
    async deletedAmong(userIds) {
      const rows = await db.selectFrom('deleted_users').select('user_hash').where('into_hash', 'is', null).execute();
      if (rows.length === 0) return [];
      const hashes = new Set(rows.map(({ user_hash }) => user_hash));
      return userIds.filter((userId) => hashes.has(hashOf(userId)));
    },
    async wasMerged({ userIdx, userId }, intoUserId) {
      const rows = db.selectFrom('deleted_users').select('into_hash').where('into_hash', '=', hashOf(intoUserId));
      const found =
        userId !== undefined
          ? await rows.where('user_hash', '=', hashOf(userId)).executeTakeFirst()
          : userIdx !== undefined && (await rows.where('visitor_idx', '=', userIdx).executeTakeFirst());
      return Boolean(found);
    },
    mergeUsers: ({ userIdx, userId: fromUserId }, intoUserId, atMs) =>
      inWriteTransaction(db, async (transaction) => {
        const [user_hash, into_hash] = [hashOf(fromUserId), hashOf(intoUserId)];
        const earlier = await transaction
          .selectFrom('deleted_users')
          .select('into_hash')
          .where('user_hash', '=', user_hash)
          .executeTakeFirst();
        await giveOtherIds(transaction, fromUserId, intoUserId);
        const { numUpdatedRows } = await transaction
          .updateTable('events')
          .set({ user_id: intoUserId })
          .where('user_id', '=', fromUserId)
          .executeTakeFirstOrThrow();
        await remember(transaction, { user_hash, into_hash, visitor_idx: userIdx, deleted_at_ms: atMs });
        const moved = Number(numUpdatedRows);
        return moved === 0 && earlier?.into_hash === into_hash ? undefined : moved;
      }),
  };
}

/** Where both users have an event of one id, that of the first becomes another, also where an undo names it. */
async function giveOtherIds(transaction: Kysely<StoreSchema>, fromUserId: string, intoUserId: string): Promise<void> {
  const isTaken = sql`IN (SELECT event_id FROM events WHERE user_id = ${intoUserId})`;
  for (const column of ['event_id', 'undoes']) {
    const name = sql.ref(column);
    await sql`UPDATE events SET ${name} = ${name} || '~' WHERE user_id = ${fromUserId} AND ${name} ${isTaken}`.execute(
      transaction,
    );
  }
}

async function remember(transaction: Kysely<StoreSchema>, row: StoreSchema['deleted_users']): Promise<void> {
  await transaction
    .insertInto('deleted_users')
    .values(row)
    .onConflict((conflict) => conflict.column('user_hash').doUpdateSet(row))
    .execute();
}

function hashOf(userId: string): string {
  return createHash('sha256').update(userId).digest('hex');
}
