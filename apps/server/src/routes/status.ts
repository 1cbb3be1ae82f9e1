import { StatusResponse } from '@matinee/contract';
import type { App, Services } from '../app.ts';

/** `GET /api/v1/status`: what is being served, and what is on its way. */
export function addStatusRoute(app: App, { current, served, training, log, datasetName, eventCount }: Services): void {
  app.get(
    '/api/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'What is being served, and what is being trained',
        tags: ['operation'],
        response: { 200: StatusResponse },
      },
    },
    async () => {
      const { engine } = current();
      const progress = training.current();
      return {
        version: engine.release.version,
        generation: engine.release.generation,
        dataset: { name: datasetName, userCount: engine.userCount, itemCount: engine.itemCount, eventCount },
        ...(progress === undefined ? {} : { training: progress }),
        online: { throughSequence: log.throughSequence() },
        releases: served().map(({ version, generation, sinceMs }) => ({
          version,
          generation,
          since: new Date(sinceMs).toISOString(),
        })),
      };
    },
  );
}
