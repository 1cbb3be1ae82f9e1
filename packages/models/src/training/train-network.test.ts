import { createRandom, MatineeError } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { createVocabulary } from '../data/vocabulary.ts';
import { gru4RecFamily } from '../sequence/gru4rec.ts';
import { sasRecFamily } from '../sequence/sasrec.ts';
import { checkerboard, quietContext } from '../testing/tiny-worlds.ts';
import { twoTowerFamily } from '../two-tower/two-tower.ts';
import type { FitContext, FitProgress, SnapshotStore, TrainingData } from './fit-context.ts';

const shared = { maxEpochs: 6, patience: 6, learningRate: 0.01, validationUsers: 8, embeddingDim: 8, dropoutRate: 0.2 };
const families = [
  {
    family: sasRecFamily,
    config: { ...sasRecFamily.defaults, ...shared, maxLength: 4, feedForwardDim: 8, tokensPerBatch: 32 },
  },
  {
    family: gru4RecFamily,
    config: { ...gru4RecFamily.defaults, ...shared, maxLength: 4, stateDim: 8, chunkLength: 2, batchSize: 8 },
  },
  {
    family: twoTowerFamily,
    config: { ...twoTowerFamily.defaults, ...shared, historyLength: 4, hiddenDim: 8, batchSize: 16 },
  },
] as const;

/** The checkerboard with its items in another order, behind a new one. */
const reordered = reorder(checkerboard);

function reorder({ items, interactions, ...rest }: TrainingData): TrainingData {
  const ids = ['new', ...items.vocabulary.ids.toReversed()];
  const earlierIndex = (item: number): number => items.vocabulary.ids.indexOf(ids[item]);
  const move = <T>(values: ArrayLike<T>, fresh: T): T[] => ids.map((_, item) => values[earlierIndex(item)] ?? fresh);
  return {
    ...rest,
    items: {
      vocabulary: createVocabulary(ids),
      titles: move(items.titles, undefined),
      years: Int32Array.from(move(items.years, 0)),
      genreNames: items.genreNames,
      genres: move(items.genres, new Int32Array(0)),
      posterUrls: move(items.posterUrls, undefined),
      attributes: move(items.attributes, undefined),
    },
    interactions: {
      ...interactions,
      itemIndices: interactions.itemIndices.map((item) => ids.indexOf(items.vocabulary.ids[item])),
    },
  };
}

/** A snapshot in memory. */
function memoryStore(): SnapshotStore & { bytes: Uint8Array | undefined } {
  return {
    bytes: undefined,
    async read() {
      return this.bytes;
    },
    async write(snapshot) {
      this.bytes = snapshot;
    },
  };
}

describe.each(families)('training of $family.kind', ({ family, config }) => {
  const fit = async (context: Partial<FitContext> = {}): Promise<Uint8Array> =>
    encodeArtifact((await family.fit(checkerboard, config as never, { ...quietContext(3), ...context })).save());

  it('goes on from a snapshot, wherever it was stopped, to the same bytes', async () => {
    const undisturbed = await fit();
    for (const stopAfter of [1, 5, 11, 23]) {
      const snapshots = memoryStore();
      let calls = 0;
      const stopped = fit({
        snapshots,
        checkpoint: async () => {
          calls++;
          if (calls > stopAfter) throw new MatineeError('CANCELLED', 'stopped');
        },
      });
      await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await fit({ snapshots })).toEqual(undisturbed);
    }
  });

  it('takes a snapshot that is damaged, or of another seed, for none', async () => {
    const snapshots = memoryStore();
    const undisturbed = await fit({ snapshots });
    for (const spoil of [(bytes: Uint8Array) => bytes.subarray(0, bytes.length - 8), () => new Uint8Array(64)]) {
      const damaged = memoryStore();
      damaged.bytes = spoil(snapshots.bytes as Uint8Array);
      expect(await fit({ snapshots: damaged })).toEqual(undisturbed);
    }
    const other = memoryStore();
    await fit({ random: createRandom(99), snapshots: other });
    expect(await fit({ snapshots: other })).toEqual(undisturbed);
  });

  it('reports every epoch, and keeps the one that validated best', async () => {
    const reports: FitProgress[] = [];
    await fit({ onProgress: (report) => reports.push(report), now: () => reports.length });
    const ends = reports.filter(({ validation }) => validation !== undefined);
    expect(ends.map(({ epoch }) => epoch)).toEqual(ends.map((_, index) => index + 1));
    const validations = ends.map(({ validation }) => validation as number);
    const last = ends.at(-1) as FitProgress;
    expect(last.bestValidation).toBe(Math.max(...validations));
    expect(last.bestEpoch).toBe(1 + validations.indexOf(Math.max(...validations)));
    expect(ends.every(({ tokensPerSecond, loss }) => tokensPerSecond > 0 && loss > 0)).toBe(true);
  });

  it('stops when patience is over', async () => {
    const epochs = new Set<number>();
    const impatient = { ...config, patience: 1, maxEpochs: 60, learningRate: 0.3 };
    await family.fit(checkerboard, impatient as never, {
      ...quietContext(),
      onProgress: ({ epoch }) => epochs.add(epoch),
    });
    expect(epochs.size).toBeLessThan(60);
  });

  it('does not depend on the number of threads', async () => {
    expect(await fit({ threadCount: 2 })).toEqual(await fit({ threadCount: 1 }));
  });

  it('goes on from an earlier model, in a catalogue that was reordered and has grown', async () => {
    const longer = { ...config, maxEpochs: 60, validationUsers: 0 };
    const earlier = (await family.fit(checkerboard, longer as never, quietContext(3))).save();
    const warmStart = { artifact: earlier, itemIds: checkerboard.items.vocabulary.ids };
    const firstLoss = async (context: Partial<FitContext>): Promise<number> => {
      const reports: FitProgress[] = [];
      const onProgress = (report: FitProgress): void => void reports.push(report);
      await family.fit(reordered, config as never, { ...quietContext(3), onProgress, ...context });
      return reports[0].loss;
    };
    expect(await firstLoss({ warmStart })).toBeLessThan(0.9 * (await firstLoss({})));
  });

  it('refuses to go on from a model of another family or size', async () => {
    const earlier = (await family.fit(checkerboard, config as never, quietContext(3))).save();
    const itemIds = checkerboard.items.vocabulary.ids;
    for (const [changes, artifact] of [
      [{}, { ...earlier, kind: 'other' }],
      [{ embeddingDim: 16 }, earlier],
    ] as const) {
      const context = { ...quietContext(), warmStart: { artifact, itemIds } };
      await expect(family.fit(checkerboard, { ...config, ...changes } as never, context)).rejects.toMatchObject({
        code: 'BAD_WARM_START',
      });
    }
  });
});
