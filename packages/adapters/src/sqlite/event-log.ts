import {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  isSameEvent,
  type LoggedEvent,
  MAX_EVENTS_OF_PAIR,
  MAX_IMPRESSIONS_READ,
  type ReplayedEvent,
  type StandingFeedback,
  UNDOABLE,
  UNDOABLE_BY_NAME,
} from '@matinee/recommender/ports';
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { createUserDeletion } from './delete-user.ts';
import type { EventsTable, StoreSchema } from './schema.ts';
import { inWriteTransaction } from './write-transaction.ts';

const MS_A_DAY = 86_400_000;

/**
 * SQLite takes at most 32,766 parameters per statement; an event has fourteen columns, two values of which find its
 * undo.
 */
const MAX_ROWS_PER_INSERT = 500;
/** With more changed items, all of a user's feedback is read instead. */
const MAX_CHANGED_ITEMS = 500;

/** Written exactly as in the index `standing_of_user`: SQLite uses a partial index only then. */
const IS_STANDING = sql<SqlBool>`undone_by IS NULL AND type NOT IN ('impression', 'undo')`;

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
  return { log: { append, ...createEventQueries(db), ...createUserDeletion(db) }, drain };
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

type EventQueries = Omit<EventLog, 'append' | 'close' | 'deleteUser' | 'deletedAmong' | 'mergeUsers' | 'wasMerged'>;

function createEventQueries(db: Kysely<StoreSchema>): EventQueries {
  return {
    async eventsOfUser(userId, { limit, beforeSequence, itemId, types, notUndoneBy }) {
      let query = db.selectFrom('events').selectAll().where('user_id', '=', userId);
      if (beforeSequence !== undefined) query = query.where('sequence', '<', beforeSequence);
      if (itemId !== undefined) query = query.where('item_id', '=', itemId);
      if (notUndoneBy !== undefined) query = query.where('undone_by', 'is not', notUndoneBy);
      if (types !== undefined) {
        query = query.where('type', 'in', types);
        // SQLite uses the partial index only if the condition is written exactly as in the index.
        if (!types.includes('impression')) query = query.where(sql<SqlBool>`type <> 'impression'`);
      }
      const rows = await query.orderBy('sequence', 'desc').limit(limit).execute();
      return rows.map(toLoggedEvent);
    },
    standingFeedback: (userId, afterSequence) => readStanding(db, userId, afterSequence),
    async impressionsOfUser(userId, sinceMs) {
      const newest = db
        .selectFrom('events')
        .select(['item_id', 'at_ms'])
        .where('user_id', '=', userId)
        // SQLite uses the partial index only if the condition is written exactly as in the index.
        .where(sql<SqlBool>`type = 'impression'`)
        .where('at_ms', '>=', sinceMs)
        .orderBy('at_ms', 'desc')
        .limit(MAX_IMPRESSIONS_READ);
      const days = sql<number>`count(DISTINCT at_ms / ${sql.lit(MS_A_DAY)})`;
      return db
        .selectFrom(newest.as('newest'))
        .select(({ fn }) => ['item_id as itemId', days.as('days'), fn.max('at_ms').as('lastAtMs')])
        .groupBy('item_id')
        .orderBy('item_id')
        .execute();
    },
    async timeOfNthNewest(userId, n) {
      const row = await db
        .selectFrom('events')
        .select(sql<number>`coalesce(received_ms, at_ms)`.as('stored_ms'))
        .where('user_id', '=', userId)
        .orderBy('sequence', 'desc')
        .limit(1)
        .offset(n - 1)
        .executeTakeFirst();
      return row?.stored_ms;
    },
    async eventsAfter(afterSequence, limit) {
      const page = db
        .selectFrom('events')
        .selectAll()
        .where('sequence', '>', afterSequence)
        .orderBy('sequence')
        .limit(limit);
      const rows = await page.execute();
      const last = rows.at(-1);
      if (last === undefined) return [];
      const undone = await readUndone(db, afterSequence, last.sequence);
      const others = await readOthersOfLate(db, rows);
      return rows.map((row): ReplayedEvent => {
        const target = undone.get(row.sequence);
        const ofPair = others.get(row.sequence);
        return {
          ...toLoggedEvent(row),
          ...(target && { undone: target }),
          ...(ofPair && { othersOfPair: ofPair }),
        };
      });
    },
  };
}

/** Returns the events before them that the undos of a part of the log removed, by the sequence of the undo. */
async function readUndone(
  db: Kysely<StoreSchema>,
  afterSequence: number,
  throughSequence: number,
): Promise<ReadonlyMap<number, LoggedEvent[]>> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('undone_by', '>', afterSequence)
    .where('undone_by', '<=', throughSequence)
    .whereRef('sequence', '<', 'undone_by')
    .orderBy('sequence')
    .execute();
  const undone = new Map<number, LoggedEvent[]>();
  for (const row of rows) {
    const undo = row.undone_by ?? 0;
    undone.set(undo, [...(undone.get(undo) ?? []), toLoggedEvent(row)]);
  }
  return undone;
}

/** Returns what `othersOfPair` of the events is, by their sequences: see {@link ReplayedEvent}. */
async function readOthersOfLate(
  db: Kysely<StoreSchema>,
  events: readonly Selectable<EventsTable>[],
): Promise<ReadonlyMap<number, LoggedEvent[]>> {
  const others = new Map<number, LoggedEvent[]>();
  const first = events.find(({ received_ms }) => received_ms !== null);
  if (first === undefined) return others;
  const rows = await sql<Selectable<EventsTable> & { readonly late: number }>`
    SELECT earlier.*, late.sequence AS late
    FROM events AS late JOIN events AS earlier ON earlier.sequence IN (
      SELECT sequence FROM events
      WHERE user_id = late.user_id AND item_id = late.item_id AND sequence < late.sequence
        AND type <> 'impression' AND type <> 'undo'
      ORDER BY sequence DESC LIMIT ${sql.lit(MAX_EVENTS_OF_PAIR)}
    )
    WHERE late.sequence BETWEEN ${first.sequence} AND ${events.at(-1)?.sequence ?? 0}
      AND late.received_ms IS NOT NULL
    ORDER BY late.sequence, earlier.sequence DESC`.execute(db);
  for (const row of rows.rows) others.set(row.late, [...(others.get(row.late) ?? []), toLoggedEvent(row)]);
  return others;
}

const NOTHING_CHANGED: StandingFeedback = {
  throughSequence: 0,
  changedItemIds: [],
  itemIds: [],
  types: new Uint8Array(0),
  atMs: new Float64Array(0),
  sequences: new Float64Array(0),
  shares: new Float64Array(0),
  isOwnTime: new Uint8Array(0),
};

async function readStanding(db: Kysely<StoreSchema>, userId: string, afterSequence: number): Promise<StandingFeedback> {
  // Read before the entries: an event that another process stores in between is read again next time.
  const throughSequence = await lastFeedbackOf(db, userId);
  if (throughSequence <= afterSequence) return { ...NOTHING_CHANGED, throughSequence };
  const changedItemIds = afterSequence === 0 ? null : await changedItemsOf(db, userId, afterSequence);
  const newest = db
    .selectFrom('events')
    .select(({ fn }) => fn.max('sequence').as('sequence'))
    .where('user_id', '=', userId)
    .where(IS_STANDING)
    .where('received_ms', 'is', null)
    .$if(changedItemIds !== null, (query) => query.where('item_id', 'in', changedItemIds ?? []))
    .groupBy(['item_id', 'type']);
  // Of those with a time of their own, the one that happened last: SQLite takes the row of the maximum.
  const latest = db
    .selectFrom('events')
    .select([sql<number>`sequence`.as('sequence'), sql<number>`max(at_ms)`.as('at_ms')])
    .where('user_id', '=', userId)
    .where(IS_STANDING)
    .where('received_ms', 'is not', null)
    .$if(changedItemIds !== null, (query) => query.where('item_id', 'in', changedItemIds ?? []))
    .groupBy(['item_id', 'type']);
  const places = newest.unionAll(db.selectFrom(latest.as('latest')).select('latest.sequence'));
  const rows = await db
    .selectFrom(places.as('places'))
    .innerJoin('events', 'events.sequence', 'places.sequence')
    .select(['events.sequence', 'item_id', 'type', 'at_ms', 'share', 'received_ms'])
    .orderBy('events.sequence')
    .execute();
  return {
    throughSequence,
    changedItemIds,
    itemIds: rows.map((row) => row.item_id),
    types: Uint8Array.from(rows, (row) => FEEDBACK_TYPES.indexOf(row.type)),
    atMs: Float64Array.from(rows, (row) => row.at_ms),
    sequences: Float64Array.from(rows, (row) => row.sequence),
    shares: Float64Array.from(rows, (row) => row.share ?? Number.NaN),
    isOwnTime: Uint8Array.from(rows, (row) => (row.received_ms === null ? 0 : 1)),
  };
}

async function lastFeedbackOf(db: Kysely<StoreSchema>, userId: string): Promise<number> {
  const last = await db
    .selectFrom('events')
    .select('sequence')
    .where('user_id', '=', userId)
    .where(sql<SqlBool>`type <> 'impression'`)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.sequence ?? 0;
}

/** Returns the items with an event after `afterSequence`; `null` for more than {@link MAX_CHANGED_ITEMS}. */
async function changedItemsOf(
  db: Kysely<StoreSchema>,
  userId: string,
  afterSequence: number,
): Promise<string[] | null> {
  const rows = await db
    .selectFrom('events')
    .select('item_id')
    .distinct()
    .where('user_id', '=', userId)
    .where('sequence', '>', afterSequence)
    .where(sql<SqlBool>`type <> 'impression'`)
    .limit(MAX_CHANGED_ITEMS + 1)
    .execute();
  return rows.length > MAX_CHANGED_ITEMS ? null : rows.map((row) => row.item_id);
}

/**
 * Inserts events in one transaction. An id that its user has in the log, or earlier in `events`, is not stored again.
 */
async function insertEvents(db: Kysely<StoreSchema>, events: readonly FeedbackEvent[]): Promise<AppendResult[]> {
  if (events.length === 0) return [];
  return inWriteTransaction(db, async (transaction) => {
    const results: AppendResult[] = [];
    for (let start = 0; start < events.length; ) {
      const isUndo = events[start]?.type === 'undo';
      const end = isUndo ? start + 1 : endOfStatements(events, start);
      results.push(
        ...(isUndo ? [await insertUndo(transaction, events[start]!)] : await insert(transaction, events, start, end)),
      );
      start = end;
    }
    return results;
  });
}

/** Returns the end of the events from `start` on that one statement can insert: no undo is among them. */
function endOfStatements(events: readonly FeedbackEvent[], start: number): number {
  const undo = events.findIndex(({ type }, index) => index > start && type === 'undo');
  return Math.min(undo < 0 ? events.length : undo, start + MAX_ROWS_PER_INSERT);
}

async function insert(
  transaction: Kysely<StoreSchema>,
  events: readonly FeedbackEvent[],
  start: number,
  end: number,
): Promise<AppendResult[]> {
  const rows = events.slice(start, end);
  const inserted = await transaction
    .insertInto('events')
    .values(rows.map(toRow))
    .onConflict((conflict) => conflict.columns(['user_id', 'event_id']).doNothing())
    .returning(['user_id', 'event_id'])
    .execute();
  const stored = new Set(inserted.map(({ user_id, event_id }) => keyOf(user_id, event_id)));
  const results: AppendResult[] = [];
  for (const event of rows) {
    const isNew = stored.delete(keyOf(event.userId, event.eventId));
    results.push(isNew ? { eventId: event.eventId, status: 'accepted' } : await compareWithStored(transaction, event));
  }
  return results;
}

function keyOf(userId: string, eventId: string): string {
  return JSON.stringify([userId, eventId]);
}

/** Returns the result of an event whose id the log has. */
async function compareWithStored(transaction: Kysely<StoreSchema>, event: FeedbackEvent): Promise<AppendResult> {
  const { eventId, userId } = event;
  const stored = toLoggedEvent((await findEvent(transaction, userId, eventId))!);
  if (isSameEvent(event, stored)) return { eventId, status: 'duplicate' };
  return { eventId, status: 'conflict', stored: { type: stored.type, itemId: stored.itemId } };
}

function findEvent(transaction: Kysely<StoreSchema>, userId: string, eventId: string) {
  return transaction
    .selectFrom('events')
    .selectAll()
    .where('user_id', '=', userId)
    .where('event_id', '=', eventId)
    .executeTakeFirst();
}

async function insertUndo(transaction: Kysely<StoreSchema>, undo: FeedbackEvent): Promise<AppendResult> {
  const { eventId, userId, undoes } = undo;
  if ((await findEvent(transaction, userId, eventId)) !== undefined) return compareWithStored(transaction, undo);
  const target =
    undoes === undefined ? await findLatest(transaction, undo) : await findEvent(transaction, userId, undoes);
  if (target === undefined) {
    if (undoes === undefined || (await isUndoWaiting(transaction, userId, undoes))) {
      return { eventId, status: 'nothing_to_undo' };
    }
    await transaction.insertInto('events').values(toRow(undo)).execute();
    return { eventId, status: 'accepted' };
  }
  if (target.undone_by !== null || !isUndoable(target.type)) return { eventId, status: 'nothing_to_undo' };
  const { sequence } = await transaction
    .insertInto('events')
    .values(toRow({ ...undo, itemId: target.item_id, undoes: target.event_id }))
    .returning('sequence')
    .executeTakeFirstOrThrow();
  await removeWithRepeats(transaction, target, sequence);
  return { eventId, status: 'accepted', undoneItemId: target.item_id };
}

function isUndoable(type: FeedbackType): boolean {
  return (UNDOABLE_BY_NAME as readonly FeedbackType[]).includes(type);
}

/** Whether there is an undo already of an event that has not come. */
async function isUndoWaiting(transaction: Kysely<StoreSchema>, userId: string, undoes: string): Promise<boolean> {
  const waiting = await transaction
    .selectFrom('events')
    .select('sequence')
    .where('user_id', '=', userId)
    .where('undoes', '=', undoes)
    // SQLite uses the partial index only if the condition is written exactly as in the index.
    .where(sql<SqlBool>`type = 'undo'`)
    .executeTakeFirst();
  return waiting !== undefined;
}

const OPPOSITE: Partial<Record<FeedbackType, FeedbackType>> = { like: 'dislike', dislike: 'like' };

/** Marks an event as undone, and what repeats it: see {@link EventLog.append}. */
async function removeWithRepeats(
  transaction: Kysely<StoreSchema>,
  { user_id, item_id, type, sequence }: Selectable<EventsTable>,
  undo: number,
): Promise<void> {
  let repeats = transaction
    .updateTable('events')
    .set({ undone_by: undo })
    .where('user_id', '=', user_id)
    .where('item_id', '=', item_id)
    .where('type', '=', type)
    .where(IS_STANDING);
  const opposite = OPPOSITE[type];
  if (opposite !== undefined) {
    const others = transaction
      .selectFrom('events')
      .where('user_id', '=', user_id)
      .where('item_id', '=', item_id)
      .where('type', '=', opposite)
      .where(IS_STANDING);
    const before = others.where('sequence', '<', sequence).select(({ fn }) => fn.max('sequence').as('at'));
    const after = others.where('sequence', '>', sequence).select(({ fn }) => fn.min('sequence').as('at'));
    repeats = repeats
      .where('sequence', '>', ({ fn, val }) => fn.coalesce(before, val(0)))
      .where('sequence', '<', ({ fn, val }) => fn.coalesce(after, val(undo)));
  }
  await repeats.execute();
}

/** One step in the index for each type, however old it is and whatever else the user has said of the item. */
async function findLatest(
  transaction: Kysely<StoreSchema>,
  { userId, itemId, undoType }: FeedbackEvent,
): Promise<Selectable<EventsTable> | undefined> {
  const found: Selectable<EventsTable>[] = [];
  for (const type of undoType === undefined ? UNDOABLE : [undoType]) {
    const latest = await transaction
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', userId)
      .where('item_id', '=', itemId)
      .where('type', '=', type)
      .where(IS_STANDING)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (latest !== undefined) found.push(latest);
  }
  return found.sort((a, b) => b.sequence - a.sequence)[0];
}

function toRow(event: FeedbackEvent) {
  // An undo of the event may have come before it.
  const undoes = isUndoable(event.type) ? event.eventId : null;
  const undoneBy = sql<number | null>`(SELECT min(sequence) FROM events
    WHERE user_id = ${event.userId} AND undoes = ${undoes} AND type = 'undo')`;
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
    received_ms: event.receivedMs ?? null,
    rating: event.rating ?? null,
    share: event.share ?? null,
    undone_by: undoneBy,
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
    ...(row.received_ms === null ? {} : { receivedMs: row.received_ms }),
    ...(row.rating === null ? {} : { rating: row.rating }),
    ...(row.share === null ? {} : { share: row.share }),
    ...(row.undone_by === null ? {} : { undoneBy: row.undone_by }),
  };
}
