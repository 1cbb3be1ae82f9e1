import type {
  HomeResponse,
  HouseholdResponse,
  LabSystemResponse,
  LabTrace,
  LabTraceItem,
  NewTraceResponse,
  Profile,
  SessionResponse,
} from '@matinee/contract';
import { createItemFacts } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const USER = 7;
const HIDDEN = 11;
let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ facts: createItemFacts(240, (item) => ({ isHidden: item === HIDDEN })) });
});
afterEach(() => server.close());

const homeOf = async (userIdx: number) => (await server.send(`/api/v1/home?userIdx=${userIdx}`)).json as HomeResponse;
const traceOf = async (requestId: string) => (await server.send(`/api/v1/lab/traces/${requestId}`)).json as LabTrace;
const itemOf = async (requestId: string, itemIdx: number) =>
  (await server.send(`/api/v1/lab/traces/${requestId}/items/${itemIdx}`)).json as LabTraceItem;
const makeTrace = async (body: object) => {
  const { status, json, text } = await server.post('/api/v1/lab/traces', body);
  expect(status, text).toBe(200);
  return json as NewTraceResponse;
};

describe('the trace of a page request', () => {
  it('counts the titles that are left after each stage, as the page was made', async () => {
    const home = await homeOf(USER);
    const { funnel, history, rows, removed, release, userIdx } = await traceOf(home.requestId);
    const counts = funnel.map(({ count }) => count);
    expect(funnel.map(({ stage }) => stage)).toEqual(['catalogue', 'rules', 'sources', 'blend', 'ranked', 'page']);
    expect(counts[0]).toBe(240);
    expect(counts[1]).toBe(240 - Object.values(removed).reduce((sum, count) => sum + count, 0));
    expect(removed['seen']).toBe(history.length);
    expect(rows.map(({ id }) => id)).toEqual(home.rows.map(({ id }) => id));
    expect(counts[5]).toBe(rows.reduce((sum, { count }) => sum + count, 0));
    expect([release, userIdx]).toEqual([home.version, USER]);
  });

  it('stays as it was when the user has made further requests', async () => {
    const home = await homeOf(USER);
    const itemIdx = home.rows[0]!.items[0]!.itemIdx;
    const before = [await traceOf(home.requestId), await itemOf(home.requestId, itemIdx)];
    await server.post('/api/v1/events', {
      userIdx: USER,
      events: [{ eventId: 'like-0000001', type: 'like', itemIdx }],
    });
    for (const userIdx of [USER, 8, 9, 10]) await homeOf(userIdx);
    const [trace, item] = [await traceOf(home.requestId), await itemOf(home.requestId, itemIdx)];
    expect(trace).toEqual(before[0]);
    expect({ ...item, item: undefined }).toEqual({ ...before[1], item: undefined });
  });

  it('is gone after another release was swapped in, and says how to make a new one', async () => {
    const home = await homeOf(USER);
    await server.swap({ ...(await createSmallWorld()).release, version: 'fedcba9876543210' });
    const { status, json } = await server.send(`/api/v1/lab/traces/${home.requestId}`);
    expect([status, (json as { code: string; message: string }).code]).toEqual([404, 'TRACE_NOT_KEPT']);
    expect((json as { message: string }).message).toContain('POST /api/v1/lab/traces');
  });

  it('is there for a page that visitors share, under the id of each request', async () => {
    const [first, second] = [await server.newVisitor(), await server.newVisitor()];
    const [a, b] = [await homeOf(first), await homeOf(first)];
    expect(a.requestId).not.toBe(b.requestId);
    expect((await traceOf(a.requestId)).funnel).toEqual((await traceOf(b.requestId)).funnel);
    expect(second).not.toBe(first);
  });
});

describe('a title in a trace', () => {
  it('that is shown has sources whose contributions add up to its score in the blend', async () => {
    const home = await homeOf(USER);
    const shown = home.rows.flatMap(({ items }) => items);
    let checked = 0;
    for (const { itemIdx, why } of shown.slice(0, 30)) {
      const { outcome, places, blend, sources, why: explained } = await itemOf(home.requestId, itemIdx);
      expect(outcome).toBe('page');
      expect(places.length).toBeGreaterThan(0);
      expect(explained).toEqual(why);
      if (blend === null) continue;
      checked++;
      expect(sources.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(blend.score, 5);
      for (const { share, weight, contribution } of sources.filter(({ rank }) => rank !== null))
        expect(share * weight).toBeCloseTo(contribution, 6);
    }
    expect(checked).toBeGreaterThan(5);
  });

  it('rests on titles of the history', async () => {
    const home = await homeOf(USER);
    const { history } = await traceOf(home.requestId);
    const known = new Set(history.latest.map(({ itemIdx }) => itemIdx));
    const anchors = (
      await Promise.all(home.rows.flatMap(({ items }) => items).map(({ itemIdx }) => itemOf(home.requestId, itemIdx)))
    ).flatMap((item) => item.anchors);
    expect(anchors.length).toBeGreaterThan(0);
    for (const { itemIdx } of anchors) expect(known).toContain(itemIdx);
  });

  it('that is not shown names the stage and the rule at which it was lost', async () => {
    const home = await homeOf(USER);
    const { history } = await traceOf(home.requestId);
    const seen = history.latest[0]!.itemIdx;
    expect(await itemOf(home.requestId, seen)).toMatchObject({ outcome: 'rules', rule: 'seen', places: [] });
    // Nobody has ever rated title 238.
    expect(await itemOf(home.requestId, 238)).toMatchObject({ listPlace: null, blend: null });
    const { item } = await makeTrace({ userIdx: USER, itemIdx: 30, filter: 'year < 1900' });
    expect(item).toMatchObject({ outcome: 'rules', rule: 'filtered' });
  });

  it('is not there if the viewer may not see it', async () => {
    const home = await homeOf(USER);
    const { status, json } = await server.send(`/api/v1/lab/traces/${home.requestId}/items/${HIDDEN}`);
    expect([status, (json as { code: string }).code]).toEqual([404, 'ITEM_NOT_FOUND']);
    expect((await server.post('/api/v1/lab/traces', { userIdx: USER, itemIdx: HIDDEN })).status).toBe(404);
  });
});

describe('a request without a title of the history', () => {
  it('answers as if the user had never met it, and says so', async () => {
    const { trace } = await makeTrace({ userIdx: USER });
    const { itemIdx } = trace.history.latest[0]!;
    const without = await makeTrace({ userIdx: USER, itemIdx, without: [itemIdx] });
    expect(without.trace.without.map((title) => title.itemIdx)).toEqual([itemIdx]);
    expect(without.trace.history.length).toBe(trace.history.length - 1);
    expect(without.trace.removed['seen']).toBe(trace.removed['seen']! - 1);
    expect(without.item!.rule).toBeUndefined();
    expect(without.trace.list.map(({ score }) => score)).not.toEqual(trace.list.map(({ score }) => score));
  });

  it('forgets what was said of it on the page too', async () => {
    const visitor = await server.newVisitor();
    await server.post('/api/v1/events', {
      userIdx: visitor,
      events: [{ eventId: 'like-0000002', type: 'like', itemIdx: 3 }],
    });
    expect((await makeTrace({ userIdx: visitor })).trace.history.length).toBe(1);
    expect((await makeTrace({ userIdx: visitor, without: [3] })).trace.history.length).toBe(0);
  });
});

describe('the Lab', () => {
  it('is closed to the session of a kids profile, whoever the trace is about', async () => {
    const { requestId } = await homeOf(USER);
    const { householdId } = (await server.post('/api/v1/households', {})).json as HouseholdResponse;
    const kim = (await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Kim', isKids: true }))
      .json as Profile;
    const { session } = (await server.post(`/api/v1/profiles/${kim.profileId}/session`, {})).json as SessionResponse;
    const headers = { 'x-matinee-session': session };
    const own = (await server.send({ url: `/api/v1/home?userIdx=${kim.userIdx}`, headers })).json as HomeResponse;
    const requests = [
      { url: '/api/v1/lab/system' },
      { url: '/api/v1/lab/runs' },
      { url: `/api/v1/lab/traces/${requestId}` },
      { url: `/api/v1/lab/traces/${own.requestId}` },
      { url: `/api/v1/lab/traces/${own.requestId}/items/1` },
      { method: 'POST', url: '/api/v1/lab/traces', payload: { userIdx: kim.userIdx } },
    ] as const;
    for (const each of requests) {
      const { status, json } = await server.send({ ...each, headers });
      expect([status, (json as { code: string }).code], each.url).toEqual([403, 'LAB_CLOSED']);
    }
  });

  it('says how fast the kept requests were, and what it holds', async () => {
    const empty = (await server.send('/api/v1/lab/system')).json as LabSystemResponse;
    expect(empty.latency).toEqual({ requests: 0, since: null, whole: [], stages: [], sources: [] });
    const { stagesMs } = await homeOf(USER);
    const { latency, traces, catalogue, sources } = (await server.send('/api/v1/lab/system')).json as LabSystemResponse;
    expect(latency.requests).toBe(1);
    expect(latency.stages.map(({ name }) => name)).toEqual(Object.keys(stagesMs));
    expect(latency.stages[0]!.p50).toBeCloseTo(Object.values(stagesMs)[0]!, 2);
    expect([traces.count, catalogue.items]).toEqual([1, 240]);
    expect(traces.bytes).toBeGreaterThan(1000);
    expect(latency.sources.map(({ name }) => name)).toEqual(sources.map(({ name }) => name));
  });

  it('opens the traces of a visitor to nobody else', async () => {
    const visitor = await server.newVisitor();
    const { requestId } = await homeOf(visitor);
    expect((await server.sendAsStranger(`/api/v1/lab/traces/${requestId}`)).status).toBe(401);
    expect((await server.send(`/api/v1/lab/traces/${requestId}`)).status).toBe(200);
  });
});
