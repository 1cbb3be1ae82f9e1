import type { HouseholdStore, Profile, ProfileChange } from '@matinee/recommender/ports';
import type { Kysely, Selectable } from 'kysely';
import type { ProfilesTable, StoreSchema } from './schema.ts';
import { inWriteTransaction } from './write-transaction.ts';

type HouseholdMethods = Pick<HouseholdStore, 'createHousehold' | 'hasHousehold'>;
type PinMethods = Pick<HouseholdStore, 'usersWithPin' | 'pinOf' | 'setPin' | 'takeAttempt' | 'forgetAttempts'>;
type SessionMethods = Pick<HouseholdStore, 'openSession' | 'profileOfSession'>;
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
  };
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
    async usersWithPin() {
      const rows = await db.selectFrom('profiles').select('user_id').where('pin_hash', 'is not', null).execute();
      return new Set(rows.map((row) => row.user_id));
    },
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
    async openSession({ tokenHash, profileId, expiresAtMs }, nowMs) {
      await db.deleteFrom('profile_sessions').where('expires_at_ms', '<=', nowMs).execute();
      await db
        .insertInto('profile_sessions')
        .values({ token_hash: tokenHash, profile_id: profileId, expires_at_ms: expiresAtMs })
        .execute();
    },
    async profileOfSession(tokenHash, nowMs) {
      const row = await db
        .selectFrom('profile_sessions')
        .select('profile_id')
        .where('token_hash', '=', tokenHash)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      return row?.profile_id;
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
