import type { CompareResponse, HouseholdResponse, Profile, SessionResponse } from '@matinee/contract';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const USER = 7;
const { release } = await createSmallWorld();
/** As if V2 had other weights: the first source alone. */
const other = {
  ...release,
  generation: 'v2' as const,
  version: 'fedcba9876543210',
  sources: release.sources.slice(0, 1).map((source) => ({ ...source, weight: 1 })),
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    openGeneration: async (generation) => (generation === 'v2' ? other : undefined),
  });
});
afterAll(() => server.close());

const compare = async (query: string) => {
  const { status, json, text } = await server.send(`/api/v1/lab/compare?userIdx=${USER}${query}`);
  expect(status, text).toBe(200);
  return json as CompareResponse;
};

describe('generations side by side', () => {
  it('have the lists that they would give, and the missing ones name the command', async () => {
    const { generations } = await compare('&k=8');
    expect(generations.map(({ generation }) => generation)).toEqual(['v1', 'v2', 'v3', 'v4']);
    for (const generation of ['v1', 'v2'] as const) {
      const { json } = await server.send(`/recommend?user_idx=${USER}&k=8&generation=${generation}`);
      const list = (json as { items: { item_idx: number }[] }).items.map(({ item_idx }) => item_idx);
      const column = generations.find((each) => each.generation === generation);
      expect(column?.items.map(({ itemIdx }) => itemIdx)).toEqual(list);
    }
    expect(generations[0]).toMatchObject({ isServed: true });
    expect(generations[2]?.missing).toContain('matinee train --preset v3');
  });

  it('have genre shares that sum to one', async () => {
    const { generations, historyShares } = await compare('');
    for (const shares of [historyShares, generations[0]!.genreShares])
      expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });

  it('answer as after the first events of the history alone', async () => {
    const all = await compare('');
    expect([all.eventCount, all.after]).toEqual([24, 24]);
    const none = await compare('&after=0');
    expect(none.historyShares).toEqual({});
    // Nothing is known of a user without events: every such user has the same list.
    const nobody = await server.newVisitor();
    const { json } = await server.send(`/api/v1/lab/compare?userIdx=${nobody}`);
    const ofNobody = (json as CompareResponse).generations[0]!.items.map(({ itemIdx }) => itemIdx);
    expect(none.generations[0]!.items.map(({ itemIdx }) => itemIdx)).toEqual(ofNobody);
    const few = await compare('&after=5');
    expect(few.after).toBe(5);
    expect(few.generations[0]!.items).not.toEqual(all.generations[0]!.items);
    expect(await compare('&after=999')).toMatchObject({ after: 24 });
  });

  it('are closed to the session of a kids profile', async () => {
    const { householdId } = (await server.post('/api/v1/households', {})).json as HouseholdResponse;
    const kim = (await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Kim', isKids: true }))
      .json as Profile;
    const { session } = (await server.post(`/api/v1/profiles/${kim.profileId}/session`, {})).json as SessionResponse;
    for (const userIdx of [USER, kim.userIdx]) {
      const url = `/api/v1/lab/compare?userIdx=${userIdx}`;
      const { status, json } = await server.send({ url, headers: { 'x-matinee-session': session } });
      expect([status, (json as { code: string }).code]).toEqual([403, 'LAB_CLOSED']);
    }
  });
});
