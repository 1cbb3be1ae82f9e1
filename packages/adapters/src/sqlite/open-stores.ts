import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import type { EventLog, HouseholdStore, NewItemStore, VisitorStore } from '@matinee/recommender';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import Database from 'libsql';
import { createSqliteEventLog } from './event-log.ts';
import { createSqliteHouseholdStore } from './household-store.ts';
import { migrate } from './migrations.ts';
import { createSqliteNewItemStore } from './new-item-store.ts';
import type { StoreSchema } from './schema.ts';
import { createSqliteVisitorStore } from './visitor-store.ts';

export interface SqliteStores {
  readonly events: EventLog;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly newItems: NewItemStore;
  /** Finishes pending writes and closes the file. Closing one store closes all, since they share the connection. */
  close(): Promise<void>;
}

/** Highest number of cached statements: about a dozen queries, and inserts that differ in their number of rows. */
const MAX_PREPARED_STATEMENTS = 64;

/**
 * Opens the embedded stores, creating the file and its tables if they do not exist.
 *
 * WAL with `synchronous = FULL`: a commit returns after the log is on disk, so an acknowledged event survives SIGKILL
 * and power loss. Several processes may open the same file; a writer waits up to five seconds for another.
 *
 * @throws {MatineeError} `STORE_UNUSABLE` when the file cannot be opened or is not an SQLite file; `STORE_TOO_NEW` when
 *   a newer Matinee wrote it.
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
  return {
    events: { ...events.log, close },
    visitors: { ...createSqliteVisitorStore(db), close },
    households: { ...createSqliteHouseholdStore(db), close },
    newItems: { ...createSqliteNewItemStore(db), close },
    close,
  };
}

function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives its other files the mode of this one. An existing file is not opened here: closing it would give back
    // the locks of other connections.
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
    database = new Database(file);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    migrate(database, file);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof MatineeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MatineeError(
      'STORE_UNUSABLE',
      `cannot use ${file} as the event store: ${reason}; allow writing to it, restore it from a backup, or move it away`,
      { cause: error },
    );
  }
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
