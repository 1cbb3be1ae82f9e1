import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { BulkResult, ItemResponse, RecommendResponse, UserEventsResponse } from '@matinee/contract';
import { foldStanding } from '@matinee/recommender';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const OPERATOR = 'a token of the operator';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400_000;

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ demo: false, operatorToken: OPERATOR, explorationShare: 0, clock: () => NOW });
});
afterEach(() => server.close());

const headers = { authorization: `Bearer ${OPERATOR}` };
const asLines = { ...headers, 'content-type': 'application/x-ndjson' };

async function sendText(payload: string, sent: Readonly<Record<string, string>> = asLines) {
  const { status, text } = await server.sendAsStranger({
    ...{ method: 'POST', url: '/api/v1/events', headers: sent, payload },
  });
  const lines = text.split('\n').filter((line: string) => line !== '');
  return { status, results: lines.map((line: string) => JSON.parse(line) as BulkResult & { message?: string }) };
}
const send = (...events: readonly object[]) => sendText(events.map((event) => JSON.stringify(event)).join('\n'));
async function get<Body>(url: string): Promise<Body> {
  return (await server.sendAsStranger({ url, headers })).json as Body;
}
const listOf = (userId: string) => get<RecommendResponse>(`/recommend?user_id=${userId}&k=100`);
const eventsOf = async (userId: string) =>
  (await get<UserEventsResponse>(`/api/v1/users/by-id/${userId}/events?types=like,dislike,watched,skip,click`)).events;

describe('events as lines', () => {
  it('answers each line for itself: a broken one harms no other', async () => {
    const { status, results } = await sendText(
      [
        '\uFEFF{"user_id":"ada","item_id":"m1","event":"like","event_id":"ada-like-1"}\r',
        '',
        '{"user_id":"ada","item_id":"m1","event":"like","event_id":"ada-like-1"}',
        '{"user_id":"ada","item_id":"m2","event":"skip","event_id":"ada-like-1"}',
        '{"user_id":"ada"',
        '{"user_id":"bob","item_id":"none","event":"like"}',
        '{"user_id":"ada","event":"like"}',
        '{"item_id":"m1","event":"like"}',
        '{"user_id":"visitor-1","item_id":"m1","event":"like"}',
        '{"user_id":"ada","item_id":"m3","event":"loved"}',
        `{"user_id":"ada","item_id":"m3","event":"like","row_id":"${'x'.repeat(20_000)}"}`,
        '[]',
        '{"user_id":"ada","item_id":"m3","event":"undo"}',
        '{"user_idx":3,"item_idx":4,"event":"watched"}',
      ].join('\n'),
    );
    expect(status).toBe(200);
    expect(results.map(({ line, status: of, code }) => [line, of, code])).toEqual([
      [1, 'accepted', undefined],
      [3, 'duplicate', undefined],
      [4, 'rejected', 'EVENT_ID_TAKEN'],
      [5, 'rejected', 'BAD_JSON'],
      [6, 'rejected', 'ITEM_NOT_FOUND'],
      [7, 'rejected', 'BAD_REQUEST'],
      [8, 'rejected', 'BAD_REQUEST'],
      [9, 'rejected', 'USER_NOT_FOUND'],
      [10, 'rejected', 'BAD_REQUEST'],
      [11, 'rejected', 'BAD_REQUEST'],
      [12, 'rejected', 'BAD_REQUEST'],
      [13, 'rejected', 'BAD_REQUEST'],
      [14, 'accepted', undefined],
    ]);
    expect((await eventsOf('ada')).map(({ type, itemId }) => [type, itemId])).toEqual([['like', 'm1']]);
    // A line that is refused makes no user.
    expect((await server.stores.visitors.list(9)).map(({ userId }) => userId)).toEqual(['ada']);
  });

  it('is for who may act for anybody', async () => {
    const line = '{"user_id":"ada","item_id":"m1","event":"like"}';
    const json = { 'content-type': 'application/x-ndjson' };
    expect((await sendText(line, json)).status).toBe(401);
    expect(await server.stores.visitors.list(9)).toEqual([]);
  });

  it('takes no more bytes and lines than it says', async () => {
    const tooMany = `${'{}\n'.repeat(50_001)}`;
    expect(await sendText(tooMany)).toMatchObject({ status: 413, results: [{ code: 'BODY_TOO_LARGE' }] });
    expect((await sendText(' '.repeat(17 * 1024 * 1024))).status).toBe(413);
  });

  it('stores nothing of a body that is too large, whatever comes before its end', async () => {
    const event = '{"user_id":"ada","item_id":"m1","event":"like"}\n';
    const tooMany = `${event.repeat(600)}${'\n'.repeat(50_000)}${event}`;
    expect((await sendText(tooMany)).status).toBe(413);
    expect((await sendText(`${event.repeat(600)}${' '.repeat(17 * 1024 * 1024)}`)).status).toBe(413);
    expect(await server.stores.events.eventsAfter(0, 1)).toEqual([]);
  });

  it('takes in the whole body before it stores the first event, so that storing costs no time to send', async () => {
    let finish = (): void => undefined;
    const sent = new Promise<void>((resolve) => (finish = resolve));
    const { events, visitors } = server.stores;
    const append = (of: Parameters<typeof events.append>[0]) => sent.then(() => events.append(of));
    const slow = await startTestServer({ operatorToken: OPERATOR, eventLog: { ...events, append }, visitors });
    const { port } = new URL(await slow.app.listen({ host: '127.0.0.1', port: 0 }));
    // More than the buffers of a connection hold, so that it is sent only where the server reads it.
    const line = (at: number) => `{"user_id":"ada","item_id":"m${at % 90}",${' '.repeat(15_000)}"event":"click"}\n`;
    const body = Array.from({ length: 1000 }, (_, at) => line(at)).join('');
    const request = http.request({ port, method: 'POST', path: '/api/v1/events', headers: asLines });
    request.end(body, finish);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect((await text(response)).split('\n').filter((each) => each.includes('accepted'))).toHaveLength(1000);
    await slow.close();
  });

  it('stores a line with a time and no id once, and one without either as often as it is sent', async () => {
    const timed = { user_id: 'ada', item_id: 'm1', event: 'like', at: NOW - DAY };
    expect((await send(timed, timed)).results.map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
    expect((await send(timed)).results.map(({ status }) => status)).toEqual(['duplicate']);
    const { at: _, ...plain } = timed;
    expect((await send(plain, plain)).results.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
  });
});

describe('an undo as a line', () => {
  it('names the event that it takes back, so that sending all lines again changes nothing', async () => {
    const said = { user_id: 'ada', item_id: 'm1' };
    const lines = [
      { ...said, event: 'like', event_id: 'ada-like-1' },
      { ...said, event: 'watched', event_id: 'ada-watch-1' },
      { ...said, event: 'undo', undoes: 'ada-watch-1', at: NOW - DAY },
    ];
    const unnamed = [
      { ...said, event: 'undo' },
      { ...said, event: 'undo', undo_type: 'like', event_id: 'ada-undo-1' },
    ];
    const standing = async () => (await eventsOf('ada')).map(({ type, undone }) => [type, undone]);
    const first = await send(...lines, ...unnamed);
    expect(first.results.map(({ status }) => status)).toEqual([
      ...['accepted', 'accepted', 'accepted', 'rejected', 'rejected'],
    ]);
    expect(first.results[3]).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('"undoes"') });
    const before = await standing();
    expect(before).toEqual([
      ['watched', true],
      ['like', false],
    ]);
    await send(...lines, ...unnamed);
    expect(await standing()).toEqual(before);
  });
});

describe('the time of an event', () => {
  it('is on a day that exists', async () => {
    const said = { user_id: 'ada', item_id: 'm1', event: 'click' };
    const real = ['2020-02-29', '2020-01-31T20:00:00Z'];
    const unreal = ['2020-02-31', '2021-02-29', '2020-04-31T20:00:00+0100', '2020-00-10', '2020-01-31T25:00:00Z'];
    const { results } = await send(...[...real, ...unreal].map((at) => ({ ...said, at })));
    expect(results.map(({ status }) => status)).toEqual([
      ...real.map(() => 'accepted'),
      ...unreal.map(() => 'rejected'),
    ]);
    expect((await eventsOf('ada')).map(({ at }) => at.slice(0, 10))).toEqual(['2020-01-31', '2020-02-29']);
  });

  it('is between 1970 and five minutes from now', async () => {
    const said = { user_id: 'ada', item_id: 'm1', event: 'click' };
    const times = [
      ...[0, NOW, NOW + 300_000, '1970-01-01', '2026-03-01T12:04:59Z', '2026-03-01T13:00:00.5+01:00'],
      ...[-1, NOW + 300_001, '1969-12-31', '2026-03-01T12:00:00', '1.5', 1.5, 'yesterday', ''],
    ];
    const { results } = await send(...times.map((at) => ({ ...said, at })));
    expect(results.map(({ status }) => status === 'accepted')).toEqual(times.map((_, at) => at < 6));
    expect((await eventsOf('ada')).map(({ at }) => Date.parse(at)).every((at) => at <= NOW)).toBe(true);
  });

  it('orders a history, whichever was received first', async () => {
    const at = (days: number) => new Date(NOW - days * DAY).toISOString();
    const dislike = { user_id: 'ada', item_id: 'm7', event: 'dislike', at: at(2) };
    const like = { user_id: 'ada', item_id: 'm7', event: 'like', at: at(30) };
    const earlier = ['m30', 'm31', 'm32'].map((item_id, day) => ({
      ...{ user_id: 'bob', item_id, event: 'like', at: at(10 - day) },
    }));
    await send(dislike, like, ...earlier);
    const inOrder = await listOf('bob');
    await send(...earlier.toReversed().map((event) => ({ ...event, user_id: 'eve' })));
    const items = ({ items: of }: RecommendResponse) => of.map(({ item_id, score }) => [item_id, score]);
    expect(items(await listOf('eve'))).toEqual(items(inOrder));
    // The dislike is the later one, so nothing says that ada liked it.
    const standing = await server.stores.events.standingFeedback('ada', 0);
    const { byItem } = foldStanding(standing, (itemId) => Number(itemId.slice(1)));
    expect(byItem.get(7)).toMatchObject({ taste: 'dislike', atMs: NOW - 2 * DAY });
  });

  it('counts "lately" by when it happened', async () => {
    const likes = (days: number) =>
      Array.from({ length: 4 }, (_, who) => ({
        ...{ user_id: `p${who}`, item_id: `m${days}`, event: 'like', at: NOW - days * DAY - 60_000 * who - 60_000 },
      }));
    await send({ user_id: 'now', item_id: 'm90', event: 'click' }, ...likes(40), ...likes(3), ...likes(0));
    const lately = async (item: number) => (await get<ItemResponse>(`/api/v1/items/${item}`)).lately;
    expect(await lately(0)).toMatchObject({ lastHour: 4, lastDay: 4, lastWeek: 4 });
    expect(await lately(3)).toMatchObject({ lastHour: 0, lastDay: 0, lastWeek: 4 });
    expect(await lately(40)).toMatchObject({ lastHour: 0, lastDay: 0, lastWeek: 0 });
  });
});

describe('ratings and shares watched', () => {
  it.each([
    ...[5, 4.5, 4].map((rating) => [{ event: 'rate', rating }, 'like'] as const),
    ...[3.5, 3, 2.5].map((rating) => [{ event: 'rate', rating }, 'watched'] as const),
    ...[2, 1.5, 1].map((rating) => [{ event: 'rate', rating }, 'dislike'] as const),
    ...[1, 0.7].map((share) => [{ event: 'watched', share }, 'watched'] as const),
    ...[0.69, 0.05].map((share) => [{ event: 'watched', share }, 'click'] as const),
    ...[0.04, 0].map((share) => [{ event: 'watched', share }, 'skip'] as const),
  ])('%o acts as %s in the next answer, on every route that takes it', async (said, type) => {
    const { event, ...value } = said;
    const first = (await listOf('ada')).items[0]!;
    const about = { item_id: first.item_id };
    const { results } = await send({ user_id: 'ada', ...about, ...said });
    expect(results).toMatchObject([{ status: 'accepted' }]);
    await server.sendAsStranger({
      ...{ method: 'POST', url: '/feedback', headers, payload: { user_id: 'bob', ...about, ...said } },
    });
    const batch = {
      userId: 'eve',
      events: [{ eventId: 'event-of-eve', type: event, ...value, itemId: first.item_id }],
    };
    await server.sendAsStranger({ method: 'POST', url: '/api/v1/events', headers, payload: batch });
    for (const userId of ['ada', 'bob', 'eve']) {
      expect(await eventsOf(userId)).toMatchObject([{ type, itemId: first.item_id, ...value }]);
      const listed = (await listOf(userId)).items.map(({ item_id }) => item_id);
      expect(listed.includes(first.item_id)).toBe(type === 'click');
    }
  });

  it.each([
    { event: 'rate' },
    { event: 'rate', rating: 0.5 },
    { event: 'rate', rating: 5.5 },
    { event: 'rate', rating: 3.3 },
    { event: 'like', rating: 4 },
    { event: 'watched', share: 1.1 },
    { event: 'watched', share: -0.1 },
    { event: 'click', share: 0.5 },
    { event: 'rate', rating: 4, share: 0.5 },
  ])('refuses %o', async (said) => {
    const { results } = await send({ user_id: 'ada', item_id: 'm1', ...said });
    expect(results).toMatchObject([{ status: 'rejected', code: 'BAD_REQUEST' }]);
    const payload = { user_id: 'ada', item_id: 'm1', ...said };
    expect((await server.sendAsStranger({ method: 'POST', url: '/feedback', headers, payload })).status).toBe(400);
  });
});
