import {
  NewVisitorResponse,
  UserIdParams,
  UserParams,
  UserSummary,
  UsersQuery,
  UsersResponse,
  VISITOR_COOKIE,
} from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { type Engine, hydrate, isTasteGenre, type Visitor } from '@matinee/recommender';
import Type from 'typebox';
import { isProfileUserId, isReservedUserId, VISITOR_PREFIX } from '../households/profile-users.ts';
import type { App } from '../http/app.ts';
import { type RequestParameters, withoutRules } from '../http/requested-rules.ts';
import { type Credentials, credentialsOf, writeCookie } from '../identity/credentials.ts';
import { createSecret, hashOfSecret } from '../identity/secrets.ts';
import type { Snapshot } from '../serving/snapshot.ts';
import type { Services } from './services.ts';

const NewVisitorBody = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]);

/** A search by id covers only the newest visitors. */
const MAX_VISITORS = 1000;

/** Why a user of the list may not be opened: it belongs to a household, or was deleted. */
const CLOSED: ReadonlySet<string> = new Set(['PIN_REQUIRED', 'SESSION_REQUIRED', 'USER_NOT_FOUND']);

/** `GET` and `POST /api/v1/users`, `GET /api/v1/users/:userIdx`: the users whose page can be shown. */
export function addUserRoutes(app: App, services: Services): void {
  addUserListRoute(app, services);
  addUserRoute(app, services);
  addNewVisitorRoute(app, services);
}

function addUserListRoute(app: App, services: Services): void {
  const { serving } = services;
  app.get(
    '/api/v1/users',
    {
      schema: {
        operationId: 'listUsers',
        summary: 'Users of the data set and visitors, by the beginning of their id',
        tags: ['page'],
        querystring: UsersQuery,
        response: { 200: UsersResponse },
      },
    },
    async (request) => {
      const snapshot = serving.current();
      const { query = '', limit } = request.query;
      const credentials = credentialsOf(request);
      const { access } = snapshot.viewers;
      if (await access.isBoundElsewhere(credentials)) return { users: [], total: 0 };
      const own = (await visitorsOf(services, credentials, query)).filter(({ userId }) => userId.startsWith(query));
      const members = await membersOf(services, credentials, query, limit);
      // Without a query, visitors get at most a third of the places beside members.
      const places = query === '' && members.length > 0 ? Math.ceil(limit / 3) : limit;
      const candidates = [...own.slice(0, places).map(({ userIdx }) => userIdx), ...members];
      const users = await summariseFirst(snapshot, candidates, limit, credentials);
      const memberCount = members.length > 0 && query === '' ? access.memberCount() : members.length;
      return { users, total: own.length + memberCount };
    },
  );
}

/**
 * The visitors that the request may open and that belong to no household, newest first: for the operator all, in demo
 * mode with a query also those under ids of the operator's own.
 */
async function visitorsOf(
  { serving, stores, settings }: Services,
  credentials: Credentials,
  query: string,
): Promise<readonly Visitor[]> {
  const { visitorSecret } = credentials;
  const { isOperator, isMember } = serving.current().viewers.access;
  /** Without those who are in the data set by now, where they are listed. */
  const newest = async (): Promise<readonly Visitor[]> =>
    (await stores.visitors.list(MAX_VISITORS)).filter(({ userId }) => !isMember(userId));
  if (isOperator(credentials)) return (await newest()).filter(({ userId }) => !isProfileUserId(userId));
  const own =
    visitorSecret === undefined ? [] : await stores.visitors.listOfSecret(hashOfSecret(visitorSecret), MAX_VISITORS);
  if (!settings.demo || query === '') return own;
  return [...own, ...(await newest()).filter(({ userId }) => !isReservedUserId(userId))];
}

/** Users of the data set, where the request may look as them: those whose id begins with `query`, or a selection. */
async function membersOf(
  { serving, settings, dataset }: Services,
  credentials: Credentials,
  query: string,
  limit: number,
): Promise<readonly UserIdx[]> {
  const { viewers, usersByActivity } = serving.current();
  const { isOperator, isMember } = viewers.access;
  if (!settings.demo && !isOperator(credentials)) return [];
  const { userIds } = dataset;
  if (query === '')
    return spread(
      usersByActivity.filter((user) => isMember(userIds[user]!)),
      limit,
    );
  return indicesWhere(userIds, (id) => id.startsWith(query) && isMember(id));
}

/** Summarises users until there are `limit`, without those of households and those that the request may not open. */
async function summariseFirst(
  snapshot: Snapshot,
  candidates: readonly UserIdx[],
  limit: number,
  credentials: Credentials,
): Promise<UserSummary[]> {
  const users: UserSummary[] = [];
  for (const userIdx of candidates) {
    if (users.length === limit) break;
    const summary = await summarise(snapshot, userIdx, { credentials }).catch((error: unknown) => {
      if (error instanceof MatineeError && CLOSED.has(error.code)) return undefined;
      throw error;
    });
    if (summary !== undefined && summary.profile === undefined) users.push(summary);
  }
  return users;
}

function addUserRoute(app: App, { serving }: Services): void {
  const schema = { tags: ['page'], response: { 200: UserSummary } };
  app.get(
    '/api/v1/users/:userIdx',
    { schema: { operationId: 'getUser', summary: 'One user', ...schema, params: UserParams } },
    async (request) => summarise(serving.current(), request.params.userIdx, withoutRules(request)),
  );
  app.get(
    '/api/v1/users/by-id/:userId',
    { schema: { operationId: 'getUserById', summary: 'One user, by your own id', ...schema, params: UserIdParams } },
    async (request) => {
      const { viewers } = serving.current();
      const parameters = withoutRules(request);
      const userIdx = await viewers.access.resolveKnown(request.params, parameters.credentials);
      return summarise(serving.current(), userIdx, parameters);
    },
  );
}

function addNewVisitorRoute(app: App, { serving, stores, settings, clock, createId }: Services): void {
  app.post(
    '/api/v1/users',
    {
      bodyLimit: 1024,
      schema: {
        operationId: 'createVisitor',
        summary: 'A new visitor, of whom nothing is known, with the secret that opens it',
        tags: ['page'],
        body: NewVisitorBody,
        response: { 201: NewVisitorResponse },
      },
    },
    async (request, reply) => {
      const snapshot = serving.current();
      const credentials = credentialsOf(request);
      await snapshot.viewers.access.requireUnbound(credentials);
      const secret = credentials.visitorSecret ?? createSecret();
      const { userIdx } = await stores.visitors.create(`${VISITOR_PREFIX}${createId()}`, clock(), hashOfSecret(secret));
      const summary = await summarise(snapshot, userIdx, { credentials: { visitorSecret: secret } });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .header('set-cookie', writeCookie(VISITOR_COOKIE, secret, request.protocol === 'https', settings.basePath))
        .send({ ...summary, ...(credentials.visitorSecret === undefined ? { secret } : {}) });
    },
  );
}

async function summarise(
  { engine, viewers }: Snapshot,
  userIdx: UserIdx,
  parameters: RequestParameters,
): Promise<UserSummary> {
  const { person, input, profile } = await viewers.stateOf(userIdx, parameters);
  const { history } = hydrate(engine, input).retrieval;
  const { userId, kind } = person;
  return {
    userIdx,
    userId,
    kind,
    interactionCount: history.itemIndices.length,
    topGenres: topGenres(engine, history.itemIndices, 3),
    ...(profile && { profile: { name: profile.name, isKids: profile.isKids } }),
  };
}

function topGenres(engine: Engine, itemIndices: Int32Array, limit: number): string[] {
  const counts = new Map<number, number>();
  for (const item of itemIndices) {
    for (const genre of engine.catalogue.genres[item] ?? []) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, aCount], [b, bCount]) => bCount - aCount || a - b)
    .map(([genre]) => engine.catalogue.genreNames[genre] ?? '')
    .filter(isTasteGenre)
    .slice(0, limit);
}

/** Returns `count` of the values, evenly spread: the middle one of each of `count` equal parts. */
function spread(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)] ?? 0);
}

function indicesWhere(values: readonly string[], test: (value: string) => boolean): number[] {
  return values.flatMap((value, index) => (test(value) ? [index] : []));
}
