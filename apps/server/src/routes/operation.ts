import Type from 'typebox';
import type { App } from '../http/app.ts';
import type { Services } from './services.ts';

const Health = Type.Object({ status: Type.String() });

/** `/healthz`: the process answers. `/readyz`: it can read its store and is not closing. `/metrics`: Prometheus. */
export function addOperationRoutes(app: App, { stores, traffic }: Services): void {
  const { metrics, isDraining } = traffic;
  const tags = ['operation'];
  app.get(
    '/healthz',
    { schema: { operationId: 'getHealth', summary: 'The process answers', tags, response: { 200: Health } } },
    async () => ({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'The process answers and can read its event log',
        tags,
        response: { 200: Health, 503: Health },
      },
    },
    async (request, reply) => {
      if (isDraining()) return reply.code(503).send({ status: 'the server is closing' });
      try {
        await stores.eventLog.eventsAfter(0, 1);
        return { status: 'ok' };
      } catch (error) {
        request.log.error(error, 'the event log cannot be read');
        return reply.code(503).send({ status: 'the event log cannot be read' });
      }
    },
  );
  app.get(
    '/metrics',
    { schema: { operationId: 'getMetrics', summary: 'Prometheus metrics', tags, response: { 200: Type.String() } } },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
