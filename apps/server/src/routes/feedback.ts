import { FeedbackBody, FeedbackResponse } from '@matinee/contract';
import { defined, MatineeError } from '@matinee/numerics';
import type { App } from '../http/app.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { DAILY_LIMIT_MESSAGE, isBeyondDailyLimit } from '../serving/daily-limit.ts';
import { EVENT_ID_TAKEN } from '../serving/record-feedback.ts';
import { ITEM_FIELDS_OF_STABLE, itemIndexOf, itemNotFound, USER_FIELDS_OF_STABLE } from '../serving/references.ts';
import { readSaid } from '../serving/said-feedback.ts';
import { requireVisible } from '../serving/viewers.ts';
import type { Services } from './services.ts';

/** `POST /feedback`, part of the stable contract. Durable before the response. */
export function addFeedbackRoute(app: App, { serving, stores, recordFeedback, clock, createId }: Services): void {
  app.post(
    '/feedback',
    {
      bodyLimit: 4096,
      schema: {
        operationId: 'giveFeedback',
        summary: 'Tell one thing about one title; the next answer reflects it',
        tags: ['stable'],
        body: FeedbackBody,
        response: { 200: FeedbackResponse },
      },
    },
    async (request) => {
      const { user_idx, user_id, item_idx, item_id, event, event_id = createId(), undoes, undo_type } = request.body;
      const said = readSaid({ type: event, rating: request.body.rating, share: request.body.share });
      const { engine, viewers } = serving.current();
      const parameters = withoutRules(request);
      const itemIdx = itemIndexOf(engine, { itemIdx: item_idx, itemId: item_id }, ITEM_FIELDS_OF_STABLE);
      const item = item_id === undefined ? { itemIdx } : { itemId: item_id };
      const user = { userIdx: user_idx, userId: user_id };
      const isUnnamedUndo = event === 'undo' && undoes === undefined;
      const userIdx = await viewers.userOfEvents(user, parameters, USER_FIELDS_OF_STABLE, (isVisible) => {
        if (!isVisible(itemIdx)) throw itemNotFound(engine, item);
        return !isUnnamedUndo;
      });
      if (userIdx === undefined) return { event_id, status: 'nothing_to_undo' as const };
      const state = await viewers.stateOf(userIdx, parameters);
      requireVisible(engine, state, item);
      const isLimited = !viewers.access.isOperator(parameters.credentials);
      if (isLimited && (await isBeyondDailyLimit(stores.eventLog, state.person.userId, 1, clock()))) {
        throw new MatineeError('TOO_MANY_EVENTS', DAILY_LIMIT_MESSAGE);
      }
      const input = { eventId: event_id, ...said, itemIdx, ...defined({ undoes, undoType: undo_type }) };
      const [result] = await recordFeedback(engine, state, [input]);
      // Nothing else can be wrong: the item exists.
      if (result?.status === 'rejected') throw new MatineeError(EVENT_ID_TAKEN, result.message ?? '');
      return { event_id, status: result?.status ?? 'accepted' };
    },
  );
}
