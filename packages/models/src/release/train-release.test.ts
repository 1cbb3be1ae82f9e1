import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CONFIDENCE_PRESETS } from '../data/confidence.ts';
import type { Dataset, DatasetParts } from '../data/dataset.ts';
import { createVocabulary } from '../data/vocabulary.ts';
import { checkerboard, historyOf } from '../testing/tiny-worlds.ts';
import { refreshRelease } from './refresh-release.ts';
import { assembleRelease, disassembleRelease, versionOf } from './release-parts.ts';
import {
  servingKey,
  type TrainReleaseConfig,
  type TrainReleaseContext,
  trainingKey,
  trainRelease,
} from './train-release.ts';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const context: TrainReleaseContext = {
  checkpoint: () => Promise.resolve(),
  seed: 1,
  digest,
  stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
};

const { interactions, items, userCount } = checkerboard;
const dataset: Dataset = {
  name: 'checkerboard',
  hash: 'c'.repeat(64),
  users: createVocabulary(Array.from({ length: userCount }, (_, user) => `u${user}`)),
  items,
  events: {
    count: interactions.count,
    userIndices: interactions.userIndices,
    itemIndices: interactions.itemIndices,
    timestamps: interactions.timestamps,
    values: new Float32Array(interactions.count).fill(4),
    types: new Uint8Array(interactions.count),
  },
};

const ITEM_COUNT = items.vocabulary.ids.length;
const catalogueAlone: Dataset = {
  ...dataset,
  hash: 'e'.repeat(64),
  users: createVocabulary([]),
  events: {
    count: 0,
    userIndices: new Int32Array(0),
    itemIndices: new Int32Array(0),
    timestamps: new Float64Array(0),
    values: new Float32Array(0),
    types: new Uint8Array(0),
  },
};

const v1 = { generation: 'v1' } as const;

describe('trainRelease', () => {
  it('gives the same version for the same data, configuration and seed, and another for any other', async () => {
    const release = await trainRelease(dataset, v1, context);
    expect(release.version).toMatch(/^[0-9a-f]{16}$/);
    expect((await trainRelease(dataset, v1, context)).version).toBe(release.version);
    const others = [
      trainRelease({ ...dataset, hash: 'd'.repeat(64) }, v1, context),
      trainRelease(dataset, { ...v1, overrides: { candidatesPerSource: 7 } }, context),
      trainRelease(dataset, { ...v1, confidence: CONFIDENCE_PRESETS.graded }, context),
      trainRelease(dataset, v1, { ...context, seed: 2 }),
    ];
    const versions = (await Promise.all(others)).map(({ version }) => version);
    expect(new Set([release.version, ...versions]).size).toBe(5);
  });

  it('records what it was trained with, every default filled in', async () => {
    const { training, trainedAsOf, datasetHash } = await trainRelease(dataset, v1, context);
    expect(datasetHash).toBe(dataset.hash);
    expect(trainedAsOf).toBe(interactions.timestamps.at(-1));
    expect(training?.confidence).toEqual(CONFIDENCE_PRESETS['every-interaction']);
    expect(JSON.stringify(training?.config)).toContain('"halfLifeDays":365');
    expect(training?.counts).toMatchObject({ users: userCount, interactions: interactions.count, dropped: 0 });
    expect(training?.metrics['validation.ndcg@100']).toBeGreaterThan(0);
  });

  it('can be taken apart and put together again', async () => {
    const release = await trainRelease(dataset, v1, context);
    const { header, artifacts } = disassembleRelease(release, digest);
    let pauses = 0;
    const again = await assembleRelease(
      JSON.parse(JSON.stringify(header)),
      versionOf(header, digest),
      artifacts,
      async () => void pauses++,
    );
    // Between reading each artefact and making a model of it, so that a server answers meanwhile.
    expect(pauses).toBeGreaterThanOrEqual(2 * artifacts.length);
    expect(again.version).toBe(release.version);
    expect(disassembleRelease(again, digest)).toEqual({ header, artifacts });
  });

  it('gives a V1 of a catalogue in which nothing has happened, which can be stored and refreshed', async () => {
    const release = await trainRelease(catalogueAlone, v1, context);
    const { header, artifacts } = disassembleRelease(release, digest);
    const loaded = await assembleRelease(header, release.version, artifacts);
    expect(loaded.sources.map(({ model }) => model.itemCount)).toEqual(loaded.sources.map(() => ITEM_COUNT));
    expect(loaded).toMatchObject({ trainedAsOf: 0, training: { counts: { events: 0, interactions: 0 } } });
    const log = { throughSequence: 9, eventCount: dataset.events.count, hash: 'log' };
    const refreshed = await refreshRelease(loaded, { dataset: { ...dataset, hash: 'joined' }, log }, context);
    expect(refreshed.datasetHash).toBe(catalogueAlone.hash);
    const query = { history: historyOf([0, 2]), asOf: refreshed.trainedAsOf, userIndex: -1 };
    const found = await Promise.all(refreshed.sources.map(({ model }) => model.retrieve(query, 5)));
    for (const { itemIndices } of found) expect(itemIndices.length).toBeGreaterThan(0);
    expect(refreshed.sources.every(({ weight }) => weight > 0)).toBe(true);
  });

  it('refuses a generation that learns from events where there is none, and says what to do', async () => {
    const refused = { code: 'EMPTY_INTERACTIONS', message: expect.stringMatching(/^v2 learns from .*begin with v1/) };
    await expect(trainRelease(catalogueAlone, { generation: 'v2' }, context)).rejects.toMatchObject(refused);
  });
});

describe('trainingKey', () => {
  const keyOf = (config: TrainReleaseConfig = v1, seed = 1) => trainingKey({ dataset, config, seed });

  it('is the same whether a default is left out or written down, and different for anything else', () => {
    const key = keyOf();
    expect(keyOf({ ...v1, overrides: { latestShare: 0.1 } })).toBe(key);
    expect(keyOf(v1, 2)).not.toBe(key);
    expect(keyOf({ ...v1, overrides: { latestShare: 0.2 } })).not.toBe(key);
  });

  it.each([
    ['titles', { v1: true, v2: true, v3: false }],
    ['tags', { v1: true, v2: true, v3: false }],
    ['years', { v1: true, v2: false, v3: false }],
    ['genres', { v1: false, v2: false, v3: false }],
    ['events', { v1: false, v2: false, v3: false }],
  ] as const)('stays as it is for a generation that does not learn from what changes: %s', (part, stays) => {
    const parts: DatasetParts = { events: '1', genres: '2', years: '3', titles: '4', tags: '5' };
    for (const generation of ['v1', 'v2', 'v3'] as const) {
      const keysOf = (hash: string, of: DatasetParts) => {
        const identity = { dataset: { hash, parts: of }, config: { generation }, seed: 1 };
        return [trainingKey(identity), servingKey(identity)];
      };
      const [before, servedBefore] = keysOf('a', parts);
      const [after, servedAfter] = keysOf('b', { ...parts, [part]: 'changed' });
      expect([generation, after === before]).toEqual([generation, stays[generation]]);
      expect(servedAfter === servedBefore).toBe(part !== 'genres' && part !== 'events');
    }
  });
});
