import { createHash } from 'node:crypto';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { buildInteractions } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import { createVocabulary } from '../data/vocabulary.ts';
import { fitFeatureStatistics, saveFeatureStatistics } from '../features/feature-statistics.ts';
import { findModelFamily } from '../generations/model-families.ts';
import { quietContext } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { refreshRelease } from './refresh-release.ts';
import type { Release } from './release.ts';
import { type TrainReleaseContext, trainRelease } from './train-release.ts';

const context: TrainReleaseContext = {
  checkpoint: () => Promise.resolve(),
  seed: 1,
  digest: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
};

const world = twoTastes();
/** The world's first `count` events, with all users from the start. */
function firstEvents(count: number): Dataset {
  const { userIndices, itemIndices, timestamps } = world.interactions;
  return {
    name: 'two-tastes',
    hash: `first-${count}`,
    users: createVocabulary(Array.from({ length: world.userCount }, (_, user) => `u${user}`)),
    items: world.items,
    events: {
      count,
      userIndices: userIndices.subarray(0, count),
      itemIndices: itemIndices.subarray(0, count),
      timestamps: timestamps.subarray(0, count),
      values: world.ratings.subarray(0, count),
      types: new Uint8Array(count),
    },
  };
}

function dataOf({ events }: Dataset): TrainingData {
  const interactions = buildInteractions(events);
  return { userCount: world.userCount, items: world.items, interactions, asOf: events.timestamps[events.count - 1]! };
}

const total = world.interactions.count;
const before = firstEvents(Math.floor(0.9 * total));
const joined = firstEvents(total);
const NETWORK = { maxEpochs: 1, embeddingDim: 8 };
const log = { throughSequence: 7, eventCount: total - before.events.count, hash: 'log' };

describe('refreshRelease', () => {
  let earlier: Release;
  let refreshed: Release;
  beforeAll(async () => {
    const sources = {
      'recent-popularity': { family: 'recent-popularity', config: {} },
      'item-knn': { family: 'item-knn', config: {} },
      gru4rec: { family: 'gru4rec', config: NETWORK },
    };
    const overrides = { sources, latestShare: 0.3, leaveOut: 'nothing' as const };
    earlier = await trainRelease(before, { generation: 'v2', overrides }, context);
    refreshed = await refreshRelease(earlier, { dataset: joined, log }, context);
  });

  it('knows what the log adds, and serves the data set it served before', async () => {
    expect(refreshed).toMatchObject({ generation: 'v2', datasetHash: before.hash, log });
    expect(refreshed.trainedAsOf).toBe(joined.events.timestamps[total - 1]);
    expect(refreshed.training?.counts['events']).toBe(total);
    expect(refreshed.version).not.toBe(earlier.version);
  });

  it('fits what is counted as if there had been no release before', async () => {
    const data = dataOf(joined);
    const family = findModelFamily('item-knn');
    const anew = await family.fit(data, family.defaults, quietContext());
    const source = refreshed.sources.find(({ name }) => name === 'item-knn');
    expect(encodeArtifact(source!.model.save())).toEqual(encodeArtifact(anew.save()));
    const statistics = await fitFeatureStatistics(data, quietContext());
    expect(encodeArtifact(saveFeatureStatistics(refreshed.ranking!.statistics))).toEqual(
      encodeArtifact(saveFeatureStatistics(statistics)),
    );
  });

  /** The release with one source alone, and without a ranker. */
  function withSource(wanted: string): Release {
    const { ranking: _, ...release } = earlier;
    const config = { ...(earlier.training?.config as { sources: Record<string, object> }) };
    const training = { ...earlier.training!, config: { ...config, sources: { [wanted]: config.sources[wanted] } } };
    return { ...release, training, sources: earlier.sources.filter(({ name }) => name === wanted) };
  }

  it('keeps the weights of the blend and the ranker, and lets networks go on', async () => {
    expect(refreshed.sources.map(({ name, weight }) => [name, weight])).toEqual(
      earlier.sources.map(({ name, weight }) => [name, weight]),
    );
    expect(refreshed.ranking?.ranker).toBe(earlier.ranking?.ranker);
    const family = findModelFamily('gru4rec');
    const config = { ...family.defaults, ...NETWORK };
    const stranger = await family.fit(dataOf(before), config, { ...quietContext(), random: createRandom(9) });
    const onlyNetwork = withSource('gru4rec');
    // The same refresh from other parameters leads elsewhere: so it continued from the given parameters.
    const elsewhere = await refreshRelease(
      { ...onlyNetwork, sources: [{ ...onlyNetwork.sources[0]!, model: stranger }] },
      { dataset: joined, log },
      context,
    );
    const networkOf = ({ sources }: Release): Uint8Array =>
      encodeArtifact(sources.find(({ name }) => name === 'gru4rec')!.model.save());
    expect(networkOf(elsewhere)).not.toEqual(networkOf(refreshed));
  });

  /** The release as if its training had left a source out. */
  function leavingOut(part: string, cause: 'data' | 'validation'): Release {
    const training = { ...earlier.training!, leftOut: [{ part, cause, reason: 'a reason' }] };
    return { ...earlier, training, sources: earlier.sources.filter(({ name }) => name !== part) };
  }

  it('takes in a source that had too little data, with little weight', async () => {
    const { sources, training } = await refreshRelease(
      leavingOut('gru4rec', 'data'),
      { dataset: joined, log },
      context,
    );
    expect(sources.map(({ name }) => name)).toEqual(earlier.sources.map(({ name }) => name));
    expect(sources.at(-1)?.weight).toBeLessThan(0.01);
    expect(sources.at(-1)?.weight).toBeGreaterThan(0);
    expect(sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(training?.leftOut).toBeUndefined();
  });

  it('does not take in a source that was shown to be of no use, and still says so', async () => {
    const without = leavingOut('gru4rec', 'validation');
    const { sources, training } = await refreshRelease(without, { dataset: joined, log }, context);
    expect(sources.map(({ name }) => name)).toEqual(['recent-popularity', 'item-knn']);
    expect(training?.leftOut).toEqual(without.training?.leftOut);
  });

  it('refuses a release that no training made', async () => {
    const { training: _, ...byHand } = earlier;
    await expect(refreshRelease(byHand, { dataset: joined, log }, context)).rejects.toMatchObject({
      code: 'BAD_RELEASE',
    });
  });
});
