import { type BulkResult, EventsBody, EventsResponse, MAX_BULK_BYTES, MAX_BULK_LINES } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { readLines } from '../http/read-lines.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { compileValidator } from '../http/validation.ts';
import { storeLines } from '../serving/bulk-events.ts';
import { DAILY_LIMIT_MESSAGE, isBeyondDailyLimit } from '../serving/daily-limit.ts';
import { itemIndexOf, itemNotFound, USER_FIELDS } from '../serving/references.ts';
import { readSaid } from '../serving/said-feedback.ts';
import { visibleTo } from '../serving/viewers.ts';
import type { Services } from './services.ts';

const NDJSON = 'application/x-ndjson';
const LINES = Type.String({ contentMediaType: NDJSON });
const LINE_LIMITS = { maxBytes: MAX_BULK_BYTES, maxLines: MAX_BULK_LINES, maxLineLength: 16 * 1024 };
/** Lines that are stored together. */
const LINES_A_STEP = 500;

/**
 * `POST /api/v1/events`: stores a batch of events of one user from the page, or a line for each event of any users.
 * Durable before the response.
 */
export function addEventsRoute(root: App, services: Services): void {
  void root.register(async (scope) => {
    const app = scope as unknown as App;
    // A scope does not inherit it, and Fastify's own converts types and drops unknown fields.
    app.setValidatorCompiler(compileValidator);
    // The lines are read by the route, as they come.
    app.addContentTypeParser(NDJSON, (_request, _payload, done) => done(null, ''));
    app.post(
      '/api/v1/events',
      {
        bodyLimit: 64 * 1024,
        schema: {
          operationId: 'sendEvents',
          summary: 'Store a batch of events, or a line for each event; each is answered for itself',
          tags: ['page'],
          body: { content: { 'application/json': { schema: EventsBody }, [NDJSON]: { schema: LINES } } },
          response: {
            200: {
              description: 'A result for each event',
              content: { 'application/json': { schema: EventsResponse }, [NDJSON]: { schema: LINES } },
            },
          },
        },
      },
      async (request, reply) => {
        if (!isOfLines(request)) return storeBatch(services, request, requireBody(request));
        const results = await storeBody(services, request);
        return reply.type(`${NDJSON}; charset=utf-8`).send(results);
      },
    );
  });
}

/** Fastify validates a body by its type, and a request without a type has none. @throws {MatineeError} `BAD_REQUEST` */
function requireBody({ body }: FastifyRequest): EventsBody {
  if (typeof body === 'object' && body !== null) return body as EventsBody;
  throw new MatineeError('BAD_REQUEST', `body is missing: send a batch as application/json, or lines as ${NDJSON}`);
}

function isOfLines({ headers }: FastifyRequest): boolean {
  return /^application\/x-ndjson\b/i.test(headers['content-type'] ?? '');
}

/**
 * Returns a result for each line, as lines. The whole body is read before the first event is stored: a body that is too
 * large stores nothing, and the time that storing takes is not the client's time to send.
 */
async function storeBody(services: Services, request: FastifyRequest): Promise<string> {
  const parameters = withoutRules(request);
  try {
    await services.serving.current().viewers.access.requireForAnybody(parameters.credentials);
    if (Number(request.headers['content-length'] ?? 0) > MAX_BULK_BYTES) {
      throw new MatineeError('BODY_TOO_LARGE', `the body is larger than ${MAX_BULK_BYTES} bytes; send it in parts`);
    }
    const lines = await readLines(request.raw, LINE_LIMITS);
    const results: string[] = [];
    for (let start = 0; start < lines.length; start += LINES_A_STEP) {
      const step = lines.slice(start, start + LINES_A_STEP);
      for (const result of await storeLines(services, step, parameters)) results.push(toLine(result));
    }
    return results.join('');
  } catch (error) {
    // What is left of the body would otherwise keep the client from reading the refusal.
    request.raw.resume();
    throw error;
  }
}

function toLine(result: BulkResult): string {
  return `${JSON.stringify(result)}\n`;
}

async function storeBatch(
  { serving, stores, recordFeedback, clock }: Services,
  request: FastifyRequest,
  { events, ...user }: EventsBody,
): Promise<EventsResponse> {
  const { engine, viewers } = serving.current();
  const parameters = withoutRules(request);
  // The same for a title that this viewer may not see and for one that does not exist.
  const located = events.map(({ itemId, ...event }) => ({
    ...event,
    itemIdx: itemIndexOf(engine, { itemIdx: event.itemIdx, itemId }),
  }));
  const reasonsFor = (isVisible: (itemIdx: ItemIndex) => boolean): readonly (string | undefined)[] =>
    located.map((event, at) =>
      isVisible(event.itemIdx) ? reasonAgainst(event) : itemNotFound(engine, events[at]!).message,
    );
  let reasonsForNobody: readonly (string | undefined)[] = [];
  const userIdx = await viewers.userOfEvents(user, parameters, USER_FIELDS, (isVisible) => {
    reasonsForNobody = reasonsFor(isVisible);
    return located.some((event, at) => reasonsForNobody[at] === undefined && !isUnnamedUndo(event));
  });
  if (userIdx === undefined) {
    return {
      results: events.map(({ eventId }, at) => {
        const message = reasonsForNobody[at];
        return { eventId, ...(message === undefined ? NOTHING_TO_UNDO : { status: 'rejected' as const, message }) };
      }),
    };
  }
  const viewer = await viewers.stateOf(userIdx, parameters);
  const { userId } = viewer.person;
  const isFull =
    !viewers.access.isOperator(parameters.credentials) &&
    (await isBeyondDailyLimit(stores.eventLog, userId, events.length, clock()));
  if (isFull) {
    const refused = { status: 'rejected' as const, message: DAILY_LIMIT_MESSAGE };
    return { results: events.map(({ eventId }) => ({ eventId, ...refused })) };
  }
  const reasons = reasonsFor(visibleTo(engine, viewer));
  const taken = located
    .filter((_, index) => reasons[index] === undefined)
    .map((event) => ({ ...event, ...readSaid(event, 'type') }));
  const recorded = [...(await recordFeedback(engine, viewer, taken))];
  const results = events.map(({ eventId }, index) => {
    const message = reasons[index];
    return message === undefined ? recorded.shift() : { eventId, status: 'rejected' as const, message };
  });
  return { results: results.filter((result) => result !== undefined) };
}

const NOTHING_TO_UNDO = { status: 'nothing_to_undo' as const };

function isUnnamedUndo({ type, undoes }: Pick<EventsBody['events'][number], 'type' | 'undoes'>): boolean {
  return type === 'undo' && undoes === undefined;
}

/** Returns what is wrong with the values of an event; undefined if nothing is. */
function reasonAgainst(event: Parameters<typeof readSaid>[0]): string | undefined {
  try {
    readSaid(event, 'type');
    return undefined;
  } catch (error) {
    if (error instanceof MatineeError) return error.message;
    throw error;
  }
}
