import { Readable } from 'node:stream';
import { STREAM_TOPICS, StreamQuery, type StreamTopic } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import type { Services } from './services.ts';

/** Proxies and phones close connections that are silent for longer. */
const BEAT_EVERY_MS = 15_000;
/** A client that lags behind by more does not read; it is cut off and may come back with its last id. */
const MAX_UNREAD_CHARACTERS = 256 * 1024;
const MAX_CLIENTS = 500;
/** What browsers are told to wait before they come back. */
const RETRY_MS = 3000;

/** `GET /api/v1/stream`: what happens, as server-sent events. */
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
        throw new MatineeError('OVERLOADED', 'too many listen already; GET /api/v1/status tells the state');
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
      // Proxies that gather answers before they pass them on would hold events back.
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          // Once it ends the connection has no further use, and a server that closes need not wait for it.
          .header('connection', 'close')
          .send(unread)
      );
    },
  );
}

function readTopics(topics: string): StreamTopic[] {
  return STREAM_TOPICS.filter((topic) => topics.split(',').includes(topic));
}

/** NaN for an id that is none of ours. */
function readId(header: string | string[]): number {
  return /^\d{1,16}$/.test(String(header)) ? Number(header) : Number.NaN;
}
