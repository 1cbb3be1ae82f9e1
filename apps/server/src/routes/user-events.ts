import { UserEventsQuery, UserEventsResponse, UserParams } from '@matinee/contract';
import { defined, MatineeError } from '@matinee/numerics';
import { type FeedbackType, ruleAgainst } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { lookUpVerdicts } from '../serving/viewers.ts';
import { posterUrlOf, titleOf } from './cards.ts';
import type { Services } from './services.ts';

/** Event types in a history: not clicks and impressions; an undo is shown on the event that it undoes. */
const LISTED_TYPES: readonly FeedbackType[] = ['like', 'dislike', 'watched', 'skip'];

/** `GET /api/v1/users/:userIdx/events`: the user's feedback, newest first. */
export function addUserEventsRoute(app: App, { serving, stores, traffic }: Services): void {
  app.get(
    '/api/v1/users/:userIdx/events',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'listUserEvents',
        summary: 'Likes, dislikes, watched and skips given here, newest first',
        tags: ['page'],
        params: UserParams,
        querystring: UserEventsQuery,
        response: { 200: UserEventsResponse },
      },
    },
    async (request) => {
      const { engine, viewers } = serving.current();
      const { limit, cursor } = request.query;
      const beforeSequence = cursor === undefined ? undefined : readCursor(cursor);
      const state = await viewers.stateOf(request.params.userIdx, readRequestParameters(request));
      const { person } = state;
      const verdicts = lookUpVerdicts(engine, state);
      const page = await stores.eventLog.eventsOfUser(person.userId, {
        limit: limit + 1,
        types: LISTED_TYPES,
        ...defined({ beforeSequence }),
      });
      const shown = page.slice(0, limit);
      const { vocabulary } = engine.catalogue;
      return {
        // The log also has items that are not in this catalogue or that the profile may no longer see; they are left
        // out.
        events: shown.flatMap(({ eventId, type, itemId, atMs, undoneBy }) => {
          const itemIdx = vocabulary.indexOf(itemId);
          if (itemIdx < 0 || ruleAgainst(verdicts, itemIdx) !== undefined) return [];
          return [
            {
              eventId,
              type,
              itemIdx,
              title: titleOf(engine, itemIdx),
              posterUrl: posterUrlOf(engine, itemIdx),
              at: new Date(atMs).toISOString(),
              undone: undoneBy !== undefined,
            },
          ];
        }),
        cursor: page.length > limit ? String(shown.at(-1)?.sequence ?? 0) : null,
      };
    },
  );
}

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new MatineeError('BAD_CURSOR', 'query: "cursor" must be one that an earlier answer came with');
}
