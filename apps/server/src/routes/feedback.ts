import { FeedbackBody, FeedbackResponse } from '@matinee/contract';
import { defined, MatineeError } from '@matinee/numerics';
import type { App } from '../http/app.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { DAILY_LIMIT_MESSAGE, isBeyondDailyLimit } from '../serving/daily-limit.ts';
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
      const { user_idx, item_idx, event, undo_type, event_id = createId() } = request.body;
      const { engine, viewers } = serving.current();
      const parameters = withoutRules(request);
      const state = await viewers.stateOf(user_idx, parameters);
      requireVisible(engine, state, item_idx);
      const isLimited = !viewers.access.isOperator(parameters.credentials);
      if (isLimited && (await isBeyondDailyLimit(stores.eventLog, state.person.userId, 1, clock()))) {
        throw new MatineeError('TOO_MANY_EVENTS', DAILY_LIMIT_MESSAGE);
      }
      const input = { eventId: event_id, type: event, itemIdx: item_idx, ...defined({ undoType: undo_type }) };
      const [result] = await recordFeedback(engine, state, [input]);
      // `rejected` cannot occur: the undo names no event, and the item exists.
      return { event_id, status: result?.status === 'rejected' ? 'nothing_to_undo' : (result?.status ?? 'accepted') };
    },
  );
}
