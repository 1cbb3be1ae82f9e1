import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createEngine, expressionSubjectOf, readRequestRules } from '@matinee/recommender';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadDataset } from './load-dataset.ts';
import { prepareDataset } from './prepare-dataset.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-load-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('loadDataset', () => {
  it('keeps the genre of each title where there are more than a byte can number', async () => {
    const titles = Array.from({ length: 300 }, (_, at) => ({ id: `m${String(at).padStart(3, '0')}`, genre: `g${at}` }));
    const mapping = {
      interactions: { file: 'events.csv', user: 'user', item: 'item', time: 'at' },
      items: { file: 'items.csv', id: 'id', title: 'title', genres: 'genres' },
    };
    writeFileSync(path.join(folder, 'matinee.json'), JSON.stringify(mapping));
    const events = titles.map(({ id }, at) => `u${at % 7},${id},${1_600_000_000 + at}`);
    writeFileSync(path.join(folder, 'events.csv'), `user,item,at\n${events.join('\n')}\n`);
    const rows = titles.map(({ id, genre }) => `${id},Title ${id},${genre}`);
    writeFileSync(path.join(folder, 'items.csv'), `id,title,genres\n${rows.join('\n')}\n`);
    const prepared = path.join(folder, 'prepared');
    await prepareDataset({ source: detectSource(folder), folder: prepared, name: 'wide', nowMs: 1_700_000_000_000 });

    const dataset = await loadDataset(prepared);
    const { vocabulary, genres, genreNames } = dataset.items;
    for (const { id, genre } of titles) {
      expect(Array.from(genres[vocabulary.indexOf(id)]!, (position) => genreNames[position])).toEqual([genre]);
    }
    const release = { version: 'v', generation: 'v1', sources: [], datasetHash: dataset.hash, trainedAsOf: 0 } as const;
    const { filter } = readRequestRules(expressionSubjectOf(createEngine(dataset, release)), {
      filter: 'genre = "g256"',
    });
    const allowed = titles.filter(({ id }) => filter?.(vocabulary.indexOf(id)) === 1);
    expect(allowed.map(({ id }) => id)).toEqual(['m256']);
  });
});
