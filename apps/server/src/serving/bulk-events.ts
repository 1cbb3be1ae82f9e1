import { createHash } from 'node:crypto';
import { BulkEvent, type BulkResult } from '@matinee/contract';
import type { ItemIndex, UserIdx } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { EMPTY_FEEDBACK, type Engine, type EventLog, isCalendarDate } from '@matinee/recommender';
import type { NumberedLine } from '../http/read-lines.ts';
import type { RequestParameters } from '../http/requested-rules.ts';
import { requirePlainInput } from '../http/require-plain-input.ts';
import { compileValidator } from '../http/validation.ts';
import { DAILY_LIMIT_MESSAGE, isBeyondDailyLimit } from './daily-limit.ts';
import type { FeedbackInput, FeedbackRecorder } from './record-feedback.ts';
import { ITEM_FIELDS_OF_STABLE, itemIndexOf, itemNotFound, USER_FIELDS_OF_STABLE } from './references.ts';
import { readSaid } from './said-feedback.ts';
import type { Serving } from './serving.ts';
import { type KnownViewer, requireItem, visibleTo } from './viewers.ts';

/** How far ahead of the server's clock an event may say that it happened. It then counts as now. */
const MAX_AHEAD_MS = 5 * 60_000;

const validate = compileValidator({ schema: BulkEvent, method: 'POST', url: '', httpPart: 'body' });

/** What storing lines needs. */
export interface BulkServices {
  readonly serving: Pick<Serving, 'current'>;
  readonly stores: { readonly eventLog: EventLog };
  readonly recordFeedback: FeedbackRecorder;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly createId: () => string;
}

/** A line that can be stored. */
interface ReadLine {
  readonly line: number;
  readonly user: { readonly userIdx?: UserIdx; readonly userId?: string };
  readonly item: { readonly itemIdx?: ItemIndex; readonly itemId?: string };
  readonly event: Omit<FeedbackInput, 'itemIdx'>;
}

/**
 * Stores the events of some lines, and returns a result for each, in their order, once all are durable. A line that
 * cannot be stored harms no other. The lines of one user are stored in their order, and all lines in one transaction or
 * a few.
 */
export async function storeLines(
  services: BulkServices,
  lines: readonly NumberedLine[],
  parameters: RequestParameters,
): Promise<readonly BulkResult[]> {
  const { serving, createId } = services;
  const { engine, viewers } = serving.current();
  const results = new Map<number, BulkResult>();
  const byUser = new Map<string, ReadLine[]>();
  for (const { line, text } of lines) {
    try {
      const read = readLine(line, text, services.clock(), createId);
      // Before a user is stored for the id: an event that is refused makes none.
      requireItem(engine, read.item);
      const key = JSON.stringify(read.user);
      const ofUser = byUser.get(key);
      if (ofUser === undefined) byUser.set(key, [read]);
      else ofUser.push(read);
    } catch (error) {
      results.set(line, rejected(line, error));
    }
  }
  // Two names of one user, such as index and id, are that user's events in the order of the lines.
  const byIndex = new Map<UserIdx, ReadLine[]>();
  await Promise.all(
    Array.from(byUser.values(), async (ofUser) => {
      try {
        const { user } = ofUser[0]!;
        const userIdx = await viewers.userOfEvents(user, parameters, USER_FIELDS_OF_STABLE, (isVisible) =>
          ofUser.some(({ item }) => isVisible(itemIndexOf(engine, item))),
        );
        if (userIdx === undefined) {
          for (const { line, item } of ofUser) results.set(line, rejected(line, itemNotFound(engine, item)));
          return;
        }
        byIndex.set(
          userIdx,
          [...(byIndex.get(userIdx) ?? []), ...ofUser].sort((a, b) => a.line - b.line),
        );
      } catch (error) {
        for (const { line } of ofUser) results.set(line, rejected(line, error));
      }
    }),
  );
  const opened = await Promise.all(
    Array.from(byIndex, async ([userIdx, ofUser]) => {
      try {
        return await prepare(services, engine, userIdx, ofUser, parameters);
      } catch (error) {
        for (const { line } of ofUser) results.set(line, rejected(line, error));
        return undefined;
      }
    }),
  );
  // In one tick, so that the log writes them together.
  await Promise.all(
    opened.map(async (each) => {
      if (each === undefined) return;
      for (const refused of each.refused) results.set(refused.line, refused);
      if (each.inputs.length === 0) return;
      const stored = await services.recordFeedback(engine, each.viewer, each.inputs);
      for (const [at, { eventId, ...result }] of stored.entries()) {
        const line = each.lines[at]!;
        results.set(line, { line, ...result, event_id: eventId });
      }
    }),
  );
  return lines.flatMap(({ line }) => results.get(line) ?? []);
}

/** Opens a user, and tells which of their lines may be stored. */
async function prepare(
  { serving, stores, clock }: BulkServices,
  engine: Engine,
  userIdx: UserIdx,
  ofUser: readonly ReadLine[],
  parameters: RequestParameters,
) {
  const { access, whoMaySee } = serving.current().viewers;
  const { person, profile } = await access.open(userIdx, parameters.credentials);
  const input = await whoMaySee(profile, parameters);
  const viewer: KnownViewer = { person, feedback: EMPTY_FEEDBACK, input, ...defined({ profile }) };
  const isVisible = visibleTo(engine, viewer);
  const isFull =
    !access.isOperator(parameters.credentials) &&
    (await isBeyondDailyLimit(stores.eventLog, person.userId, ofUser.length, clock()));
  const lines: number[] = [];
  const inputs: FeedbackInput[] = [];
  const refused: BulkResult[] = [];
  for (const { line, item, event } of ofUser) {
    const itemIdx = itemIndexOf(engine, item);
    try {
      if (isFull) throw new MatineeError('TOO_MANY_EVENTS', DAILY_LIMIT_MESSAGE);
      if (!isVisible(itemIdx)) throw itemNotFound(engine, item);
      lines.push(line);
      inputs.push({ ...event, itemIdx });
    } catch (error) {
      refused.push(rejected(line, error));
    }
  }
  return { viewer, lines, inputs, refused };
}

/** @throws {MatineeError} `BAD_REQUEST`, `BAD_JSON` */
function readLine(line: number, text: string | undefined, nowMs: number, createId: () => string): ReadLine {
  if (text === undefined) throw new MatineeError('BAD_REQUEST', 'the line is too long');
  const { user_idx, user_id, item_idx, item_id, event, event_id, undoes, undo_type, ...rest } = parse(text);
  const { at, rating, share, request_id, row_id, position } = rest;
  const said = readSaid({ type: event, rating, share });
  const item = defined({ itemIdx: item_idx, itemId: item_id });
  const user = defined({ userIdx: user_idx, userId: user_id });
  // Checked here, so that the message names the fields of a line.
  requireNamed(user_idx ?? user_id, user_idx !== undefined && user_id !== undefined, USER_FIELDS_OF_STABLE);
  requireNamed(item_idx ?? item_id, item_idx !== undefined && item_id !== undefined, ITEM_FIELDS_OF_STABLE);
  if (event === 'undo' && undoes === undefined) {
    throw new MatineeError(
      'BAD_REQUEST',
      '"undoes" is required: name the event to take back, since a line that is sent again would take back another',
    );
  }
  const atMs = at === undefined ? undefined : readTime(at, nowMs);
  const eventId = event_id ?? (at === undefined ? createId() : idOf([user, item, event, at, rating, share, undoes]));
  const place = { requestId: request_id, rowId: row_id, position };
  return {
    line,
    user,
    item,
    event: { eventId, ...said, ...defined({ undoes, undoType: undo_type, atMs, ...place }) },
  };
}

function requireNamed(first: unknown, isBoth: boolean, [number, id]: readonly [string, string]): void {
  if (first !== undefined && !isBoth) return;
  throw new MatineeError('BAD_REQUEST', `"${number}" or "${id}" is required, one of the two`);
}

function parse(text: string): BulkEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MatineeError('BAD_JSON', 'this is not JSON; write one object a line');
  }
  requirePlainInput('line', value);
  const { error, value: event } = validate(value) as { error?: Error; value?: BulkEvent };
  if (error !== undefined) throw error;
  return event!;
}

/**
 * Returns milliseconds since 1970, at most now.
 *
 * @throws {MatineeError} `BAD_REQUEST` for what is no time, is before 1970, or is further ahead than
 * {@link MAX_AHEAD_MS}.
 */
function readTime(at: string | number, nowMs: number): number {
  const isTime = typeof at === 'string' && ISO_TIME.test(at) && isCalendarDate(at.slice(0, 'YYYY-MM-DD'.length));
  const atMs = typeof at === 'number' ? at : isTime ? Date.parse(at) : Number.NaN;
  if (!Number.isInteger(atMs)) {
    throw new MatineeError(
      'BAD_REQUEST',
      '"at" must be a time that exists, such as 2026-03-01T20:15:00Z with its zone, or whole milliseconds since 1970',
    );
  }
  if (atMs < 0) throw new MatineeError('BAD_REQUEST', '"at" must not be before 1970');
  if (atMs > nowMs + MAX_AHEAD_MS) {
    throw new MatineeError('BAD_REQUEST', '"at" is more than five minutes ahead of the server\'s clock');
  }
  return Math.min(atMs, nowMs);
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/** The id of an event that states its time and no id: the same line sent again is the same event. */
function idOf(parts: readonly unknown[]): string {
  return `line-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}

function rejected(line: number, error: unknown): BulkResult {
  // What is no refusal of the line is a fault of the server, and the whole request fails.
  if (!(error instanceof MatineeError) || error.code.startsWith('STORE_')) throw error;
  return { line, status: 'rejected', code: error.code, message: error.message };
}
