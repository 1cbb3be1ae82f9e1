import { EventsBody, EventsResponse } from '@matinee/contract';
import type { App } from '../http/app.ts';
import { sessionOf } from '../http/requested-rules.ts';
import type { Services } from './services.ts';

/** `POST /api/v1/events`: stores a batch of events from the page. Durable before the response. */
export function addEventsRoute(app: App, { serving, recordFeedback }: Services): void {
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
      const { userIdx, events } = request.body;
      const { engine, viewers } = serving.current();
      const state = await viewers.stateOf(await viewers.find(userIdx), sessionOf(request));
      return { results: [...(await recordFeedback(engine, state, events))] };
    },
  );
}
