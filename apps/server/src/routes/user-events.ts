import { UserEventsQuery, UserEventsResponse, UserIdParams, UserParams } from '@matinee/contract';
import { defined, MatineeError } from '@matinee/numerics';
import { FEEDBACK_TYPES, type FeedbackType, ruleAgainst } from '@matinee/recommender';
import type { Static } from 'typebox';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters } from '../http/requested-rules.ts';
import type { UserReference } from '../serving/references.ts';
import { lookUpVerdicts } from '../serving/viewers.ts';
import { posterUrlOf, titleOf } from './cards.ts';
import type { Services } from './services.ts';

/** Event types in a history: not clicks and impressions; an undo is shown on the event that it undoes. */
const LISTED_TYPES: readonly FeedbackType[] = ['like', 'dislike', 'watched', 'skip'];

/** `GET /api/v1/users/:userIdx/events` and `/by-id/:userId/events`: the user's feedback, newest first. */
export function addUserEventsRoute(app: App, { serving, stores, traffic }: Services): void {
  async function answer(user: UserReference, query: Static<typeof UserEventsQuery>, parameters: RequestParameters) {
    const { engine, viewers } = serving.current();
    const { limit, cursor } = query;
    const types = readTypes(query.types);
    const beforeSequence = cursor === undefined ? undefined : readCursor(cursor);
    const userIdx = await viewers.access.resolveKnown(user, parameters.credentials);
    const state = await viewers.stateOf(userIdx, parameters);
    const verdicts = lookUpVerdicts(engine, state);
    const page = await stores.eventLog.eventsOfUser(state.person.userId, {
      limit: limit + 1,
      types,
      ...defined({ beforeSequence }),
    });
    const shown = page.slice(0, limit);
    const { vocabulary } = engine.catalogue;
    return {
      // The log also has items that are not in this catalogue or that the profile may no longer see; they are left
      // out.
      events: shown.flatMap(({ eventId, type, itemId, atMs, undoneBy, rating, share }) => {
        const itemIdx = vocabulary.indexOf(itemId);
        if (itemIdx < 0 || ruleAgainst(verdicts, itemIdx) !== undefined) return [];
        return [
          {
            eventId,
            type,
            itemIdx,
            itemId,
            title: titleOf(engine, itemIdx),
            posterUrl: posterUrlOf(engine, itemIdx),
            at: new Date(atMs).toISOString(),
            undone: undoneBy !== undefined,
            ...defined({ rating, share }),
          },
        ];
      }),
      cursor: page.length > limit ? String(shown.at(-1)?.sequence ?? 0) : null,
    };
  }

  const summary = 'Likes, dislikes, watched and skips given here, newest first; other events with `types`';
  const schema = { tags: ['page'], querystring: UserEventsQuery, response: { 200: UserEventsResponse } };
  app.get(
    '/api/v1/users/:userIdx/events',
    { ...traffic.gate.hooks, schema: { operationId: 'listUserEvents', summary, ...schema, params: UserParams } },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
  app.get(
    '/api/v1/users/by-id/:userId/events',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'listUserEventsById',
        summary: `${summary}; by your own id`,
        ...schema,
        params: UserIdParams,
      },
    },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
}

/** @throws {MatineeError} `BAD_REQUEST` */
function readTypes(text: string | undefined): readonly FeedbackType[] {
  if (text === undefined) return LISTED_TYPES;
  return text.split(',').map((name) => {
    const type = FEEDBACK_TYPES.find((each) => each === name);
    if (type !== undefined) return type;
    throw new MatineeError('BAD_REQUEST', `query: "types" must be some of ${FEEDBACK_TYPES.join(',')}; got "${name}"`);
  });
}

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new MatineeError('BAD_CURSOR', 'query: "cursor" must be one that an earlier answer came with');
}
