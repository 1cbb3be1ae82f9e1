import type { ItemFact } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLimited } from './households/sessions.ts';
import { hashOfSecret } from './identity/secrets.ts';
import {
  anyRuleCase,
  ITEM_COUNT,
  MID_SECONDS,
  type RuleCase,
  randomFacts,
  type TitleChange,
} from './testing/rule-cases.ts';
import { createRuleOracle, type RuleOracle } from './testing/rule-oracle.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

/**
 * Run it with 10,000 cases after a change of the rules: MATINEE_RULE_CASES=10000 npx vitest run
 * apps/server/src/rules.property.test.ts
 */
const CASES = Number(process.env['MATINEE_RULE_CASES'] ?? 200);
const TOKEN = 'a secret of a good length';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const world = await createSmallWorld();
const { byItem: atStart, facts } = randomFacts(7);
/** What holds of each title by now, and which are deleted. */
const byItem = [...atStart];
const deleted = new Set<number>();
const known = { dataset: world.dataset, byItem, deleted };
const items = Array.from({ length: ITEM_COUNT }, (_, item) => item);
/** Items that anybody engaged with; no source knows any other. */
const met = new Float32Array(ITEM_COUNT);
await world.release.sources[0]!.model.scoreAll(
  {
    history: { itemIndices: new Int32Array(), timestamps: new Float64Array(), weights: new Float32Array() },
    asOf: 0,
    userIndex: -1,
  },
  met,
);

let server: TestServer;
let nowMs = MID_SECONDS * 1000;
let counter = 0;
beforeAll(async () => {
  // Every place of a row that explores is drawn at random, so that the cases reach everything that a row can contain.
  server = await startTestServer({
    ...{ facts, clock: () => nowMs, explorationShare: 1, catalogueToken: TOKEN },
    openGeneration: async (generation) => (generation === 'v2' ? { ...world.release, generation } : undefined),
  });
});
afterAll(() => server.close());

/** A request without a user has no feedback and no page of its own; the session of a profile lays down its rules. */
function possible(drawn: RuleCase): RuleCase {
  // A list of titles that somebody likes has no user.
  if (drawn.endpoint === 'because') return { ...drawn, user: 'nobody', said: [], shown: [] };
  if (drawn.user === 'visitor') return drawn;
  // Users of the dataset give no feedback here: after many cases they would have given some about every item.
  if (drawn.user !== 'nobody') return { ...drawn, said: [], shown: [] };
  const endpoint = (['similar', 'search', 'movie', 'onboarding'] as const)[drawn.limit % 4]!;
  return { ...drawn, endpoint, said: [], shown: [] };
}

/** Changes titles as the operator does, and notes what holds of them. */
async function changeTitles(changes: readonly TitleChange[]): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const { item, to } of changes) {
    const url = `/api/v1/items/by-id/m${item}`;
    if (to === 'deleted') {
      expect((await server.send({ method: 'DELETE', url, headers })).status).toBe(200);
      deleted.add(item);
    } else if (to === 'restored') {
      const payload = { items: [{ itemId: `m${item}` }] };
      expect((await server.send({ method: 'POST', url: '/api/v1/items', headers, payload })).status).toBe(201);
      deleted.delete(item);
    } else {
      const { status } = await server.send({ method: 'PATCH', url, headers, payload: to });
      expect(status).toBe(deleted.has(item) ? 404 : 200);
      if (status === 200) byItem[item] = changedFact(byItem[item]!, to);
    }
  }
}

function changedFact(before: ItemFact, { hidden, maturity, regions }: Exclude<TitleChange['to'], string>): ItemFact {
  return {
    ...before,
    ...(hidden !== undefined && { isHidden: hidden === true }),
    ...(maturity !== undefined && {
      maturity: maturity === null ? undefined : { age: maturity, source: 'listed' as const },
    }),
    ...(regions !== undefined && { regions: regions ?? undefined }),
  } as ItemFact;
}

/** Stores the profile and the events of the case's user. */
async function setScene({ profile, hasPin, user, said, shown, asOf }: RuleCase) {
  const { visitors, households, events } = server.stores;
  nowMs = asOf * 1000;
  counter++;
  const visitor = typeof user === 'number' ? undefined : await visitors.create(`visitor-${counter}`, nowMs);
  if (user === 'nobody' && profile === null) return { userIdx: undefined, headers: {} };
  const userIdx = visitor?.userIdx ?? Number(user);
  const userId = visitor?.userId ?? `u${user}`;
  const earlier = await households.profileOfUser(userId);
  if (earlier !== undefined) await households.removeProfile(earlier.profileId);
  if (profile !== null) {
    const profileId = `p${counter}`;
    await households.createProfile({ profileId, householdId: 'h', userId, name: 'x', createdAtMs: nowMs, ...profile });
    if (hasPin) await households.setPin(profileId, 'hash');
    const session = { tokenHash: hashOfSecret(profileId), profileId, expiresAtMs: nowMs + HOUR_MS };
    await households.openSession(session, 20);
  }
  if (user === 'visitor') {
    const event = (type: RuleCase['said'][number]['type'] | 'impression', item: number, atMs: number, at: number) => ({
      eventId: `${counter}-${type}-${item}-${at}`,
      userId,
      itemId: `m${item}`,
      type,
      atMs,
    });
    await events.append([
      ...shown.flatMap(({ item, daysAgo }) =>
        daysAgo.map((days) => event('impression', item, nowMs - days * DAY_MS, days)),
      ),
      ...said.map(({ type, item }, at) => event(type, item, nowMs, at)),
    ]);
  }
  return {
    userIdx: user === 'nobody' ? undefined : userIdx,
    headers: profile === null ? {} : { 'x-matinee-session': `p${counter}` },
  };
}

function addressOf(
  { endpoint, exclude, filter, boost, region, diversity, item, limit, isById, generation: named }: RuleCase,
  userIdx: number | undefined,
): string {
  const where = region === null ? {} : { region };
  const generation = named ?? undefined;
  const found = {
    ...where,
    ...(exclude.length === 0 ? {} : { exclude: exclude.join() }),
    ...(filter === null ? {} : { filter: filter.text }),
  };
  const listed = { ...found, ...(boost === null ? {} : { boost }) };
  const varied = { ...listed, ...(diversity === null ? {} : { diversity }) };
  const address = (path: string, parameters: Record<string, string | number | undefined>): string =>
    `${path}?${new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))}`;
  switch (endpoint) {
    case 'recommend':
      return address('/recommend', { user_idx: userIdx, k: limit, debug: 'true', generation, ...varied });
    case 'many':
      return '/recommend';
    case 'lab':
      return '/api/v1/lab/traces';
    case 'because':
      return address('/recommend', {
        ...(isById ? { item_id: `m${item}` } : { item_idx: item }),
        k: limit,
        generation,
        ...varied,
      });
    case 'cards':
      return address('/api/v1/cards', { userIdx, items: items.slice(0, 200).join(), ...where });
    case 'home':
      return address('/api/v1/home', { userIdx, debug: 'true', generation, ...varied });
    case 'row':
      return address('/api/v1/rows/popular_right_now', { userIdx, cursor: `${limit}.request`, generation, ...varied });
    case 'similar':
      return address(`/api/v1/items/${isById ? `by-id/m${item}` : item}/similar`, {
        userIdx,
        limit,
        generation,
        ...listed,
      });
    case 'onboarding':
      return address('/api/v1/onboarding', { userIdx, limit, ...listed });
    case 'search':
      return address('/api/v1/search', { q: 'story', userIdx, limit, ...found });
    case 'movie':
      return address(`/api/v1/items/${isById ? `by-id/m${item}` : item}`, { userIdx, generation, ...where });
    case 'events':
      return address(`/api/v1/users/${userIdx}/events`, { limit: 100, ...where });
    case 'history':
      return address(`/api/v1/users/${userIdx}/history`, { limit: 100, ...where });
  }
}

/** The request of a case: an address, and with many users their body. */
function requestOf(rule: RuleCase, userIdx: number | undefined) {
  const url = addressOf(rule, userIdx);
  if (rule.endpoint !== 'many' && rule.endpoint !== 'lab') return { url };
  const { exclude, filter, boost, region, diversity, limit, isById, user, item } = rule;
  const rules = {
    ...(exclude.length > 0 && { exclude: exclude.join() }),
    ...(filter !== null && { filter: filter.text }),
    ...(boost !== null && { boost }),
    ...(region !== null && { region }),
  };
  if (rule.endpoint === 'lab') return { method: 'POST', url, payload: { userIdx, itemIdx: item, ...rules } } as const;
  const known = isById && typeof user === 'number' ? { user_id: `u${user}` } : { user_idx: userIdx };
  const payload = {
    // The other one is refused, or has rules of its own.
    users: [{ user_idx: 2 ** 30 - 1 }, known],
    k: limit,
    ...rules,
    ...(diversity !== null && { diversity }),
  };
  return { method: 'POST', url, payload } as const;
}

/** Returns every item in a response, by index or by title. */
function titlesIn(text: string): number[] {
  const byIndex = [...text.matchAll(/"item_?[iI]dx":(\d+)/g)].map(([, item]) => Number(item));
  const byName = [...text.matchAll(/[A-Z][\w-]+ Story (\d{3})/g)].map(([, item]) => Number(item));
  const byAddress = [...text.matchAll(/movies\/(\d+)\/poster/g)].map(([, item]) => Number(item));
  return [...new Set([...byIndex, ...byName, ...byAddress])];
}

interface Listed {
  readonly itemIdx: number;
}

const indicesOf = (list: readonly Listed[]): number[] => list.map(({ itemIdx }) => itemIdx);

/** Returns the faults of a response; none if it is correct. */
function faultsOf(rule: RuleCase, oracle: RuleOracle, status: number, text: string): string[] {
  const faults: string[] = [];
  const eligible = items.filter((item) => oracle.mayRecommend(item) && !Number.isNaN(met[item]!));
  // Titles that nobody has met fill what is too short.
  const allowed = items.filter(oracle.mayRecommend).length;
  const refuse = (what: string, found: readonly number[], may: (item: number) => boolean): void => {
    for (const item of found) if (!may(item)) faults.push(`${what} ${item}`);
  };
  refuse('names', titlesIn(text), oracle.maySee);
  const { profile } = rule;
  if (rule.endpoint === 'lab' && profile !== null && isLimited(profile)) {
    if (status !== 403) faults.push(`opens the Lab to a profile with limits: ${status}`);
    return faults;
  }
  const isAboutOne =
    rule.endpoint === 'movie' || rule.endpoint === 'lab' || rule.endpoint === 'similar' || rule.endpoint === 'because';
  const expected = isAboutOne && !oracle.maySee(rule.item) ? [404] : rule.endpoint === 'row' ? [200, 404] : [200];
  if (!expected.includes(status)) faults.push(`answers ${status}: ${text.slice(0, 200)}`);
  if (status !== 200) return faults;
  const body = JSON.parse(text) as never;
  switch (rule.endpoint) {
    case 'cards': {
      const cards = indicesOf((body as { items: Listed[] }).items);
      const wanted = items.slice(0, 200).filter(oracle.maySee);
      if (cards.join() !== wanted.join()) faults.push(`gives the cards ${cards.join()} of ${wanted.join()}`);
      break;
    }
    case 'many':
    case 'because':
    case 'recommend': {
      type List = { items: { item_idx: number }[] };
      const { items: list } = rule.endpoint === 'many' ? (body as { results: List[] }).results[1]! : (body as List);
      if (rule.endpoint === 'because')
        refuse(
          'repeats',
          list.map(({ item_idx }) => item_idx),
          (at) => at !== rule.item,
        );
      refuse(
        'recommends',
        list.map(({ item_idx }) => item_idx),
        oracle.mayRecommend,
      );
      const liked = rule.endpoint === 'because' && oracle.mayRecommend(rule.item) ? 1 : 0;
      const wanted = Math.min(rule.limit, allowed - liked);
      if (list.length !== wanted) faults.push(`${list.length} of ${wanted} titles`);
      break;
    }
    case 'home': {
      const { rows } = body as { rows: { kind: string; items: Listed[] }[] };
      const shown = rows.flatMap(({ items: list }) => indicesOf(list));
      refuse('recommends', shown, oracle.mayRecommend);
      const left = eligible.filter((item) => !shown.includes(item)).length;
      const popular = rows.find(({ kind }) => kind === 'popular_right_now')?.items.length ?? 0;
      const isShort = popular === 0 ? left >= 4 || (rows.length === 0 && left > 0) : popular < 20 && left > 0;
      if (isShort) faults.push(`the popular row has ${popular} titles, ${left} are left`);
      break;
    }
    case 'similar':
      refuse('describes with', indicesOf((body as { items: Listed[] }).items), oracle.mayFind);
      break;
    case 'row':
      refuse('recommends', indicesOf((body as { items: Listed[] }).items), oracle.mayRecommend);
      break;
    case 'onboarding': {
      const offered = indicesOf((body as { items: Listed[] }).items);
      refuse('offers', offered, oracle.mayRecommend);
      const wanted = Math.min(rule.limit, allowed);
      if (offered.length !== wanted) faults.push(`offers ${offered.length} of ${wanted} titles`);
      break;
    }
    case 'search': {
      const { items: list, total } = body as { items: Listed[]; total: number };
      refuse('finds', indicesOf(list), oracle.mayFind);
      const findable = items.filter((item) => item !== 237 && oracle.mayFind(item)).length;
      if (total !== findable || list.length !== Math.min(findable, rule.limit))
        faults.push(`finds ${list.length}, ${total} of ${findable}`);
      break;
    }
    case 'lab': {
      const { trace } = body as { trace: { list: { itemIdx: number }[] } };
      refuse('recommends', indicesOf(trace.list), oracle.mayRecommend);
      break;
    }
    case 'movie':
    case 'events':
    case 'history':
      break;
  }
  return faults;
}

describe('rules', () => {
  it(`leak nothing and shorten nothing, on any endpoint: ${CASES} random profiles, rule sets and endpoints`, {
    timeout: 60_000 + CASES * 300,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyRuleCase, async (drawn) => {
        const rule = possible(drawn);
        const { userIdx, headers } = await setScene(rule);
        await changeTitles(rule.changes);
        if (rule.swaps) await server.swap({ ...world.release, version: `${counter}`.padStart(16, '0') });
        const request = requestOf(rule, userIdx);
        if (rule.profile !== null && rule.user !== 'nobody') {
          const { status, text } = await server.send(request);
          expect([status, titlesIn(text)]).toEqual([rule.endpoint === 'many' ? 200 : 403, []]);
        }
        const { status, text } = await server.send({ ...request, headers });
        expect(faultsOf(rule, createRuleOracle(rule, known), status, text)).toEqual([]);
      }),
      { numRuns: CASES, endOnFailure: true },
    );
  });

  it('hold after another release was swapped in', async () => {
    await server.swap({ ...world.release, version: 'fedcba9876543210' });
    const hidden = items.filter((item) => byItem[item]?.isHidden === true || deleted.has(item));
    expect(hidden.length).toBeGreaterThan(0);
    for (const item of hidden) expect((await server.send(`/api/v1/items/${item}`)).status).toBe(404);
    const { text } = await server.send('/api/v1/search?q=story&limit=50');
    expect(titlesIn(text).filter((item) => hidden.includes(item))).toEqual([]);
  });
});
