import { FeedbackBody, FeedbackResponse } from '@matinee/contract';
import type { App } from '../http/app.ts';
import { sessionOf } from '../http/requested-rules.ts';
import { requireItem } from '../serving/viewers.ts';
import type { Services } from './services.ts';

/** `POST /feedback`, part of the stable contract. Durable before the response. */
export function addFeedbackRoute(app: App, { serving, recordFeedback, createId }: Services): void {
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
      const { user_idx, item_idx, event, event_id = createId() } = request.body;
      const { engine, viewers } = serving.current();
      const state = await viewers.stateOf(await viewers.find(user_idx), sessionOf(request));
      requireItem(engine, item_idx);
      const [result] = await recordFeedback(engine, state, [{ eventId: event_id, type: event, itemIdx: item_idx }]);
      // `rejected` cannot occur: the undo names no event, and the item exists.
      return { event_id, status: result?.status === 'rejected' ? 'nothing_to_undo' : (result?.status ?? 'accepted') };
    },
  );
}
