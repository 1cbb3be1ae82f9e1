import { StatusResponse } from '@matinee/contract';
import type { App, Services } from '../app.ts';

/** `GET /api/v1/status`: what is being served. */
export function addStatusRoute(app: App, { current, datasetName, eventCount }: Services): void {
  app.get(
    '/api/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'What is being served',
        tags: ['operation'],
        response: { 200: StatusResponse },
      },
    },
    async () => {
      const { engine } = current();
      return {
        version: engine.release.version,
        generation: engine.release.generation,
        dataset: { name: datasetName, userCount: engine.userCount, itemCount: engine.itemCount, eventCount },
      };
    },
  );
}
