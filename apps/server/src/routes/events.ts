import { EventsBody, EventsResponse } from '@matinee/contract';
import type { App } from '../http/app.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { DAILY_LIMIT_MESSAGE, isBeyondDailyLimit } from '../serving/daily-limit.ts';
import { itemIndexOf, itemNotFound } from '../serving/references.ts';
import { visibleTo } from '../serving/viewers.ts';
import type { Services } from './services.ts';

/** `POST /api/v1/events`: stores a batch of events from the page. Durable before the response. */
export function addEventsRoute(app: App, { serving, stores, recordFeedback, clock }: Services): void {
  app.post(
    '/api/v1/events',
    {
      bodyLimit: 64 * 1024,
      schema: {
        operationId: 'sendEvents',
        summary: 'Store a batch of events; each is answered for itself',
        tags: ['page'],
        body: EventsBody,
        response: { 200: EventsResponse },
      },
    },
    async (request) => {
      const { events, ...user } = request.body;
      const { engine, viewers } = serving.current();
      const parameters = withoutRules(request);
      const userIdx = await viewers.access.resolveOrCreate(user, parameters.credentials);
      const viewer = await viewers.stateOf(userIdx, parameters);
      const { userId } = viewer.person;
      const isFull =
        !viewers.access.isOperator(parameters.credentials) &&
        (await isBeyondDailyLimit(stores.eventLog, userId, events.length, clock()));
      if (isFull) {
        const refused = { status: 'rejected' as const, message: DAILY_LIMIT_MESSAGE };
        return { results: events.map(({ eventId }) => ({ eventId, ...refused })) };
      }
      const isVisible = visibleTo(engine, viewer);
      // The same for a title that this viewer may not see and for one that does not exist.
      const located = events.map(({ itemId, ...event }) => ({
        ...event,
        itemIdx: itemIndexOf(engine, { itemIdx: event.itemIdx, itemId }),
      }));
      const reasons = located.map(({ itemIdx }, at) =>
        isVisible(itemIdx) ? undefined : itemNotFound(engine, events[at]!).message,
      );
      const taken = located.filter((_, index) => reasons[index] === undefined);
      const recorded = [...(await recordFeedback(engine, viewer, taken))];
      const results = events.map(({ eventId }, index) => {
        const message = reasons[index];
        return message === undefined ? recorded.shift() : { eventId, status: 'rejected' as const, message };
      });
      return { results: results.filter((result) => result !== undefined) };
    },
  );
}
