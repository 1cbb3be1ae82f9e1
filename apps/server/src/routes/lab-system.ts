import { LabSystemResponse } from '@matinee/contract';
import type { App } from '../http/app.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { requireOpenLab } from '../lab/lab-access.ts';
import { latenciesOf } from '../lab/latencies.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/lab/system`: what this process holds and how fast it answers. */
export function addLabSystemRoute(app: App, { serving, traces }: Services): void {
  app.get(
    '/api/v1/lab/system',
    {
      schema: {
        operationId: 'getSystem',
        summary: 'Memory, sources and latencies of this process',
        tags: ['lab'],
        response: { 200: LabSystemResponse },
      },
    },
    async (request) => {
      const { engine, viewers } = serving.current();
      await requireOpenLab(viewers.access, withoutRules(request).credentials);
      const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
      const kept = traces.all();
      const since = kept.reduce((first, { atMs }) => Math.min(first, atMs), Number.POSITIVE_INFINITY);
      return {
        uptime: process.uptime(),
        node: process.version,
        memory: { resident: rss, heap: heapUsed, buffers: arrayBuffers },
        catalogue: { items: engine.itemCount, users: engine.userCount },
        sources: engine.release.sources.map(({ name, weight, model }) => ({
          name,
          kind: model.traits.answerName,
          weight,
          dimensions: model.vectors?.width ?? null,
        })),
        traces: traces.size(),
        latency: {
          requests: kept.length,
          since: kept.length === 0 ? null : new Date(since).toISOString(),
          ...latenciesOf(kept),
        },
      };
    },
  );
}
