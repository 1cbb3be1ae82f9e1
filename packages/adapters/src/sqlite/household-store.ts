import type { HouseholdStore, Profile, ProfileChange } from '@matinee/recommender/ports';
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import type { ProfilesTable, StoreSchema } from './schema.ts';
import { inWriteTransaction } from './write-transaction.ts';

type HouseholdMethods = Pick<HouseholdStore, 'createHousehold' | 'hasHousehold' | 'sweep'>;
type PinMethods = Pick<HouseholdStore, 'pinOf' | 'setPin' | 'takeAttempt' | 'forgetAttempts'>;
type SessionMethods = Pick<HouseholdStore, 'openSession' | 'findSession' | 'takeSessionAttempt' | 'closeSession'>;
type ProfileMethods = Omit<HouseholdStore, 'close' | keyof (HouseholdMethods & PinMethods & SessionMethods)>;

/** Creates the household store in SQLite. Lists of items are one JSON column, read and written as a whole. */
export function createSqliteHouseholdStore(db: Kysely<StoreSchema>): Omit<HouseholdStore, 'close'> {
  return { ...householdMethods(db), ...profileMethods(db), ...pinMethods(db), ...sessionMethods(db) };
}

function householdMethods(db: Kysely<StoreSchema>): HouseholdMethods {
  return {
    async createHousehold(householdId, createdAtMs) {
      await db.insertInto('households').values({ household_id: householdId, created_at_ms: createdAtMs }).execute();
    },
    async hasHousehold(householdId) {
      const row = await db
        .selectFrom('households')
        .select('household_id')
        .where('household_id', '=', householdId)
        .executeTakeFirst();
      return row !== undefined;
    },
    async sweep({ afterRow, limit, emptyBeforeMs, unusedBeforeMs, keepNewest }) {
      const next = await db
        .selectFrom('households')
        .select(sql<number>`rowid`.as('row'))
        .where(sql<SqlBool>`rowid > ${afterRow}`)
        .orderBy(sql`rowid`)
        .limit(limit)
        .execute();
      const lastRow = next.at(-1)?.row ?? afterRow;
      const newest = await db
        .selectFrom('households')
        .select(sql<number | null>`max(rowid)`.as('row'))
        .executeTakeFirst();
      const surplusRow = (newest?.row ?? 0) - keepNewest;
      const removed = await db.transaction().execute(async (transaction) => {
        const households = await transaction
          .selectFrom('households')
          .select('household_id')
          .where(sql<SqlBool>`rowid > ${afterRow} AND rowid <= ${lastRow}`)
          .where(isUnused(emptyBeforeMs, unusedBeforeMs, surplusRow))
          .execute();
        for (const { household_id } of households) await removeHousehold(transaction, household_id);
        return households.length;
      });
      return { lastRow, isLast: next.length < limit, removed };
    },
  };
}

/** A condition on rows of `households`. A profile without a row in `visitors` belongs to a user of the dataset. */
function isUnused(emptyBeforeMs: number, unusedBeforeMs: number, surplusRow: number) {
  const profiles = sql`SELECT 1 FROM profiles WHERE profiles.household_id = households.household_id`;
  return sql<SqlBool>`(
    ((created_at_ms < ${emptyBeforeMs} OR households.rowid <= ${surplusRow}) AND NOT EXISTS (${profiles}))
    OR ((created_at_ms < ${unusedBeforeMs} OR households.rowid <= ${surplusRow}) AND NOT EXISTS (${profiles} AND (
      (profiles.created_at_ms >= ${unusedBeforeMs} AND households.rowid > ${surplusRow})
      OR NOT EXISTS (SELECT 1 FROM visitors WHERE visitors.user_id = profiles.user_id)
      OR EXISTS (SELECT 1 FROM events WHERE events.user_id = profiles.user_id)))))`;
}

async function removeHousehold(db: Kysely<StoreSchema>, householdId: string): Promise<void> {
  const profiles = db.selectFrom('profiles').select('profile_id').where('household_id', '=', householdId);
  await db.deleteFrom('profile_sessions').where('profile_id', 'in', profiles).execute();
  await db.deleteFrom('profiles').where('household_id', '=', householdId).execute();
  await db.deleteFrom('households').where('household_id', '=', householdId).execute();
}

function profileMethods(db: Kysely<StoreSchema>): ProfileMethods {
  return {
    async createProfile({ profileId, householdId, userId, createdAtMs, ...change }) {
      const stored = await db
        .insertInto('profiles')
        .values({
          profile_id: profileId,
          household_id: householdId,
          user_id: userId,
          created_at_ms: createdAtMs,
          pin_hash: null,
          pin_failures: 0,
          pin_locked_until_ms: 0,
          ...toColumns(change),
        })
        .onConflict((conflict) => conflict.column('user_id').doNothing())
        .returning('profile_id')
        .execute();
      return stored.length === 1;
    },
    async profilesOf(householdId) {
      const rows = await db
        .selectFrom('profiles')
        .selectAll()
        .where('household_id', '=', householdId)
        .orderBy('created_at_ms')
        .orderBy('profile_id')
        .execute();
      return rows.map(toProfile);
    },
    async findProfile(profileId) {
      const row = await db.selectFrom('profiles').selectAll().where('profile_id', '=', profileId).executeTakeFirst();
      return row && toProfile(row);
    },
    async profileOfUser(userId) {
      const row = await db.selectFrom('profiles').selectAll().where('user_id', '=', userId).executeTakeFirst();
      return row && toProfile(row);
    },
    async changeProfile(profileId, change) {
      await db.updateTable('profiles').set(toColumns(change)).where('profile_id', '=', profileId).execute();
    },
    async removeProfile(profileId) {
      await inWriteTransaction(db, async (transaction) => {
        await transaction.deleteFrom('profile_sessions').where('profile_id', '=', profileId).execute();
        await transaction.deleteFrom('profiles').where('profile_id', '=', profileId).execute();
      });
    },
  };
}

function pinMethods(db: Kysely<StoreSchema>): PinMethods {
  return {
    async pinOf(profileId) {
      const row = await db
        .selectFrom('profiles')
        .select(['pin_hash', 'pin_failures', 'pin_locked_until_ms'])
        .where('profile_id', '=', profileId)
        .executeTakeFirst();
      if (row === undefined || row.pin_hash === null) return undefined;
      return { hash: row.pin_hash, failures: row.pin_failures, lockedUntilMs: row.pin_locked_until_ms };
    },
    async setPin(profileId, hash) {
      await inWriteTransaction(db, async (transaction) => {
        await transaction.deleteFrom('profile_sessions').where('profile_id', '=', profileId).execute();
        await transaction
          .updateTable('profiles')
          .set({ pin_hash: hash, pin_failures: 0, pin_locked_until_ms: 0 })
          .where('profile_id', '=', profileId)
          .execute();
      });
    },
    async takeAttempt(profileId, failuresSeen, lockedUntilMs) {
      const taken = await db
        .updateTable('profiles')
        .set({ pin_failures: failuresSeen + 1, pin_locked_until_ms: lockedUntilMs })
        .where('profile_id', '=', profileId)
        .where('pin_failures', '=', failuresSeen)
        .returning('profile_id')
        .execute();
      return taken.length === 1;
    },
    async forgetAttempts(profileId) {
      await db
        .updateTable('profiles')
        .set({ pin_failures: 0, pin_locked_until_ms: 0 })
        .where('profile_id', '=', profileId)
        .execute();
    },
  };
}

function sessionMethods(db: Kysely<StoreSchema>): SessionMethods {
  return {
    async openSession({ tokenHash, profileId, expiresAtMs }, most) {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('profile_sessions')
          .values({ token_hash: tokenHash, profile_id: profileId, expires_at_ms: expiresAtMs })
          .execute();
        // By the order of storing, not by the clock, which may have been wrong.
        const newest = transaction
          .selectFrom('profile_sessions')
          .select(sql<number>`rowid`.as('row'))
          .where('profile_id', '=', profileId)
          .orderBy(sql`rowid`, 'desc')
          .limit(most);
        await transaction
          .deleteFrom('profile_sessions')
          .where('profile_id', '=', profileId)
          .where(sql<number>`rowid`, 'not in', newest)
          .execute();
      });
    },
    async findSession(tokenHash) {
      const row = await db
        .selectFrom('profile_sessions')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { profile_id, expires_at_ms, failures, locked_until_ms } = row;
      return { tokenHash, profileId: profile_id, expiresAtMs: expires_at_ms, failures, lockedUntilMs: locked_until_ms };
    },
    async takeSessionAttempt(tokenHash, failuresSeen, lockedUntilMs) {
      const taken = await db
        .updateTable('profile_sessions')
        .set({ failures: failuresSeen + 1, locked_until_ms: lockedUntilMs })
        .where('token_hash', '=', tokenHash)
        .where('failures', '=', failuresSeen)
        .returning('token_hash')
        .execute();
      return taken.length === 1;
    },
    async closeSession(tokenHash) {
      await db.deleteFrom('profile_sessions').where('token_hash', '=', tokenHash).execute();
    },
  };
}

function toColumns({ name, isKids, maturityCap, allowList, hidden, region }: ProfileChange) {
  return {
    name,
    is_kids: isKids ? 1 : 0,
    maturity_cap: maturityCap,
    allow_list: allowList === null ? null : JSON.stringify(allowList),
    hidden: JSON.stringify(hidden),
    region,
  };
}

function toProfile(row: Selectable<ProfilesTable>): Profile {
  return {
    profileId: row.profile_id,
    householdId: row.household_id,
    userId: row.user_id,
    name: row.name,
    createdAtMs: row.created_at_ms,
    isKids: row.is_kids === 1,
    maturityCap: row.maturity_cap,
    allowList: row.allow_list === null ? null : (JSON.parse(row.allow_list) as string[]),
    hidden: JSON.parse(row.hidden) as string[],
    region: row.region,
    hasPin: row.pin_hash !== null,
  };
}
