import { UserParams, UserSummary, UsersQuery, UsersResponse } from '@matinee/contract';
import type { UserIdx } from '@matinee/models/data';
import { type Engine, hydrate } from '@matinee/recommender';
import Type from 'typebox';
import { isProfileUserId } from '../households/profile-users.ts';
import type { App } from '../http/app.ts';
import { type RequestParameters, sessionOf } from '../http/requested-rules.ts';
import type { Snapshot } from '../serving/snapshot.ts';
import type { Services } from './services.ts';

const NewVisitorBody = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]);

/** A search by id covers only the newest visitors. */
const MAX_VISITORS = 1000;

/** `GET` and `POST /api/v1/users`, `GET /api/v1/users/:userIdx`: the users whose page can be shown. */
export function addUserRoutes(app: App, services: Services): void {
  addUserListRoute(app, services);
  addUserRoute(app, services);
  addNewVisitorRoute(app, services);
}

function addUserListRoute(app: App, { serving, dataset, stores }: Services): void {
  const { userIds } = dataset;
  const { visitors, households } = stores;
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
      const withPin = await households.usersWithPin();
      const isOpen = (userId: string): boolean => !withPin.has(userId) && !isProfileUserId(userId);
      const newest = (await visitors.list(MAX_VISITORS)).filter(
        ({ userId }) => userId.startsWith(query) && isOpen(userId),
      );
      const matching = (
        query === '' ? spread(snapshot.usersByActivity, limit) : indicesWhere(userIds, (id) => id.startsWith(query))
      ).filter((user) => isOpen(userIds[user] ?? ''));
      // Without a query, visitors get at most a third of the places.
      const shownVisitors = newest.slice(0, query === '' ? Math.ceil(limit / 3) : limit);
      const shown = [
        ...shownVisitors.map(({ userIdx }) => userIdx),
        ...matching.slice(0, limit - shownVisitors.length),
      ];
      const total = newest.length + (query === '' ? userIds.length : matching.length);
      return { users: await Promise.all(shown.map((userIdx) => summarise(snapshot, userIdx))), total };
    },
  );
}

function addUserRoute(app: App, { serving }: Services): void {
  app.get(
    '/api/v1/users/:userIdx',
    {
      schema: {
        operationId: 'getUser',
        summary: 'One user',
        tags: ['page'],
        params: UserParams,
        response: { 200: UserSummary },
      },
    },
    async (request) => summarise(serving.current(), request.params.userIdx, sessionOf(request)),
  );
}

function addNewVisitorRoute(app: App, { serving, stores, clock, createId }: Services): void {
  app.post(
    '/api/v1/users',
    {
      bodyLimit: 1024,
      schema: {
        operationId: 'createVisitor',
        summary: 'A new visitor, of whom nothing is known',
        tags: ['page'],
        body: NewVisitorBody,
        response: { 201: UserSummary },
      },
    },
    async (_request, reply) => {
      const snapshot = serving.current();
      const visitor = await stores.visitors.create(`visitor-${createId()}`, clock());
      return reply.code(201).send(await summarise(snapshot, visitor.userIdx));
    },
  );
}

async function summarise(
  { engine, viewers }: Snapshot,
  userIdx: UserIdx,
  parameters: RequestParameters = {},
): Promise<UserSummary> {
  const person = await viewers.find(userIdx);
  const { input, profile } = await viewers.stateOf(person, parameters);
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
    .slice(0, limit)
    .map(([genre]) => engine.catalogue.genreNames[genre] ?? '');
}

/** Returns `count` of the values, evenly spread: the middle one of each of `count` equal parts. */
function spread(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)] ?? 0);
}

function indicesWhere(values: readonly string[], test: (value: string) => boolean): number[] {
  return values.flatMap((value, index) => (test(value) ? [index] : []));
}
