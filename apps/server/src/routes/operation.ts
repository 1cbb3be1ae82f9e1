import Type from 'typebox';
import type { App } from '../http/app.ts';
import type { Services } from './services.ts';

const Health = Type.Object({ status: Type.String() });

/** `/healthz`: the process answers. `/readyz`: it can write its store and is not closing. `/metrics`: Prometheus. */
export function addOperationRoutes(app: App, { stores, traffic }: Services): void {
  const { metrics, isDraining } = traffic;
  const tags = ['operation'];
  const probe = createProbe(stores.probeStore);
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
        summary: 'The process answers and can write its event log',
        tags,
        response: { 200: Health, 503: Health },
      },
    },
    async (request, reply) => {
      if (isDraining()) return reply.code(503).send({ status: 'the server is closing' });
      const failure = await probe();
      if (failure === undefined) return { status: 'ok' };
      request.log.error(failure, 'the event log cannot be written');
      return reply.code(503).send({ status: 'the event log cannot be written' });
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Prometheus metrics',
        tags,
        response: { 200: Type.String({ contentMediaType: 'text/plain' }) },
      },
    },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

/** A result counts for so long, since each probe syncs the disk. */
const PROBE_EVERY_MS = 5000;
/** A store without an answer by then is not ready. */
const PROBE_DEADLINE_MS = 2000;

/** Returns a function that gives why the store cannot be written, or undefined. Concurrent callers share one probe. */
function createProbe(probeStore: () => Promise<void>): () => Promise<Error | undefined> {
  let last: { readonly atMs: number; readonly failure: Promise<Error | undefined> } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.atMs > PROBE_EVERY_MS) {
      const late = new Promise<Error>((resolve) => {
        setTimeout(() => resolve(new Error(`no answer within ${PROBE_DEADLINE_MS} ms`)), PROBE_DEADLINE_MS).unref();
      });
      const probed = probeStore().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      last = { atMs: nowMs, failure: Promise.race([probed, late]) };
    }
    return last.failure;
  };
}
