import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import type { ApiKeyStore, EventLog, HouseholdStore, NewItemStore, VisitorStore } from '@matinee/recommender/ports';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import Database from 'libsql';
import { createSqliteApiKeyStore } from './api-key-store.ts';
import { createSqliteEventLog } from './event-log.ts';
import { createSqliteHouseholdStore } from './household-store.ts';
import { migrate } from './migrations.ts';
import { createSqliteNewItemStore } from './new-item-store.ts';
import type { StoreSchema } from './schema.ts';
import { guardStore, toStoreError } from './store-errors.ts';
import { createSqliteVisitorStore } from './visitor-store.ts';

export interface SqliteStores {
  readonly events: EventLog;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly newItems: NewItemStore;
  readonly apiKeys: ApiKeyStore;
  /** Writes a row durably. @throws {MatineeError} `STORE_UNAVAILABLE`, `STORE_DAMAGED` when nothing can be stored. */
  readonly probe: () => Promise<void>;
  /** Finishes pending writes and closes the file. Closing one store closes all, since they share the connection. */
  close(): Promise<void>;
}

/** Highest number of cached statements: about a dozen queries, and inserts that differ in their number of rows. */
const MAX_PREPARED_STATEMENTS = 64;

/**
 * Opens the embedded stores, creating the file and its tables if they do not exist.
 *
 * WAL with `synchronous = FULL`: a commit returns after the log is on disk, so an acknowledged event survives SIGKILL
 * and power loss. Several processes may open the same file; a writer waits for another, and readers go on meanwhile.
 *
 * @throws {MatineeError} `STORE_UNUSABLE` when the file cannot be opened; `STORE_DAMAGED` when it is no intact SQLite
 *   file; `STORE_UNAVAILABLE` when it is locked or the disk is full; `STORE_TOO_NEW` when a newer Matinee wrote it.
 */
export function openSqliteStores(file: string): SqliteStores {
  const database = openDatabase(file);
  const db = new Kysely<StoreSchema>({ dialect: new SqliteDialect({ database: withPreparedStatements(database) }) });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= events.drain().then(() => {
      database.close();
    });
    return closed;
  };
  const events = createSqliteEventLog(db);
  const probe = async (): Promise<void> => {
    const at_ms = Date.now();
    await db
      .insertInto('probe')
      .values({ id: 1, at_ms })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ at_ms }))
      .execute();
  };
  return {
    events: { ...guardStore(events.log, file), close },
    visitors: { ...guardStore(createSqliteVisitorStore(db), file), close },
    households: { ...guardStore(createSqliteHouseholdStore(db), file), close },
    newItems: { ...guardStore(createSqliteNewItemStore(db), file), close },
    apiKeys: { ...guardStore(createSqliteApiKeyStore(db), file), close },
    ...guardStore({ probe }, file),
    close,
  };
}

function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (file !== IN_MEMORY) makePrivateFile(file);
    database = new Database(file);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    migrate(database, file);
    // From here on a call that finds the file locked is tried again without holding the thread: see `guardStore`.
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    const known = toStoreError(error, file);
    if (known instanceof MatineeError) throw known;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MatineeError(
      'STORE_UNUSABLE',
      `cannot use ${file} as the event store: ${reason}; allow writing to it, restore it from a backup, or move it away`,
      { cause: error },
    );
  }
}

/** SQLite's name for a store that keeps nothing: no file. */
const IN_MEMORY = ':memory:';

function makePrivateFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives its other files the mode of this one. An existing file is not opened here: closing it would give back
  // the locks of other connections.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}

/**
 * Adapts libsql, which has the interface of better-sqlite3, to Kysely's dialect. Statements are cached, since preparing
 * one takes longer than most of the queries.
 */
function withPreparedStatements(database: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      database.close();
    },
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const prepared = database.prepare(sql);
      const statement: SqliteStatement = {
        reader: prepared.reader,
        all: (parameters) => prepared.all(...parameters),
        run: (parameters) => prepared.run(...parameters),
        iterate: (parameters) => prepared.iterate(...parameters),
      };
      if (statements.size >= MAX_PREPARED_STATEMENTS) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}
