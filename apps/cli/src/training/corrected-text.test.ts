import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Dataset } from '@matinee/models/data';
import type { TrainReleaseConfig } from '@matinee/models/release';
import { createEngine } from '@matinee/recommender';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { writeSmallData } from '../testing/small-data.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type TrainReleaseOptions, trainAndSaveRelease } from './train-and-save-release.ts';

const TOWERS: TrainReleaseConfig = {
  generation: 'v3',
  overrides: {
    ranker: 'none',
    sources: {
      popularity: { family: 'popularity', config: {} },
      'two-tower': { family: 'two-tower', config: { maxEpochs: 1, embeddingDim: 8 } },
    },
  },
};

let folder: string;
let workspace: Workspace;
const lines: string[] = [];
const { signal } = new AbortController();
const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
const progress = createProgress({ json: false, stream, signal });

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-corrected-'));
  workspace = openWorkspace(path.join(folder, 'home'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Prepares the small data with a change of its item table. */
async function datasetWith(change: (items: string) => string): Promise<Dataset> {
  const data = path.join(folder, 'few');
  await writeSmallData(data);
  const file = path.join(data, 'movies.csv');
  await writeFile(file, change(await readFile(file, 'utf8')));
  return openDataset({ workspace, data, progress, signal });
}
const train = (dataset: Dataset, options: Partial<TrainReleaseOptions> = {}) =>
  trainAndSaveRelease({ dataset, workspace, progress, seed: 1, ...options });
const asItWas = (items: string): string => items;

describe('an item table that is corrected after the training', () => {
  it('serves new titles, years, posters and lines in another order with the release that there is', async () => {
    const before = await datasetWith(asItWas);
    const release = await train(before);
    const after = await datasetWith((items) => {
      const [head, ...rows] = items.trim().split('\n');
      return `${head},poster\n${rows
        .reverse()
        .map((row) => `${row},https://example.org/${row[0]}.jpg`)
        .join('\n')}\n`.replace('Title 5 (1999)', 'The Fifth (1998)');
    });
    expect(after.hash).not.toBe(before.hash);
    const { catalogue } = createEngine(after, release);
    expect([catalogue.titles[4], catalogue.years[4]]).toEqual(['The Fifth', 1998]);
    expect((await train(after)).version).toBe(release.version);
  });

  it('names genres that a model learned from, and trains anew', async () => {
    const release = await train(await datasetWith(asItWas));
    const after = await datasetWith((items) => items.replace('5,Title 5 (1999),Comedy', '5,Title 5 (1999),Drama'));
    expect(() => createEngine(after, release)).toThrow(/learned from the genres of titles, which have changed since/);
    const anew = await train(after);
    expect(anew.version).not.toBe(release.version);
    expect(() => createEngine(after, anew)).not.toThrow();
  });

  it('goes on with towers that learned the earlier words, says so, and learns the new ones where it is told to', async () => {
    const release = await train(await datasetWith(asItWas), { config: TOWERS });
    const after = await datasetWith((items) => items.replaceAll('Title', 'Story'));
    expect(createEngine(after, release).catalogue.titles[4]).toBe('Story 5');
    lines.length = 0;
    const gone = await train(after, { config: TOWERS, reusesEarlierText: true });
    expect(gone.version).toBe(release.version);
    expect(lines.join('')).toContain('titles have changed since v3');
    const anew = await train(after, { config: TOWERS });
    expect(anew.version).not.toBe(release.version);
  });
});
