import { Readable } from 'node:stream';
import { STREAM_TOPICS, StreamQuery, type StreamTopic } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { credentialsOf } from '../identity/credentials.ts';
import { networkOf } from '../identity/network.ts';
import type { Services } from './services.ts';

/** Proxies and phones close connections without traffic; this is below their usual limits. */
const BEAT_EVERY_MS = 15_000;
/** A client with more unread text is disconnected; it may reconnect with its last id. */
const MAX_UNREAD_CHARACTERS = 256 * 1024;
const MAX_CLIENTS = 500;
/** Clients of one address: nobody takes the seats of all others. */
const MAX_CLIENTS_PER_ADDRESS = 20;
/** Time that browsers wait before they reconnect. */
const RETRY_MS = 3000;

/** `GET /api/v1/stream`: training, releases and feedback as server-sent events. */
export function addStreamRoute(app: App, { serving, online, settings }: Services): void {
  const { stream } = online;
  const perAddress = new Map<string, number>();
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
      const topics = request.query.topics === undefined ? undefined : readTopics(request.query.topics);
      const seesFeedback = settings.demo || serving.current().viewers.access.isOperator(credentialsOf(request));
      if (!seesFeedback && topics?.includes('feedback')) {
        throw new MatineeError(
          'TOKEN_REQUIRED',
          'the topic feedback shows what people do: send the header "authorization: Bearer TOKEN", the operator\'s token',
        );
      }
      const address = networkOf(request.ip);
      const seats = perAddress.get(address) ?? 0;
      if (seats >= MAX_CLIENTS_PER_ADDRESS) {
        throw new MatineeError('TOO_MANY_STREAMS', `at most ${MAX_CLIENTS_PER_ADDRESS} clients of one address listen`);
      }
      const unread = new Readable({ read: () => undefined, encoding: 'utf8' });
      unread.push(`retry: ${RETRY_MS}\n\n`);
      const lastEventId = request.headers['last-event-id'];
      const leave = stream.subscribe({
        topics: new Set(topics ?? STREAM_TOPICS.filter((topic) => seesFeedback || topic !== 'feedback')),
        ...(lastEventId === undefined ? {} : { lastEventId: readId(lastEventId) }),
        send(text) {
          unread.push(text);
          if (unread.readableLength > MAX_UNREAD_CHARACTERS) unread.destroy();
        },
        end: () => unread.push(null),
      });
      perAddress.set(address, seats + 1);
      unread.once('close', () => {
        leave();
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left > 0) perAddress.set(address, left);
        else perAddress.delete(address);
      });
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
