import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadItemFacts } from './item-facts-file.ts';
import { loadDataset } from './load-dataset.ts';
import { prepareDataset } from './prepare-dataset.ts';

const MAPPING = {
  interactions: { file: 'events.csv', user: 'user', item: 'item', time: 'time' },
  items: { file: 'films.csv', id: 'id', title: 'title', maturity: 'age', licenceEnd: 'until', original: 'own' },
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-facts-'));
  write('matinee.json', JSON.stringify(MAPPING));
  write('events.csv', 'user,item,time\nann,f1,1\nann,f3,2\nann,f9,3\n');
  write('films.csv', 'id,title,age,until,own\nf1,One,PG,2024-12-31,yes\nf2,Two,,,\nf3,Three,R,soon,\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text);
}

async function prepare() {
  const prepared = path.join(folder, 'prepared');
  const source = detectSource(folder);
  const { manifest } = await prepareDataset({ source, folder: prepared, name: 'shop', nowMs: Date.UTC(2024, 6, 1) });
  return { prepared, manifest, dataset: await loadDataset(prepared) };
}

describe('item facts of an item table', () => {
  it('are prepared with the data set, but are not part of its hash', async () => {
    const { prepared, manifest, dataset } = await prepare();
    const { ids } = dataset.items.vocabulary;
    const facts = await loadItemFacts(prepared, dataset);
    expect(ids).toEqual(['f1', 'f2', 'f3', 'f9']);
    expect(Array.from(facts.maturityAges)).toEqual([7, -1, -1, -1]);
    expect(facts.licenceEnds[0]).toBe(Date.UTC(2025, 0, 1) / 1000);
    expect(Array.from(facts.isOriginal)).toEqual([1, 0, 0, 0]);
    expect(dataset.items.attributes).toEqual([undefined, undefined, undefined, undefined]);
    write('films.csv', 'id,title,age,until,own\nf1,One,PG,2026-12-31,yes\nf2,Two,,,\nf3,Three,R,soon,\n');
    const later = await prepare();
    expect(later.manifest.hash).toBe(manifest.hash);
    expect(later.manifest.facts?.sha256).not.toBe(manifest.facts?.sha256);
    expect((await loadItemFacts(later.prepared, later.dataset)).licenceEnds[0]).toBe(Date.UTC(2027, 0, 1) / 1000);
  });

  it('read a label for what it meant on such a title, and an age as it stands', async () => {
    const items = { ...MAPPING.items, year: 'year', genres: 'genres' };
    write('matinee.json', JSON.stringify({ ...MAPPING, items }));
    const rows = [
      'f1,One,PG,,,1975,Drama',
      'f2,Two,PG,,,1996,Drama',
      'f3,Three,PG,,,1975,Children',
      'f4,Four,G,,,1975,Horror',
      'f5,Five,7,,,1975,Horror',
      'f6,Six,PG,,,1975,',
    ];
    write('films.csv', `id,title,age,until,own,year,genres\n${rows.join('\n')}\n`);
    const { prepared, dataset } = await prepare();
    expect(Array.from((await loadItemFacts(prepared, dataset)).maturityAges).slice(0, 6)).toEqual([
      13, 10, 7, 13, 7, 7,
    ]);
  });

  it('withhold an item with an unreadable row, and one that the table lacks', async () => {
    const { prepared, manifest, dataset } = await prepare();
    expect(manifest.validation.quarantineReasons).toEqual({
      'licenceEnd: cannot read … as a date or time in ISO 8601': 1,
    });
    expect(Array.from((await loadItemFacts(prepared, dataset)).isHidden)).toEqual([0, 0, 1, 1]);
  });

  it('do not withhold an item that the table lacks if the table has no licences', async () => {
    const { licenceEnd: _licenceEnd, ...items } = MAPPING.items;
    write('matinee.json', JSON.stringify({ ...MAPPING, items }));
    const { prepared, dataset } = await prepare();
    expect(Array.from((await loadItemFacts(prepared, dataset)).isHidden)).toEqual([0, 0, 0, 0]);
  });

  it('are refused when their file was changed or is missing', async () => {
    const { prepared, dataset } = await prepare();
    const file = path.join(prepared, 'film-facts.jsonl');
    appendFileSync(file, '\n');
    await expect(loadItemFacts(prepared, dataset)).rejects.toMatchObject({ code: 'BAD_DATASET' });
    rmSync(file);
    await expect(loadItemFacts(prepared, dataset)).rejects.toMatchObject({ code: 'BAD_DATASET' });
  });

  it('are empty if the mapping names no column for them', async () => {
    const { maturity: _maturity, licenceEnd: _licenceEnd, original: _original, ...items } = MAPPING.items;
    write('matinee.json', JSON.stringify({ ...MAPPING, items }));
    const { prepared, manifest, dataset } = await prepare();
    expect(manifest.facts).toBeUndefined();
    expect(existsSync(path.join(prepared, 'film-facts.jsonl'))).toBe(false);
    expect(Array.from((await loadItemFacts(prepared, dataset)).maturityAges)).toEqual([-1, -1, -1, -1]);
  });

  it('name a missing column', async () => {
    write('matinee.json', JSON.stringify({ ...MAPPING, items: { ...MAPPING.items, distributor: 'maker' } }));
    await expect(prepare()).rejects.toThrow('has no column "maker"; it has: id, title, age, until, own');
  });
});
