import { sha256 } from '@matinee/adapters/files';
import { GENERATION_NAMES, type GenerationName, resolveGeneration } from '@matinee/models/generations';
import { type Release, trainRelease } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

/** Everything below asks with `fetch` and reads the answers as the documentation describes them. */
interface Answer {
  readonly user_idx: number;
  readonly k: number;
  readonly version: string;
  readonly items: readonly Record<string, unknown>[];
}

const SECTIONS = [
  'Popular right now',
  'Similar to your taste',
  'Because you watched',
  'From your recent intent',
  'Mixed discovery',
];
const SEQUENCES = ['sequence_gru', 'sequence_sasrec', 'sequence_time'];
const CF = ['v2_item_item', 'v2_user_user', 'v2_ease'];
const SOURCES = ['two_tower_ann', ...SEQUENCES, ...CF, 'popular', 'genre'];
const NETWORKS = ['two-tower', 'gru4rec', 'sasrec', 'time-transformer'];
/** What answers look like does not depend on how well the ranker is taught. */
const QUICK = { latestShare: 0.2, maxRankerQueries: 200, leaveOut: 'nothing' } as const;
const BRIEF = { maxEpochs: 2, embeddingDim: 16, validationUsers: 0 };

let server: TestServer;
let address: string;
const releases = new Map<GenerationName, Release>();
const trained = new Set<GenerationName>(GENERATION_NAMES);
let opened: GenerationName[] = [];

beforeAll(async () => {
  const { dataset } = await createSmallWorld();
  for (const generation of GENERATION_NAMES) {
    const { sources } = resolveGeneration(generation);
    const brief = Object.entries(sources).map(([name, { family, config }]) => [
      name,
      { family, config: NETWORKS.includes(family) ? { ...config, ...BRIEF } : config },
    ]);
    releases.set(
      generation,
      await trainRelease(
        dataset,
        {
          generation,
          overrides: { sources: Object.fromEntries(brief), ...QUICK, ranker: generation === 'v1' ? 'none' : 'trees' },
        },
        {
          seed: 1,
          digest: sha256,
          checkpoint: async () => undefined,
          stage: (_, work) => work({ checkpoint: async () => undefined, summary: () => undefined }),
        },
      ),
    );
  }
  server = await startTestServer({
    dataset,
    release: releases.get('v1') as Release,
    openGeneration: async (generation) => {
      opened.push(generation);
      return trained.has(generation) ? releases.get(generation) : undefined;
    },
  });
  address = await server.app.listen({ host: '127.0.0.1', port: 0 });
}, 120_000);
afterAll(() => server.close());

const ask = async (path: string) => {
  const response = await fetch(address + path);
  return { status: response.status, json: await response.json(), timing: response.headers.get('server-timing') };
};

describe.each(GENERATION_NAMES)('GET /recommend of %s', (generation) => {
  let answer: Answer;
  beforeAll(async () => {
    const { status, json } = await ask(`/recommend?user_idx=9&k=40&generation=${generation}`);
    expect(status).toBe(200);
    answer = json as Answer;
  });

  it('says which generation answers, for whom and how many', () => {
    expect(answer).toMatchObject({ user_idx: 9, k: 40, version: generation });
    expect(answer.items).toHaveLength(40);
  });

  it('has every field of the contract, in its type', () => {
    for (const item of answer.items) {
      expect(item).toMatchObject({
        item_idx: expect.any(Number),
        score: expect.any(Number),
        section: expect.toBeOneOf(SECTIONS),
        reason: expect.any(String),
      });
      expect(item['title']).toMatch(/ \(\d{4}\)$|236$/);
      expect(item['poster_url']).toMatch(/^\//);
      for (const source of item['sources'] as string[]) expect(SOURCES).toContain(source);
      expect(item['sources']).not.toHaveLength(0);
    }
  });

  it('gives the reason of the first rule that applies', async () => {
    for (const item of answer.items) {
      const sources = item['sources'] as string[];
      const found = (names: readonly string[]): boolean => sources.some((name) => names.includes(name));
      const reason = item['reason'] as string;
      if (reason.startsWith('Because you watched ')) {
        expect(found(SEQUENCES)).toBe(true);
        expect(reason).toMatch(/ recently$/);
        const named = await ask(`/api/v1/items/${item['reason_item']}?userIdx=9`);
        expect(reason).toBe(`Because you watched ${named.json.title} recently`);
        expect(named.json.yourRating).not.toBeNull();
        continue;
      }
      if (found(['two_tower_ann'])) expect(reason).toBe('Similar to your taste');
      else if (found(CF)) expect(reason).toBe('Popular among similar users');
      else if (!found(SEQUENCES)) expect(reason).toBe('Trending now');
    }
    const reasons = answer.items.map(({ reason }) => reason as string);
    const isBecause = (reason: string): boolean => reason.startsWith('Because you watched ');
    if (generation === 'v1' || generation === 'v2') expect(reasons.filter(isBecause)).toEqual([]);
    else expect(reasons.some(isBecause)).toBe(true);
  });

  it('answers the page as well', async () => {
    const { status, json } = await ask(`/api/v1/home?userIdx=9&generation=${generation}`);
    expect([status, json.generation]).toEqual([200, generation]);
    const [row] = json.rows as { id: string; items: { itemIdx: number }[] }[];
    const further = await ask(`/api/v1/rows/${encodeURIComponent(row.id)}?userIdx=9&cursor=0&generation=${generation}`);
    expect(further.json.items.map(({ itemIdx }: { itemIdx: number }) => itemIdx)).toEqual(
      row.items.map(({ itemIdx }) => itemIdx),
    );
    const [title] = row.items;
    expect((await ask(`/api/v1/items/${title.itemIdx}/similar?userIdx=9&generation=${generation}`)).status).toBe(200);
  });
});

describe('the switch between generations', () => {
  it('changes nothing for those who do not ask', async () => {
    expect((await ask('/recommend?user_idx=9')).json).toMatchObject({ version: 'v1' });
    expect((await ask('/recommend?user_idx=9&generation=v5')).status).toBe(400);
  });

  it('opens a release once, and again after the catalogue has changed', async () => {
    opened = [];
    await server.swap(releases.get('v2') as Release);
    await Promise.all([1, 2, 3].map((user) => ask(`/recommend?user_idx=${user}&generation=v3`)));
    const answers = [
      await ask('/recommend?user_idx=9&generation=v2'),
      await ask('/recommend?user_idx=9&generation=v2'),
    ];
    expect(answers[1].timing).toContain('cache'); // the one that is served, by its name
    expect(opened).toEqual(['v3']);
    await server.swap(releases.get('v1') as Release);
    await ask('/recommend?user_idx=9&generation=v3');
    expect(opened).toEqual(['v3', 'v3']);
  });

  it('shows feedback in the next answer of every generation', async () => {
    for (const generation of GENERATION_NAMES) {
      const path = `/recommend?user_idx=17&k=1&generation=${generation}`;
      const item_idx = ((await ask(path)).json as Answer).items[0]?.['item_idx'];
      await server.post('/feedback', { user_idx: 17, item_idx, event: 'skip' });
      for (const each of GENERATION_NAMES) {
        const { json } = await ask(`/recommend?user_idx=17&k=100&generation=${each}`);
        expect((json as Answer).items.map((item) => item['item_idx'])).not.toContain(item_idx);
      }
    }
  });

  it('says which generation is not there, and what is being trained', async () => {
    await server.swap(releases.get('v1') as Release);
    trained.delete('v4');
    expect(await ask('/recommend?user_idx=9&generation=v4')).toMatchObject({
      status: 404,
      json: {
        code: 'GENERATION_NOT_TRAINED',
        message: 'there is no release of v4 yet; matinee train --preset v4 makes one',
      },
    });
    server.report({ generation: 'v4', stage: 'fit gru4rec', done: 3, total: 10 });
    expect((await ask('/api/v1/home?userIdx=9&generation=v4')).json).toMatchObject({
      message: 'there is no release of v4 yet; v4 is being trained: fit gru4rec, 3 of 10',
    });
    trained.add('v4');
    const v3 = releases.get('v3') as Release;
    const { learnedFrom: _, ...release } = v3;
    releases.set('v3', { ...release, datasetHash: 'other data' });
    expect(await ask('/recommend?user_idx=9&generation=v3')).toMatchObject({
      status: 404,
      json: { message: expect.stringContaining('the release of v3 was trained on other data; v4 is being trained') },
    });
    releases.set('v3', v3);
    expect((await ask('/recommend?user_idx=9&generation=v4')).json).toMatchObject({ version: 'v4' });
  });
});
