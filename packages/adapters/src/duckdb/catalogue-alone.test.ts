import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadDataset } from './load-dataset.ts';
import { prepareDataset } from './prepare-dataset.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-catalogue-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ITEMS = {
  'items.csv': 'sku,name,released,tags\na,Alien,1979,Horror|Sci-Fi\nb,Big,1988,Comedy\nc,Heat,1995,Drama\n',
};
const items = { file: 'items.csv', id: 'sku', title: 'name', year: 'released', genres: 'tags' };
const interactions = { file: 'events.csv', user: 'who', item: 'what', time: 'at' };

async function prepare(mapping: object, files: Readonly<Record<string, string | Buffer>>) {
  const source = path.join(folder, 'source');
  mkdirSync(source, { recursive: true });
  for (const [name, content] of Object.entries({ ...files, 'matinee.json': JSON.stringify(mapping) })) {
    writeFileSync(path.join(source, name), content);
  }
  const to = path.join(folder, 'prepared');
  const options = { source: detectSource(source), folder: to, name: 'test', nowMs: Date.UTC(2020, 0, 1) };
  const { manifest } = await prepareDataset(options);
  return { manifest, dataset: await loadDataset(to) };
}

describe('a source without events', () => {
  it.each([
    ['no interactions in the mapping', { items }, {}],
    ['a file of events with a header alone', { items, interactions }, { 'events.csv': 'who,what,at\n' }],
    ['a file of events without a byte', { items, interactions }, { 'events.csv': '' }],
    ['a file of events with empty lines', { items, interactions }, { 'events.csv': '\n\n' }],
    [
      'a packed file of events without a byte',
      { items, interactions: { ...interactions, file: 'events.jsonl.gz' } },
      { 'events.jsonl.gz': zlib.gzipSync('') },
    ],
    [
      'events of types that mean nothing',
      { items, interactions: { ...interactions, type: 'did', eventTypes: { login: null } } },
      { 'events.csv': 'who,what,at,did\nann,a,1500000000,login\n' },
    ],
  ])('is a data set of its titles alone: %s', async (_, mapping, files) => {
    const { manifest, dataset } = await prepare(mapping, { ...ITEMS, ...files });
    expect(manifest.counts).toEqual({ users: 0, items: 3, events: 0 });
    expect(manifest.validation).toMatchObject({
      events: { rowsKept: 0, rowsQuarantined: 0, timeRange: null, valueRange: null },
      items: { unused: 3, joined: 0, orphans: 0 },
      warnings: [],
    });
    expect(dataset.items.titles).toEqual(['Alien', 'Big', 'Heat']);
    expect(dataset.events.count).toBe(0);
    expect(dataset.users.ids).toEqual([]);
  });

  it('is refused where rows are there and none can be used', async () => {
    const files = { ...ITEMS, 'events.csv': 'who,what,at\nann,a,yesterday\n' };
    await expect(prepare({ items, interactions }, files)).rejects.toMatchObject({ code: 'EMPTY_DATASET' });
  });

  it('is refused without an item table: nothing is known then', async () => {
    const files = { 'events.csv': 'who,what,at\n' };
    await expect(prepare({ interactions }, files)).rejects.toMatchObject({ code: 'EMPTY_DATASET' });
    await expect(prepare({ name: 'nothing' }, {})).rejects.toMatchObject({
      code: 'BAD_MAPPING',
      message: 'matinee.json has neither "interactions" nor "items"; name a table to read',
    });
  });
});
