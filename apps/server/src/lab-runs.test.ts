import type { LabRunsResponse } from '@matinee/contract';
import type { HeldOutUsers } from '@matinee/models/generations';
import type { Release, ReleaseHeader, TrainingRecord } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SavedRun } from './lab/saved-run.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const world = await createSmallWorld();
const users = Array.from({ length: 30 }, (_, user) => user);

/** Every user has two queries; NDCG@10 is `ndcg` for each, for odd users a little more. */
const heldOut = (ndcg: number, userIndices = users): HeldOutUsers => ({
  userIndices,
  counts: userIndices.map(() => 2),
  ndcg: userIndices.map((user) => 2 * (ndcg + (user % 2) * 0.02)),
});

function trainingOf(seed: number, heldOutUsers?: HeldOutUsers): TrainingRecord {
  const { training } = world.release;
  const metrics = { 'validation.ndcg@100.first': 0.05 };
  return { ...training, config: {}, counts: {}, seed, metrics, heldOutUsers } as TrainingRecord;
}

const served: Release = { ...world.release, version: '00000000000000b2', training: trainingOf(1, heldOut(0.2)) };

function runOf(version: string, header: Partial<ReleaseHeader>, savedAt: number): SavedRun {
  const { datasetHash, trainedAsOf } = world.release;
  const sources = [{ name: 'first', weight: 1, sha256: '' }];
  return {
    version,
    header: { generation: 'v1', datasetHash, trainedAsOf, sources, ...header } as ReleaseHeader,
    notes: { savedAt, timings: { 'fit first': 12 }, curves: { 'fit first': [{ epoch: 1, loss: 2, validation: 0.1 }] } },
  };
}

const runs: readonly SavedRun[] = [
  runOf('00000000000000b1', { generation: 'v1', training: trainingOf(1, heldOut(0.1)) }, 100),
  runOf('00000000000000b0', { generation: 'v1', training: trainingOf(1, heldOut(0.05)) }, 50),
  runOf('00000000000000b2', { generation: 'v2', training: trainingOf(1, heldOut(0.2)) }, 200),
  runOf('00000000000000c1', { generation: 'v3', training: trainingOf(2, heldOut(0.9)) }, 300),
  runOf('00000000000000c2', { generation: 'v3', datasetHash: 'other', training: trainingOf(1, heldOut(0.9)) }, 400),
  runOf('00000000000000c3', { generation: 'v4', training: trainingOf(1, heldOut(0.9, [1, 2])) }, 500),
  runOf('00000000000000c4', { generation: 'v4', training: trainingOf(1) }, 600),
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ release: served, listRuns: () => Promise.resolve(runs) });
});
afterAll(() => server.close());

const read = async () => (await server.send('/api/v1/lab/runs')).json as LabRunsResponse;

describe('runs', () => {
  it('are listed with what was measured, the latest first', async () => {
    const { runs: listed } = await read();
    expect(listed.map(({ version }) => version).slice(-2)).toEqual(['00000000000000b1', '00000000000000b0']);
    const run = listed.find(({ isServed }) => isServed);
    expect(run).toMatchObject({
      version: '00000000000000b2',
      heldOut: { users: 30, queries: 60 },
      sources: [{ name: 'first', weight: 1, alone: 0.05 }],
      timings: [{ stage: 'fit first', ms: 12 }],
      curves: [{ stage: 'fit first', epochs: [{ epoch: 1, loss: 2, validation: 0.1 }] }],
    });
    expect(run?.heldOut?.ndcg.value).toBeCloseTo(0.21, 5);
  });

  it('of other data, another seed or other users say so, and are not compared', async () => {
    const { runs: listed, steps } = await read();
    const apart = Object.fromEntries(listed.map(({ version, apart: why }) => [version.slice(-2), why]));
    expect(apart).toEqual({
      b0: undefined,
      b1: undefined,
      b2: undefined,
      c1: 'its seed is 2',
      c2: 'it was trained on other data',
      c3: 'it was measured on other users or queries',
      c4: 'it was not measured user by user',
    });
    expect(steps).toHaveLength(1);
  });

  it('of one generation are compared with those of the one before, paired by user: the latest of each', async () => {
    const [step] = (await read()).steps;
    expect(step).toMatchObject({ earlier: '00000000000000b1', later: '00000000000000b2', users: 30, queries: 60 });
    // Each user gains the same, so nothing is left to chance.
    expect(step?.difference.value).toBeCloseTo(0.1, 5);
    expect(step?.difference.low).toBeCloseTo(0.1, 5);
    expect(step?.difference.high).toBeCloseTo(0.1, 5);
  });
});

describe('without releases on disk', () => {
  it('the list is empty', async () => {
    const bare = await startTestServer();
    const { status, json } = await bare.send('/api/v1/lab/runs');
    expect([status, (json as LabRunsResponse).runs]).toEqual([200, []]);
    await bare.close();
  });
});
