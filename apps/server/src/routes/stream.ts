import { Readable } from 'node:stream';
import { STREAM_TOPICS, StreamQuery, type StreamTopic } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import type { Services } from './services.ts';

/** Proxies and phones close connections without traffic; this is below their usual limits. */
const BEAT_EVERY_MS = 15_000;
/** A client with more unread text is disconnected; it may reconnect with its last id. */
const MAX_UNREAD_CHARACTERS = 256 * 1024;
const MAX_CLIENTS = 500;
/** Time that browsers wait before they reconnect. */
const RETRY_MS = 3000;

/** `GET /api/v1/stream`: training, releases and feedback as server-sent events. */
export function addStreamRoute(app: App, { online }: Services): void {
  const { stream } = online;
  const beating = setInterval(() => stream.beat(), BEAT_EVERY_MS).unref();
  app.addHook('preClose', async () => {
    clearInterval(beating);
    stream.close();
  });

  app.get(
    '/api/v1/stream',
    {
      config: { isEndless: true },
      schema: {
        operationId: 'streamEvents',
        summary: 'Training, releases and feedback as they happen: server-sent events',
        tags: ['page'],
        querystring: StreamQuery,
        response: { 200: Type.Unsafe<Readable>({ type: 'string', contentMediaType: 'text/event-stream' }) },
      },
    },
    async (request, reply) => {
      if (stream.subscriberCount() >= MAX_CLIENTS) {
        throw new MatineeError('OVERLOADED', 'too many clients listen already; GET /api/v1/status has the state');
      }
      const unread = new Readable({ read: () => undefined, encoding: 'utf8' });
      unread.push(`retry: ${RETRY_MS}\n\n`);
      const lastEventId = request.headers['last-event-id'];
      const leave = stream.subscribe({
        topics: new Set(request.query.topics === undefined ? STREAM_TOPICS : readTopics(request.query.topics)),
        ...(lastEventId === undefined ? {} : { lastEventId: readId(lastEventId) }),
        send(text) {
          unread.push(text);
          if (unread.readableLength > MAX_UNREAD_CHARACTERS) unread.destroy();
        },
        end: () => unread.push(null),
      });
      unread.once('close', leave);
      // The header `x-accel-buffering` keeps proxies from buffering events.
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          // The connection is not reused, so a closing server need not wait for it.
          .header('connection', 'close')
          .send(unread)
      );
    },
  );
}

function readTopics(topics: string): StreamTopic[] {
  return STREAM_TOPICS.filter((topic) => topics.split(',').includes(topic));
}

/** Returns NaN for an id that is not a number. */
function readId(header: string | string[]): number {
  return /^\d{1,16}$/.test(String(header)) ? Number(header) : Number.NaN;
}
