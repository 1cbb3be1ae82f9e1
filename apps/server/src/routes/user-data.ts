import { Readable } from 'node:stream';
import { DeletedUser, MergeBody, MergedUser, UserIdParams, UserParams } from '@matinee/contract';
import { EVENT_TYPES } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { Engine, EventLog, LoggedEvent } from '@matinee/recommender';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { credentialsOf } from '../identity/credentials.ts';
import type { Person } from '../serving/access.ts';
import type { UserReference } from '../serving/references.ts';
import type { Services } from './services.ts';

/** Events in one step of an export. */
const PAGE = 1000;

const DERIVED =
  'what models have learned of the user is gone with the next release: matinee refresh or train, or the next one that this server trains itself';

type RequestOf = Parameters<typeof credentialsOf>[0];

/** What is stored of a user: export of everything, deletion, and merging a visitor into a user. */
export function addUserDataRoutes(app: App, services: Services): void {
  addExportRoutes(app, services);
  addDeleteRoutes(app, services);
  addMergeRoutes(app, services);
}

/** Returns the user, for a request that may do more than look: demo mode is not enough. */
async function openForGood({ serving }: Services, user: UserReference, request: RequestOf): Promise<Person> {
  const { access } = serving.current().viewers;
  const credentials = credentialsOf(request);
  const userIdx = await access.resolveKnown(user, credentials);
  return access.openForGood(userIdx, credentials);
}

function addExportRoutes(app: App, services: Services): void {
  const { stores, serving } = services;
  async function answer(user: UserReference, request: RequestOf): Promise<Readable> {
    const person = await openForGood(services, user, request);
    const profile = await stores.households.profileOfUser(person.userId);
    const { engine } = serving.current();
    async function* lines(): AsyncGenerator<string> {
      const { userIdx, userId, kind } = person;
      yield toLine({ kind: 'user', userIdx, userId, userKind: kind });
      if (profile !== undefined) yield toLine({ ...profile, kind: 'profile' });
      for (const interaction of interactionsOf(engine, person)) yield toLine({ kind: 'interaction', ...interaction });
      for await (const event of eventsOf(stores.eventLog, userId)) yield toLine({ ...exported(event), kind: 'event' });
    }
    return Readable.from(lines());
  }
  const schema = {
    tags: ['page'],
    response: { 200: Type.String({ contentMediaType: 'application/x-ndjson' }) },
  };
  const summary = 'Everything that is stored of a user, one JSON a line';
  app.get(
    '/api/v1/users/:userIdx/export',
    { schema: { operationId: 'exportUser', summary, ...schema, params: UserParams } },
    async (request, reply) =>
      reply
        .type('application/x-ndjson; charset=utf-8')
        .header('cache-control', 'no-store')
        .send((await answer(request.params, request)) as unknown as string),
  );
  app.get(
    '/api/v1/users/by-id/:userId/export',
    {
      schema: { operationId: 'exportUserById', summary: `${summary}; by your own id`, ...schema, params: UserIdParams },
    },
    async (request, reply) =>
      reply
        .type('application/x-ndjson; charset=utf-8')
        .header('cache-control', 'no-store')
        .send((await answer(request.params, request)) as unknown as string),
  );
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** The user's rows in the data set. */
function* interactionsOf({ dataset: { events, items } }: Engine, { userIndex }: Person): Generator<object> {
  if (userIndex < 0) return;
  for (let row = 0; row < events.count; row++) {
    if (events.userIndices[row] !== userIndex) continue;
    const value = events.values[row]!;
    yield {
      itemId: items.vocabulary.ids[events.itemIndices[row]!],
      type: EVENT_TYPES[events.types[row]!],
      value: Number.isNaN(value) ? null : value,
      at: new Date(events.timestamps[row]! * 1000).toISOString(),
    };
  }
}

/** All events of the user, newest first. */
async function* eventsOf(log: EventLog, userId: string): AsyncGenerator<LoggedEvent> {
  for (let beforeSequence = Number.MAX_SAFE_INTEGER; ; ) {
    const page = await log.eventsOfUser(userId, { limit: PAGE, beforeSequence });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    beforeSequence = last.sequence;
  }
}

function exported({ atMs, receivedMs = atMs, userId: _, sequence, undoneBy, ...event }: LoggedEvent): object {
  const [at, receivedAt] = [new Date(atMs).toISOString(), new Date(receivedMs).toISOString()];
  return { ...event, at, ...(receivedAt !== at && { receivedAt }), sequence, undone: undoneBy !== undefined };
}

function addDeleteRoutes(app: App, services: Services): void {
  const { serving, stores, clock, forgetUser } = services;
  async function answer(user: UserReference, request: RequestOf): Promise<DeletedUser> {
    const person = await openForGood(services, user, request);
    const profile = await stores.households.profileOfUser(person.userId);
    // A child must not delete the profile that limits it.
    if (profile !== undefined) {
      await serving.current().viewers.access.requireAdult(profile.householdId, credentialsOf(request));
    }
    // The events first: what comes after can be called again.
    const events = await stores.eventLog.deleteUser(person.userId, clock());
    if (profile !== undefined) await stores.households.removeProfile(profile.profileId);
    await stores.visitors.remove(person.userIdx);
    await forgetUser(person);
    return { userId: person.userId, events, derived: DERIVED };
  }
  const schema = { tags: ['page'], response: { 200: DeletedUser } };
  const summary = 'Delete a user: events, profile, counts, and with the next release what models have learned';
  app.delete(
    '/api/v1/users/:userIdx',
    { schema: { operationId: 'deleteUser', summary, ...schema, params: UserParams } },
    (request) => answer(request.params, request),
  );
  app.delete(
    '/api/v1/users/by-id/:userId',
    {
      schema: { operationId: 'deleteUserById', summary: `${summary}; by your own id`, ...schema, params: UserIdParams },
    },
    (request) => answer(request.params, request),
  );
}

function addMergeRoutes(app: App, services: Services): void {
  const { stores, clock, forgetUser } = services;
  async function answer(
    user: UserReference,
    { from, fromId }: { readonly from?: number; readonly fromId?: string },
    request: RequestOf,
  ): Promise<MergedUser> {
    const into = await openForGood(services, user, request);
    async function refuseUnlessGone(error: unknown): Promise<undefined> {
      const isGone =
        error instanceof MatineeError && (error.code === 'USER_NOT_FOUND' || error.code === 'SECRET_REQUIRED');
      const visitor = { userIdx: from, userId: fromId };
      if (!isGone || !(await stores.eventLog.wasMerged(visitor, into.userId))) throw error;
    }
    const merged = (events: number): MergedUser => ({ userIdx: into.userIdx, userId: into.userId, events });
    const visitor = await openForGood(services, { userIdx: from, userId: fromId }, request).catch(refuseUnlessGone);
    // Called again: the visitor is gone, and the events are where they should be.
    if (visitor === undefined) return merged(0);
    if (visitor.userId === into.userId) throw new MatineeError('BAD_REQUEST', 'body: "from" is the user itself');
    if (visitor.kind !== 'visitor') {
      throw new MatineeError('BAD_REQUEST', 'body: "from" must be a visitor; users of the data set cannot be merged');
    }
    if ((await stores.households.profileOfUser(visitor.userId)) !== undefined) {
      throw new MatineeError('USER_HAS_PROFILE', 'the visitor belongs to a profile; delete the profile first');
    }
    const events = await stores.eventLog.mergeUsers(visitor, into.userId, clock());
    await stores.visitors.remove(visitor.userIdx);
    await forgetUser(visitor, into);
    return merged(events ?? 0);
  }
  const schema = { tags: ['page'], body: MergeBody, response: { 200: MergedUser } };
  const summary = 'Give a user the events of a visitor, who is then gone';
  app.post(
    '/api/v1/users/:userIdx/merge',
    { bodyLimit: 4096, schema: { operationId: 'mergeUser', summary, ...schema, params: UserParams } },
    (request) => answer(request.params, request.body, request),
  );
  app.post(
    '/api/v1/users/by-id/:userId/merge',
    {
      bodyLimit: 4096,
      schema: { operationId: 'mergeUserById', summary: `${summary}; by your own id`, ...schema, params: UserIdParams },
    },
    (request) => answer(request.params, request.body, request),
  );
}
