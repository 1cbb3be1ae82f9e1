import type { AppendResult, EventLog, FeedbackEvent, LoggedEvent } from '@matinee/recommender';
import { type Insertable, type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import type { EventsTable, StoreSchema } from './schema.ts';

const MS_A_DAY = 86_400_000;

/** SQLite takes at most 32,766 parameters per statement; an event has ten columns. */
const MAX_ROWS_PER_INSERT = 500;

interface WaitingAppend {
  readonly events: readonly FeedbackEvent[];
  resolve(results: readonly AppendResult[]): void;
  reject(error: unknown): void;
}

/** Creates the event log in SQLite. `drain` settles once all pending appends are written. */
export function createSqliteEventLog(db: Kysely<StoreSchema>): {
  log: Omit<EventLog, 'close'>;
  drain(): Promise<void>;
} {
  const { append, drain } = createGroupCommit(db);
  return { log: { append, ...createEventQueries(db) }, drain };
}

/**
 * Writes all appends of one tick of the event loop in one transaction (group commit), so that they share one disk sync.
 */
function createGroupCommit(db: Kysely<StoreSchema>): Pick<EventLog, 'append'> & { drain(): Promise<void> } {
  let waiting: WaitingAppend[] = [];
  let writing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const appends = waiting;
    waiting = [];
    if (appends.length === 0) return;
    try {
      const results = await insertEvents(
        db,
        appends.flatMap((append) => append.events),
      );
      let offset = 0;
      for (const append of appends) {
        append.resolve(results.slice(offset, offset + append.events.length));
        offset += append.events.length;
      }
    } catch (error) {
      for (const append of appends) append.reject(error);
    }
  };

  return {
    append(events) {
      return new Promise((resolve, reject) => {
        waiting.push({ events, resolve, reject });
        if (waiting.length > 1) return;
        const nextTick = new Promise<void>((done) => setImmediate(done));
        writing = Promise.all([writing, nextTick]).then(flush);
      });
    },
    drain: () => writing,
  };
}

function createEventQueries(db: Kysely<StoreSchema>): Omit<EventLog, 'append' | 'close'> {
  return {
    async eventsOfUser(userId, { limit, beforeSequence, itemId, types }) {
      let query = db.selectFrom('events').selectAll().where('user_id', '=', userId);
      if (beforeSequence !== undefined) query = query.where('sequence', '<', beforeSequence);
      if (itemId !== undefined) query = query.where('item_id', '=', itemId);
      if (types !== undefined) {
        query = query.where('type', 'in', types);
        // SQLite uses the partial index only if the condition is written exactly as in the index.
        if (!types.includes('impression')) query = query.where(sql<SqlBool>`type <> 'impression'`);
      }
      const rows = await query.orderBy('sequence', 'desc').limit(limit).execute();
      return rows.map(toLoggedEvent);
    },
    async impressionsOfUser(userId, sinceMs) {
      const days = sql<number>`count(DISTINCT at_ms / ${sql.lit(MS_A_DAY)})`;
      return (
        db
          .selectFrom('events')
          .select(({ fn }) => ['item_id as itemId', days.as('days'), fn.max('at_ms').as('lastAtMs')])
          .where('user_id', '=', userId)
          // SQLite uses the partial index only if the condition is written exactly as in the index.
          .where(sql<SqlBool>`type = 'impression'`)
          .where('at_ms', '>=', sinceMs)
          .groupBy('item_id')
          .orderBy('item_id')
          .execute()
      );
    },
    async eventsAfter(afterSequence, limit) {
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .where('sequence', '>', afterSequence)
        .orderBy('sequence')
        .limit(limit)
        .execute();
      return rows.map(toLoggedEvent);
    },
  };
}

/** Inserts events in one transaction. An id already in the log, or earlier in `events`, is reported as duplicate. */
async function insertEvents(db: Kysely<StoreSchema>, events: readonly FeedbackEvent[]): Promise<AppendResult[]> {
  if (events.length === 0) return [];
  const insert = async (target: Kysely<StoreSchema>, rows: readonly FeedbackEvent[]): Promise<string[]> => {
    const stored = await target
      .insertInto('events')
      .values(rows.map(toRow))
      .onConflict((conflict) => conflict.column('event_id').doNothing())
      .returning('event_id')
      .execute();
    return stored.map((row) => row.event_id);
  };
  const stored = new Set<string>();
  if (events.length <= MAX_ROWS_PER_INSERT) {
    for (const eventId of await insert(db, events)) stored.add(eventId);
  } else {
    await db.transaction().execute(async (transaction) => {
      for (let start = 0; start < events.length; start += MAX_ROWS_PER_INSERT) {
        const rows = events.slice(start, start + MAX_ROWS_PER_INSERT);
        for (const eventId of await insert(transaction, rows)) stored.add(eventId);
      }
    });
  }
  return events.map(({ eventId }) => ({ eventId, status: stored.delete(eventId) ? 'accepted' : 'duplicate' }));
}

function toRow(event: FeedbackEvent): Insertable<EventsTable> {
  return {
    event_id: event.eventId,
    user_id: event.userId,
    item_id: event.itemId,
    type: event.type,
    at_ms: event.atMs,
    undoes: event.undoes ?? null,
    request_id: event.requestId ?? null,
    row_id: event.rowId ?? null,
    position: event.position ?? null,
    propensity: event.propensity ?? null,
  };
}

function toLoggedEvent(row: Selectable<EventsTable>): LoggedEvent {
  return {
    sequence: row.sequence,
    eventId: row.event_id,
    userId: row.user_id,
    itemId: row.item_id,
    type: row.type,
    atMs: row.at_ms,
    ...(row.undoes === null ? {} : { undoes: row.undoes }),
    ...(row.request_id === null ? {} : { requestId: row.request_id }),
    ...(row.row_id === null ? {} : { rowId: row.row_id }),
    ...(row.position === null ? {} : { position: row.position }),
    ...(row.propensity === null ? {} : { propensity: row.propensity }),
  };
}
