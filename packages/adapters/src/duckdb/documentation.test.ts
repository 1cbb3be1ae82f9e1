import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadItemFacts } from './item-facts-file.ts';
import { loadDataset } from './load-dataset.ts';
import { prepareDataset } from './prepare-dataset.ts';

it('reads data by the mapping file of docs/data.md', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../../../docs/data.md', import.meta.url)), 'utf8');
  const mapping = /matinee\.json -->\n```json\n([\s\S]*?)```/.exec(page)?.[1];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-docs-'));
  try {
    writeFileSync(path.join(folder, 'matinee.json'), mapping as string);
    writeFileSync(
      path.join(folder, 'events.csv'),
      'customer,film,at,action\nann,f1,2024-05-01T10:00:00Z,play\nann,f2,2024-05-01T12:00:00+02:00,thumbs_up\nbob,f1,yesterday,play\n',
    );
    writeFileSync(
      path.join(folder, 'films.jsonl'),
      '{"sku":"f1","name":"One","released":1999,"tags":"Drama,War","image":"https://img.example/1.jpg","runtime":90,"age":"PG","until":"2024-12-31"}\n',
    );
    const prepared = path.join(folder, 'prepared');
    const source = detectSource(folder);
    expect(source.name).toBe('shop');
    const { manifest } = await prepareDataset({
      source,
      folder: prepared,
      name: source.name,
      nowMs: Date.UTC(2024, 6, 1),
    });
    expect(manifest.validation.quarantineReasons).toEqual({ 'time: cannot read … as iso': 1 });
    const { items, events } = await loadDataset(prepared);
    expect(items.titles).toEqual(['One', undefined]);
    expect(items.years[0]).toBe(1999);
    expect(items.genreNames).toEqual(['Drama', 'War']);
    expect(items.posterUrls[0]).toBe('https://img.example/1.jpg');
    expect(items.attributes[0]).toEqual({ runtime: 90 });
    const facts = await loadItemFacts(prepared, { items });
    // PG on a title about war.
    expect(facts.maturityAges[0]).toBe(13);
    expect(facts.licenceEnds[0]).toBe(Date.UTC(2025, 0, 1) / 1000);
    expect(Array.from(facts.isHidden)).toEqual([0, 1]);
    expect(Array.from(events.timestamps)).toEqual([1714557600, 1714557600]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('reads a catalogue alone by the other mapping file of docs/data.md', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../../../docs/data.md', import.meta.url)), 'utf8');
  const mapping = /a catalogue alone -->\n```json\n([\s\S]*?)```/.exec(page)?.[1];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-docs-'));
  try {
    writeFileSync(path.join(folder, 'matinee.json'), mapping as string);
    writeFileSync(path.join(folder, 'films.jsonl'), '{"sku":"f1","name":"One","released":1999,"tags":"Drama|War"}\n');
    const prepared = path.join(folder, 'prepared');
    await prepareDataset({ source: detectSource(folder), folder: prepared, name: 'shop', nowMs: 0 });
    const { items, events } = await loadDataset(prepared);
    expect([items.titles, items.genreNames, events.count]).toEqual([['One'], ['Drama', 'War'], 0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
