import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadDataset } from './load-dataset.ts';
import { openDuckDb, sqlText } from './open-duckdb.ts';
import { prepareDataset } from './prepare-dataset.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-ids-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAPPING = (ending: string): string =>
  JSON.stringify({
    interactions: { file: `e.${ending}`, user: 'u', item: 'i', time: 't' },
    items: { file: `i.${ending}`, id: 'id', title: 'n' },
  });

let count = 0;
async function prepare(write: (source: string) => Promise<void> | void) {
  const source = path.join(folder, `source-${++count}`);
  mkdirSync(source);
  await write(source);
  const prepared = path.join(folder, `prepared-${count}`);
  const options = { source: detectSource(source), folder: prepared, name: 'ids', nowMs: Date.UTC(2020, 0, 1) };
  const { manifest } = await prepareDataset(options);
  const { items } = await loadDataset(prepared);
  return { validation: manifest.validation, ids: items.vocabulary.ids, titles: items.titles };
}

const jsonLines = (ids: readonly string[]) => (source: string) => {
  writeFileSync(path.join(source, 'matinee.json'), MAPPING('jsonl'));
  writeFileSync(path.join(source, 'e.jsonl'), ids.map((id) => `{"u":"a","i":${id},"t":1}\n`).join(''));
  writeFileSync(path.join(source, 'i.jsonl'), ids.map((id, at) => `{"n":"title ${at}","id":${id}}\n`).join(''));
};

describe('ids of events and of the item table', () => {
  it('beyond 2⁵³ in JSON lines keep all digits: six items, each with its own title', async () => {
    const ids = Array.from({ length: 6 }, (_, at) => String(9007199254740992n + BigInt(at)));
    const prepared = await prepare(jsonLines(ids));
    expect(prepared.ids).toEqual(ids);
    expect(prepared.titles).toEqual(ids.map((_, at) => `title ${at}`));
    expect(prepared.validation.items).toMatchObject({ rowsQuarantined: 0, orphans: 0, unused: 0 });
  });

  it('are the same text in both tables, however JSON writes them', async () => {
    const number = fc.oneof(
      fc.constantFrom('7', '7.0', '1e3', '1E3', '1.50', '-5', '123456789012345678901234', '0.1', 'true', '1e400'),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).map((text) => JSON.stringify(`x${text}`)),
      fc.constantFrom('"\\u00a07"', '"8\\t"', '{"$oid":"5099"}', '"00"', '"7.00"'),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(number, { minLength: 1, maxLength: 8 }), async (ids) => {
        const { validation } = await prepare(jsonLines(ids));
        expect(validation.items).toMatchObject({ orphans: 0, unused: 0 });
      }),
      { numRuns: 25, examples: [[['7', '7.0', '1e3', '1E3', '1.50', '"\\u00a07x"', '{"$oid":"5099"}']]] },
    );
  });

  it('join a Parquet table whose ids became floating-point numbers with one that has integers', async () => {
    const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
    const { ids, titles } = await prepare(async (source) => {
      writeFileSync(path.join(source, 'matinee.json'), MAPPING('parquet'));
      const copy = (rows: string, columns: string, file: string) =>
        db.run(`COPY (SELECT * FROM (VALUES ${rows}) t(${columns})) TO ${sqlText(path.join(source, file))}`);
      await copy(`('a', 7::BIGINT, 1), ('a', 9007199254740993, 2)`, 'u, i, t', 'e.parquet');
      await copy(`(7::DOUBLE, 'seven'), (8.5, 'other')`, 'id, n', 'i.parquet');
    });
    db.close();
    expect(ids).toEqual(['7', '9007199254740993', '8.5']);
    expect(titles).toEqual(['seven', undefined, 'other']);
  });

  it('lose the same blanks in both tables', async () => {
    const { ids } = await prepare((source) => {
      writeFileSync(path.join(source, 'matinee.json'), MAPPING('csv'));
      writeFileSync(path.join(source, 'e.csv'), 'u,i,t\na,\u00a0x1\t,1\na,\u00a0,2\n');
      writeFileSync(path.join(source, 'i.csv'), 'id,n\n\u00a0x1\t,One\n');
    });
    expect(ids).toEqual(['x1']);
  });
});
