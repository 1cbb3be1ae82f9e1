import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CONFIDENCE_PRESETS } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import { createVocabulary } from '../data/vocabulary.ts';
import { checkerboard } from '../testing/tiny-worlds.ts';
import { assembleRelease, describeRelease, versionOf } from './release-parts.ts';
import { type TrainV1Context, trainingKey, trainV1 } from './train-v1.ts';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const context: TrainV1Context = {
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

describe('trainV1', () => {
  it('gives the same version for the same data, configuration and seed, and another for any other', async () => {
    const release = await trainV1(dataset, {}, context);
    expect(release.version).toMatch(/^[0-9a-f]{16}$/);
    expect((await trainV1(dataset, {}, context)).version).toBe(release.version);
    const others = [
      trainV1({ ...dataset, hash: 'd'.repeat(64) }, {}, context),
      trainV1(dataset, { v1: { candidatesPerSource: 7 } }, context),
      trainV1(dataset, { confidence: CONFIDENCE_PRESETS.graded }, context),
      trainV1(dataset, {}, { ...context, seed: 2 }),
    ];
    const versions = (await Promise.all(others)).map(({ version }) => version);
    expect(new Set([release.version, ...versions]).size).toBe(5);
  });

  it('records what it was trained with, every default filled in', async () => {
    const { training, trainedAsOf, datasetHash } = await trainV1(dataset, {}, context);
    expect(datasetHash).toBe(dataset.hash);
    expect(trainedAsOf).toBe(interactions.timestamps.at(-1));
    expect(training?.confidence).toEqual(CONFIDENCE_PRESETS['every-interaction']);
    expect(JSON.stringify(training?.config)).toContain('"halfLifeDays":365');
    expect(training?.counts).toMatchObject({ users: userCount, interactions: interactions.count, dropped: 0 });
    expect(training?.metrics['validation.ndcg@100']).toBeGreaterThan(0);
  });

  it('can be taken apart and put together again', async () => {
    const release = await trainV1(dataset, {}, context);
    const { header, artifacts } = describeRelease(release, digest);
    const again = await assembleRelease(JSON.parse(JSON.stringify(header)), versionOf(header, digest), artifacts);
    expect(again.version).toBe(release.version);
    expect(describeRelease(again, digest)).toEqual({ header, artifacts });
  });

  it('refuses data without interactions', async () => {
    const empty = { ...dataset, events: { ...dataset.events, count: 0 } };
    await expect(trainV1(empty, {}, context)).rejects.toMatchObject({ code: 'EMPTY_INTERACTIONS' });
  });
});

describe('trainingKey', () => {
  it('is the same whether a default is left out or written down, and different for anything else', () => {
    const key = trainingKey(dataset, {}, 1);
    expect(trainingKey(dataset, { v1: { latestShare: 0.1 } }, 1)).toBe(key);
    expect(trainingKey(dataset, {}, 2)).not.toBe(key);
    expect(trainingKey(dataset, { v1: { latestShare: 0.2 } }, 1)).not.toBe(key);
  });
});
