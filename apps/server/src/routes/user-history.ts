import { UserHistoryQuery, UserHistoryResponse, UserIdParams, UserParams } from '@matinee/contract';
import { type Engine, hydrate, type Query, ruleAgainst } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters } from '../http/requested-rules.ts';
import type { UserReference } from '../serving/references.ts';
import { lookUpVerdicts } from '../serving/viewers.ts';
import { posterUrlOf, titleOf } from './cards.ts';
import type { Services } from './services.ts';
import { describeTaste } from './taste-profile.ts';

/** `GET /api/v1/users/:userIdx/history` and `/by-id/:userId/history`: what the data set has of a user. */
export function addUserHistoryRoute(app: App, { serving, traffic }: Services): void {
  async function answer(
    user: UserReference,
    { limit, cursor, sort }: UserHistoryQuery,
    parameters: RequestParameters,
  ): Promise<UserHistoryResponse> {
    const { engine, viewers } = serving.current();
    const userIdx = await viewers.access.resolveKnown(user, parameters.credentials);
    const state = await viewers.stateOf(userIdx, parameters);
    const verdicts = lookUpVerdicts(engine, state);
    const mayName = (itemIndex: number): boolean => ruleAgainst(verdicts, itemIndex) === undefined;
    const query = hydrate(engine, state.input);
    const all = entriesOf(engine, query).filter(({ itemIdx }) => mayName(itemIdx));
    if (sort === 'rating') all.sort((a, b) => (b.rating ?? 0) - (a.rating ?? 0));
    const start = Number(cursor ?? 0);
    const end = start + limit;
    return {
      items: all.slice(start, end).map(({ itemIdx, seconds, ...entry }) => ({
        itemIdx,
        itemId: engine.catalogue.vocabulary.ids[itemIdx]!,
        title: titleOf(engine, itemIdx),
        year: engine.catalogue.years[itemIdx] || null,
        posterUrl: posterUrlOf(engine, itemIdx),
        at: new Date(seconds * 1000).toISOString(),
        ...entry,
      })),
      total: all.length,
      cursor: end < all.length ? String(end) : null,
      taste: describeTaste(engine, query, mayName),
    };
  }

  const summary = 'What the data set has of a user, and the taste that follows from it';
  const schema = { tags: ['page'], querystring: UserHistoryQuery, response: { 200: UserHistoryResponse } };
  app.get(
    '/api/v1/users/:userIdx/history',
    { ...traffic.gate.pageHooks, schema: { operationId: 'getUserHistory', summary, ...schema, params: UserParams } },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
  app.get(
    '/api/v1/users/by-id/:userId/history',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getUserHistoryById',
        summary: `${summary}; by your own id`,
        ...schema,
        params: UserIdParams,
      },
    },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
}

/** The titles of the data set's history, the latest first. */
function entriesOf(engine: Engine, { base, userIndex }: Query) {
  return Array.from(base.itemIndices, (itemIdx, position) => ({
    itemIdx,
    seconds: base.timestamps[position]!,
    rating: engine.ratings.ratingOf(userIndex, itemIdx) ?? null,
    counts: base.weights[position]! > 0,
  })).reverse();
}
