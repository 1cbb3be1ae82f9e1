import type { EventsResponse, ItemResponse } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const sendEvents = async (userIdx: number, ...events: object[]): Promise<EventsResponse['results']> =>
  ((await server.post('/api/v1/events', { userIdx, events })).json as EventsResponse).results;
const stateOf = async (userIdx: number, itemIdx: number): Promise<ItemResponse> =>
  (await server.send(`/api/v1/items/${itemIdx}?userIdx=${userIdx}`)).json as ItemResponse;
const say = async (userIdx: number, event: string, parts: object = {}) =>
  server.post('/feedback', { user_idx: userIdx, item_idx: 50, event, ...parts });

const NOTHING = { taste: null, watched: false, skipped: false };

describe('an undo that comes before what it undoes', () => {
  it.each(['like', 'dislike', 'watched', 'skip'])(
    'takes back a %s, one after the other and in one batch',
    async (type) => {
      const userIdx = await server.newVisitor();
      await sendEvents(userIdx, { eventId: 'undo-0001', type: 'undo', itemIdx: 50, undoes: 'late-0001' });
      expect(await sendEvents(userIdx, { eventId: 'late-0001', type, itemIdx: 50 })).toEqual([
        { eventId: 'late-0001', status: 'accepted' },
      ]);
      await sendEvents(
        userIdx,
        { eventId: 'undo-0002', type: 'undo', itemIdx: 50, undoes: 'late-0002' },
        { eventId: 'late-0002', type, itemIdx: 50 },
      );
      expect((await stateOf(userIdx, 50)).feedback).toMatchObject(NOTHING);
      const operated = await startTestServer({
        eventLog: server.stores.events,
        visitors: server.stores.visitors,
        operatorToken: 'operator',
      });
      const reopened = (
        await operated.send({
          url: `/api/v1/items/50?userIdx=${userIdx}`,
          headers: { authorization: 'Bearer operator' },
        })
      ).json as ItemResponse;
      expect(reopened.feedback).toMatchObject(NOTHING);
      await operated.close();
    },
  );

  it('takes it back when both are sent at the same moment, and counts it nowhere', async () => {
    const userIdx = await server.newVisitor();
    const before = (await stateOf(userIdx, 61)).lately;
    for (let pair = 0; pair < 20; pair++) {
      const like = { eventId: `like-late-${pair}`, type: 'like', itemIdx: 61 };
      const undo = { eventId: `undo-late-${pair}`, type: 'undo', itemIdx: 61, undoes: like.eventId };
      const both = pair % 2 ? [like, undo] : [undo, like];
      await Promise.all(both.map((event) => sendEvents(userIdx, event)));
      const { feedback, lately } = await stateOf(userIdx, 61);
      expect(feedback.taste).toBeNull();
      expect(lately).toEqual(before);
    }
  });

  it('is possible with the stable route, too', async () => {
    const userIdx = await server.newVisitor();
    await say(userIdx, 'undo', { undoes: 'stable-like-1' });
    await say(userIdx, 'like', { event_id: 'stable-like-1' });
    expect((await stateOf(userIdx, 50)).feedback.taste).toBeNull();
  });
});

describe('an undo of what was said several times', () => {
  it('takes all of it back, and leaves what else was said', async () => {
    const userIdx = await server.newVisitor();
    const before = (await stateOf(userIdx, 50)).lately;
    await say(userIdx, 'like');
    await say(userIdx, 'like');
    await say(userIdx, 'undo');
    expect((await stateOf(userIdx, 50)).feedback.taste).toBeNull();
    await say(userIdx, 'watched');
    for (let count = 0; count < 200; count++) await say(userIdx, 'like');
    expect((await stateOf(userIdx, 50)).lately.lastHour).toBe(before.lastHour + 1);
    await say(userIdx, 'undo');
    expect((await stateOf(userIdx, 50)).feedback).toMatchObject({ taste: null, watched: true });
    await say(userIdx, 'undo');
    const { feedback, lately } = await stateOf(userIdx, 50);
    expect(feedback).toMatchObject(NOTHING);
    expect(lately).toEqual(before);
    expect((await say(userIdx, 'undo')).json).toMatchObject({ status: 'nothing_to_undo' });
  });
});

describe('the id of an event', () => {
  it('belongs to its user: two users may give the same', async () => {
    const [ada, bob] = [await server.newVisitor(), await server.newVisitor()];
    const event = { eventId: 'shared-id-1', type: 'like', itemIdx: 50 };
    expect(await sendEvents(ada, event)).toMatchObject([{ status: 'accepted' }]);
    expect(await sendEvents(bob, { ...event, type: 'dislike', itemIdx: 51 })).toMatchObject([{ status: 'accepted' }]);
    expect((await stateOf(bob, 51)).feedback.taste).toBe('dislike');
    expect(
      await sendEvents(bob, { eventId: 'undo-shared', type: 'undo', itemIdx: 51, undoes: 'shared-id-1' }),
    ).toMatchObject([{ status: 'accepted' }]);
    expect((await stateOf(ada, 50)).feedback.taste).toBe('like');
    expect((await stateOf(bob, 51)).feedback.taste).toBeNull();
  });

  it('names one event: sent again it is a duplicate, with other content it is refused by name', async () => {
    const userIdx = await server.newVisitor();
    const event = { eventId: 'only-once-1', type: 'like', itemIdx: 50, rowId: 'popular', position: 2 };
    await sendEvents(userIdx, event);
    const [same, ...others] = await sendEvents(
      ...[userIdx, event, { ...event, itemIdx: 51 }, { ...event, type: 'skip' }, { ...event, position: 3 }],
    );
    expect(same).toEqual({ eventId: 'only-once-1', status: 'duplicate' });
    expect(others).toHaveLength(3);
    for (const other of others) {
      expect(other).toMatchObject({ eventId: 'only-once-1', status: 'rejected', code: 'EVENT_ID_TAKEN' });
      expect(other.message).toContain('already names another event of this user: like of title');
    }
    expect((await say(userIdx, 'skip', { event_id: 'only-once-1' })).json).toMatchObject({
      ...{ statusCode: 409, code: 'EVENT_ID_TAKEN' },
    });
    expect((await stateOf(userIdx, 50)).feedback).toMatchObject({ taste: 'like', skipped: false });
  });
});
