import { MatineeError } from '@matinee/numerics';
import { FIRST_VISITOR_IDX } from '@matinee/recommender/ports';

/** The part of libsql's `Database` that migrations need. */
interface MigratedDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { get(...parameters: readonly unknown[]): unknown };
}

/**
 * All schema changes, in order. The file stores in `user_version` how many were applied, so a released entry is never
 * edited: each change is a new entry.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     event_id TEXT NOT NULL UNIQUE,
     user_id TEXT NOT NULL,
     item_id TEXT NOT NULL,
     type TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     undoes TEXT,
     request_id TEXT,
     row_id TEXT,
     position INTEGER
   ) STRICT;
   CREATE INDEX events_of_user ON events (user_id, sequence);
   -- Impressions outnumber everything else; a request reads only what changes the answer.
   CREATE INDEX feedback_of_user ON events (user_id, sequence) WHERE type <> 'impression';
   CREATE TABLE visitors (
     user_index INTEGER PRIMARY KEY AUTOINCREMENT,
     user_id TEXT NOT NULL UNIQUE,
     created_at_ms INTEGER NOT NULL
   ) STRICT;
   -- AUTOINCREMENT continues from here and never reuses a number, even after rows are deleted.
   INSERT INTO sqlite_sequence (name, seq) VALUES ('visitors', ${FIRST_VISITOR_IDX - 1});`,
  `-- Holds all that skip fatigue asks for, so that the table itself is not read.
   CREATE INDEX impressions_of_user ON events (user_id, at_ms, item_id) WHERE type = 'impression';
   CREATE TABLE households (
     household_id TEXT PRIMARY KEY,
     created_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE profiles (
     profile_id TEXT PRIMARY KEY,
     household_id TEXT NOT NULL,
     user_id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     is_kids INTEGER NOT NULL,
     maturity_cap INTEGER,
     allow_list TEXT,
     hidden TEXT NOT NULL,
     region TEXT,
     pin_hash TEXT,
     pin_failures INTEGER NOT NULL,
     pin_locked_until_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX profiles_of_household ON profiles (household_id);
   CREATE TABLE profile_sessions (
     token_hash TEXT PRIMARY KEY,
     profile_id TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX sessions_of_profile ON profile_sessions (profile_id);
   CREATE INDEX sessions_by_end ON profile_sessions (expires_at_ms);`,
  'ALTER TABLE events ADD COLUMN propensity REAL;',

  `CREATE TABLE arrivals (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     item_id TEXT NOT NULL UNIQUE,
     item TEXT NOT NULL,
     fact TEXT NOT NULL,
     arrived_at_ms INTEGER NOT NULL
   ) STRICT;`,

  `-- The sequence of the undo that removed an event: derived from the undos, so that no reader searches for them.
   ALTER TABLE events ADD COLUMN undone_by INTEGER;
   CREATE INDEX undos ON events (undoes) WHERE undoes IS NOT NULL;
   UPDATE events SET undone_by = (
     SELECT min(undo.sequence) FROM events AS undo
     WHERE undo.undoes = events.event_id AND undo.type = 'undo'
       AND undo.user_id = events.user_id AND undo.sequence > events.sequence
   )
   WHERE type NOT IN ('impression', 'undo') AND event_id IN (SELECT undoes FROM events WHERE undoes IS NOT NULL);
   DROP INDEX undos;
   -- What holds of a user's feedback, by item and type: the newest is one step away, however many were undone. The
   -- last column is always NULL; without it SQLite also reads the table.
   CREATE INDEX standing_of_user ON events (user_id, item_id, type, sequence, undone_by)
     WHERE undone_by IS NULL AND type NOT IN ('impression', 'undo');
   CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL) STRICT;`,
  `ALTER TABLE visitors ADD COLUMN secret_hash TEXT;
   CREATE INDEX visitors_of_secret ON visitors (secret_hash, user_index) WHERE secret_hash IS NOT NULL;
   ALTER TABLE profile_sessions ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE profile_sessions ADD COLUMN locked_until_ms INTEGER NOT NULL DEFAULT 0;`,
  `-- What one person did with one title: an undo counts again what is left of it.
   CREATE INDEX feedback_of_user_and_item ON events (user_id, item_id, sequence) WHERE type <> 'impression';`,
  `CREATE TABLE api_keys (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     key_id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     scopes TEXT NOT NULL,
     hash TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     revoked_at_ms INTEGER
   ) STRICT;
   CREATE UNIQUE INDEX valid_key_of_name ON api_keys (name) WHERE revoked_at_ms IS NULL;`,
  `-- Ids of events are unique for each user, not over all. SQLite cannot drop a constraint, so the table is made anew.
   CREATE TABLE events_by_user (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     event_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     item_id TEXT NOT NULL,
     type TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     undoes TEXT,
     request_id TEXT,
     row_id TEXT,
     position INTEGER,
     propensity REAL,
     undone_by INTEGER,
     UNIQUE (user_id, event_id)
   ) STRICT;
   INSERT INTO events_by_user SELECT sequence, event_id, user_id, item_id, type, at_ms, undoes, request_id, row_id,
     position, propensity, undone_by FROM events ORDER BY sequence;
   DROP TABLE events;
   ALTER TABLE events_by_user RENAME TO events;
   CREATE INDEX events_of_user ON events (user_id, sequence);
   CREATE INDEX feedback_of_user ON events (user_id, sequence) WHERE type <> 'impression';
   CREATE INDEX impressions_of_user ON events (user_id, at_ms, item_id) WHERE type = 'impression';
   CREATE INDEX standing_of_user ON events (user_id, item_id, type, sequence, undone_by)
     WHERE undone_by IS NULL AND type NOT IN ('impression', 'undo');
   CREATE INDEX feedback_of_user_and_item ON events (user_id, item_id, sequence) WHERE type <> 'impression';
   -- An undo may come before what it undoes, and one undo may remove several events.
   CREATE INDEX undos_of_user ON events (user_id, undoes, sequence) WHERE type = 'undo';
   CREATE INDEX undone_events ON events (undone_by) WHERE undone_by IS NOT NULL;`,
  `-- What was changed of items while they were served: JSON, with the fields that were given.
   CREATE TABLE item_changes (
     item_id TEXT PRIMARY KEY,
     change TEXT NOT NULL,
     changed_at_ms INTEGER NOT NULL
   ) STRICT;`,
  `-- Users who were deleted, by a hash of their id; with \`into_hash\`, those whose events another user has now.
   CREATE TABLE deleted_users (
     user_hash TEXT PRIMARY KEY,
     into_hash TEXT,
     deleted_at_ms INTEGER NOT NULL
   ) STRICT;`,
  `-- at_ms is when it happened; received_ms is set where the client said so.
   ALTER TABLE events ADD COLUMN received_ms INTEGER;
   ALTER TABLE events ADD COLUMN rating REAL;
   ALTER TABLE events ADD COLUMN share REAL;
   -- Made anew with all that the newest of each item and type asks for, so that the table itself is not read.
   DROP INDEX standing_of_user;
   CREATE INDEX standing_of_user ON events (user_id, item_id, type, sequence, undone_by, received_ms)
     WHERE undone_by IS NULL AND type NOT IN ('impression', 'undo');
   CREATE INDEX own_times_of_user ON events (user_id, item_id, type, at_ms, sequence, undone_by, received_ms)
     WHERE undone_by IS NULL AND type NOT IN ('impression', 'undo') AND received_ms IS NOT NULL;`,
  `-- The number of a visitor who was merged, so that the same request is known when it comes again.
   ALTER TABLE deleted_users ADD COLUMN visitor_idx INTEGER;
   CREATE INDEX merged_visitors ON deleted_users (visitor_idx) WHERE visitor_idx IS NOT NULL;`,
];

/**
 * Migrates the file to the latest schema, each step in its own transaction.
 *
 * @param through How many of the changes are applied; fewer than all only in tests of a later change.
 * @throws {MatineeError} `STORE_TOO_NEW` when a newer version of Matinee wrote the file.
 */
export function migrate(database: MigratedDatabase, file: string, through = MIGRATIONS.length): void {
  const applied = schemaVersion(database);
  if (applied > MIGRATIONS.length) {
    throw new MatineeError(
      'STORE_TOO_NEW',
      `${file} was written by a newer Matinee (schema version ${applied}, this one supports ${MIGRATIONS.length}); ` +
        'update Matinee or move the file away',
    );
  }
  for (let version = applied; version < through; version++) {
    // The version is checked again inside the transaction: another process may be migrating the same file.
    database.exec('BEGIN IMMEDIATE');
    try {
      if (schemaVersion(database) === version) {
        database.exec(MIGRATIONS[version] ?? '');
        database.exec(`PRAGMA user_version = ${version + 1}`);
      }
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}

function schemaVersion(database: MigratedDatabase): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}
