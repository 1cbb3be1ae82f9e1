// @vitest-environment happy-dom
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventsBody } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toastStore } from '../toasts/toast-store.ts';
import { giveFeedback, ledger, undoLast } from './feedback.ts';

const NOTHING = { taste: null, watched: false, skipped: false };
const stored: EventsBody['events'] = [];
let status = 202;
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      if (status !== 202) {
        response.end(JSON.stringify({ statusCode: status, code: 'OVERLOADED', message: 'later' }));
        return;
      }
      const { events } = JSON.parse(text) as EventsBody;
      stored.push(...events);
      response.end(JSON.stringify({ results: events.map(({ eventId }) => ({ eventId, status: 'accepted' })) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(`http://127.0.0.1:${port}/`);
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const stateOf = (itemIdx: number) => ledger.stateOf(1, itemIdx, NOTHING);
const until = (check: () => boolean) => vi.waitUntil(check, { timeout: 5000, interval: 20 });

describe('giveFeedback', () => {
  it('marks at once, reaches the server with where it was said, and offers to undo', async () => {
    status = 202;
    giveFeedback(1, { itemIdx: 10, title: 'Matrix, The' }, 'like', NOTHING, { rowId: 'popular', position: 3 });
    expect(stateOf(10).taste).toBe('like');
    expect(toastStore.current()?.text).toBe('Liked The Matrix');
    await until(() => stored.some(({ itemIdx }) => itemIdx === 10));
    expect(stored.find(({ itemIdx }) => itemIdx === 10)).toMatchObject({ type: 'like', rowId: 'popular', position: 3 });
    toastStore.current()?.action?.run();
    expect(stateOf(10).taste).toBeNull();
    await until(() => stored.some(({ type, itemIdx }) => type === 'undo' && itemIdx === 10));
    const [like, undo] = stored.filter(({ itemIdx }) => itemIdx === 10);
    expect(undo?.undoes).toBe(like?.eventId);
  });

  it('rolls back and says so when the server does not take it', async () => {
    status = 503;
    giveFeedback(1, { itemIdx: 11, title: 'Heat' }, 'watched', NOTHING);
    expect(stateOf(11).watched).toBe(true);
    await until(() => !stateOf(11).watched);
    expect(toastStore.current()).toMatchObject({ tone: 'error', text: 'Not saved: Heat. The server did not answer.' });
  });

  it('saves the same choice under the same id when tried again', async () => {
    status = 202;
    toastStore.current()?.action?.run();
    expect(stateOf(11).watched).toBe(true);
    await until(() => stored.some(({ itemIdx }) => itemIdx === 11));
    expect(stored.filter(({ itemIdx }) => itemIdx === 11)).toHaveLength(1);
  });

  it('takes the latest choice back with one key', async () => {
    status = 202;
    giveFeedback(1, { itemIdx: 12, title: 'Fargo' }, 'skip', NOTHING);
    undoLast();
    expect(stateOf(12).skipped).toBe(false);
    expect(toastStore.current()?.text).toBe('Taken back: Fargo');
    await until(() => stored.some(({ type, itemIdx }) => type === 'undo' && itemIdx === 12));
  });
});
