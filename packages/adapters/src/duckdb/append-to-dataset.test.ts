import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { EVENT_TYPES } from '@matinee/models/data';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppendOptions, appendToDataset } from './append-to-dataset.ts';
import { detectSource } from './detect-source.ts';
import { loadItemFacts } from './item-facts-file.ts';
import { loadDataset } from './load-dataset.ts';
import { type PrepareOptions, prepareDataset } from './prepare-dataset.ts';
import { parquetOf } from './testing/prepare-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-append-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOW_MS = Date.UTC(2020, 0, 1);
const EVENTS = { file: 'e.csv', user: 'u', item: 'i', time: 't' };
const ITEMS = { file: 'i.csv', id: 'id', title: 'n', year: 'y', genres: 'g' };

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files below the folder of the test and returns the folder that holds them. */
function write(place: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, place, name)), { recursive: true });
    writeFileSync(path.join(folder, place, name), content);
  }
  return path.join(folder, place);
}

const mapping = (interactions: object | undefined, items?: object): string => JSON.stringify({ interactions, items });

function prepare(source: string, to = 'prepared', options: Partial<PrepareOptions> = {}) {
  const target = path.join(folder, to);
  return prepareDataset({ source: detectSource(source), folder: target, name: 'test', nowMs: NOW_MS, ...options });
}

function append(target: string, options: Partial<AppendOptions> = {}) {
  return appendToDataset({ target, folder: path.join(folder, 'prepared'), nowMs: NOW_MS, ...options });
}

/** The content of a data set in external ids. */
async function contentOf(name = 'prepared') {
  const { users, items, events } = await loadDataset(path.join(folder, name));
  const rows = Array.from(events.userIndices, (user, row) =>
    JSON.stringify([
      users.ids[user],
      items.vocabulary.ids[events.itemIndices[row] as number],
      events.timestamps[row],
      String(events.values[row]),
      EVENT_TYPES[events.types[row] as number],
    ]),
  );
  const catalogue = items.vocabulary.ids.map((id, item) => ({
    id,
    title: items.titles[item],
    year: items.years[item],
    genres: Array.from(items.genres[item] ?? [], (genre) => items.genreNames[genre]),
    attributes: items.attributes[item],
  }));
  return {
    ...{ rows, catalogue, userIds: users.ids, itemIds: items.vocabulary.ids },
    times: Array.from(events.timestamps),
  };
}

const quarantined = (name = 'prepared'): readonly unknown[] =>
  readFileSync(path.join(folder, name, 'quarantine.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

type Row = readonly [user: string, item: string, time: string, value: string, type: string];
const HEADER = 'u,i,t,v,k';
const quote = (cell: string): string => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (rows: readonly Row[]): string => [HEADER, ...rows.map((row) => row.map(quote).join(',')), ''].join('\n');
const json = (rows: readonly Row[]): string =>
  rows.map(([u, i, t, v, k]) => `${JSON.stringify({ u, i, t, v, k })}\n`).join('');

/** New rows as files of any format. */
const FORMATS: Readonly<Record<string, (rows: readonly Row[]) => Promise<Files> | Files>> = {
  csv: (rows) => ({ 'new.csv': csv(rows) }),
  'csv, packed': (rows) => ({ 'new.csv.gz': zlib.gzipSync(csv(rows)) }),
  'json lines': (rows) => ({ 'new.jsonl': json(rows) }),
  parquet: async (rows) => {
    const values = rows.map((row) => `(${row.map((cell) => `'${cell.replaceAll("'", "''")}'`).join(', ')})`);
    const query = `SELECT * FROM (VALUES ${values.join(', ')}) x(u, i, t, v, k)`;
    return {
      'new.parquet':
        rows.length === 0
          ? await parquetOf(folder, `${query.replace('VALUES ', "VALUES ('','','','','')")} LIMIT 0`)
          : await parquetOf(folder, query),
    };
  },
  'two files of two formats': (rows) => ({
    'a.csv': csv(rows.slice(0, 2)),
    'b.jsonl': json(rows.slice(2)),
  }),
};

const id = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map(String),
  fc.constantFrom('007', '7.0', 'x1', 'Jörg', '日本', 'a"b', 'a,b', "it's", '9007199254740993', '1e3'),
);
const row: fc.Arbitrary<Row> = fc.tuple(
  fc.oneof({ arbitrary: id, weight: 9 }, { arbitrary: fc.constant(''), weight: 1 }),
  id,
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 40 }).map(String), weight: 9 },
    { arbitrary: fc.constant('soon'), weight: 1 },
  ),
  fc.constantFrom('', '1', '2.5', 'x'),
  fc.constantFrom('play', 'like', 'hover', 'buy'),
);
const first: Row = ['12', '3', '20', '', 'play'];

describe('appendToDataset', () => {
  it.each(Object.entries(FORMATS))(
    'gives what preparing all files gives, but for the numbers of users and items: %s',
    async (_name, filesOf) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, { maxLength: 12 }),
          fc.array(row, { maxLength: 12 }),
          fc.constantFrom('all', 'first', 'last'),
          async (drawn, fresh, repeats) => {
            for (const each of ['source', 'all', 'new', 'prepared', 'whole']) {
              rmSync(path.join(folder, each), { recursive: true, force: true });
            }
            const old = [first, ...drawn];
            const eventTypes = { play: 'watch', like: 'like', hover: null };
            const interactions = { ...EVENTS, value: 'v', type: 'k', eventTypes, repeats };
            const items = { 'i.csv': 'id,n,y,g\n3,Three,1990,Drama\n007,Bond,1995,Action\n' };
            const files = { 'matinee.json': mapping(interactions, ITEMS), ...items };
            await prepare(write('source', { ...files, 'e.csv': csv(old) }));
            const before = await contentOf();
            const { manifest, addition } = await append(write('new', await filesOf(fresh)));
            const { manifest: whole } = await prepare(
              write('all', { ...files, 'e.csv': csv([...old, ...fresh]) }),
              'whole',
            );

            const [after, expected] = [await contentOf(), await contentOf('whole')];
            expect(after.userIds.slice(0, before.userIds.length)).toEqual(before.userIds);
            expect(after.itemIds.slice(0, before.itemIds.length)).toEqual(before.itemIds);
            expect(after.times).toEqual(expected.times);
            // Users and items of one second stand in the order of the files, old ones first.
            expect(after.rows).toEqual(expected.rows);
            const sorted = (all: readonly { readonly id: string }[]) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
            expect(sorted(after.catalogue)).toEqual(sorted(expected.catalogue));
            // Warnings give the first ids as examples, which are others.
            const warnings = expect.objectContaining({ length: whole.validation.warnings.length });
            expect(manifest.validation).toEqual({ ...whole.validation, warnings });
            expect(manifest.counts).toEqual(whole.counts);
            expect(quarantined()).toHaveLength(quarantined('whole').length);
            expect(addition?.rowsRead ?? 0).toBe(fresh.length);
          },
        ),
        { numRuns: 5 },
      );
    },
    120_000,
  );

  const SOURCE: Files = {
    'matinee.json': mapping(EVENTS, ITEMS),
    'e.csv': 'u,i,t\nanna,x1,100\nbob,x2,200\n',
    'i.csv': 'id,n,y,g,price\nx1,One,1990,Drama,5\nx2,Two,1991,Comedy,6\n',
  };

  it('takes events of a new user on a new item, older than all others, and changes the identity of the data', async () => {
    const before = (await prepare(write('source', SOURCE))).manifest;
    const appended = await append(path.join(write('new', { 'n.csv': 'u,i,t\n007,a0,50\nanna,x2,150\n' }), 'n.csv'));
    expect(appended).toMatchObject({ isChanged: true, addition: { rowsKept: 2, newUsers: 1, newItems: 1 } });
    const { userIds, itemIds, times } = await contentOf();
    expect(userIds).toEqual(['anna', 'bob', '007']);
    expect(itemIds).toEqual(['x1', 'x2', 'a0']);
    expect(times).toEqual([50, 100, 150, 200]);
    expect(appended.manifest.hash).not.toBe(before.hash);
    expect(appended.manifest.source).toEqual(before.source);
  });

  it('takes a file once, also under another name, as a part of a folder, or as a file of the source', async () => {
    const source = write('source', SOURCE);
    await prepare(source);
    const target = write('new', { 'n.csv': 'u,i,t\ncleo,x1,300\n' });
    const once = await append(path.join(target, 'n.csv'));
    const lock = async (): Promise<never> => {
      throw new Error('nothing to lock for');
    };
    const again = await append(path.join(target, 'n.csv'), { lock });
    expect(again).toMatchObject({ known: [path.join(target, 'n.csv')], files: [], isChanged: false });
    expect(again.addition).toBeUndefined();
    expect(again.manifest).toEqual(once.manifest);
    renameSync(path.join(target, 'n.csv'), path.join(target, 'retry.csv'));
    write('new', { 'more.csv': 'u,i,t\ndora,x1,400\n', 'copy.csv': SOURCE['e.csv'] as string });
    const both = await append(target);
    expect(both.files).toEqual([path.join(target, 'more.csv')]);
    expect(both.known.map((file) => path.basename(file))).toEqual(['copy.csv', 'retry.csv']);
    expect((await contentOf()).userIds).toEqual(['anna', 'bob', 'cleo', 'dora']);
  });

  it.each([
    ['plain.csv', 'packed.csv.gz'],
    ['packed.csv.gz', 'plain.csv'],
  ])('takes %s and knows it again as %s', async (one, other) => {
    await prepare(write('source', SOURCE));
    const text = 'u,i,t\ncleo,x1,300\n';
    const target = write('new', { 'plain.csv': text, 'packed.csv.gz': zlib.gzipSync(text) });
    expect((await append(path.join(target, one))).addition).toMatchObject({ rowsKept: 1 });
    expect(await append(path.join(target, other))).toMatchObject({ files: [], known: [path.join(target, other)] });
  });

  it('joins a data set that a killed run had moved aside, and none that is locked', async () => {
    const before = (await prepare(write('source', SOURCE))).manifest;
    const target = write('new', { 'n.csv': 'u,i,t\ncleo,x1,300\n' });
    const lock = async (): Promise<never> => {
      throw new Error('held elsewhere');
    };
    await expect(append(target, { lock })).rejects.toThrow('held elsewhere');
    expect((await loadDataset(path.join(folder, 'prepared'))).hash).toBe(before.hash);
    renameSync(path.join(folder, 'prepared'), path.join(folder, '.replaced-prepared'));
    expect((await append(target)).manifest.counts).toMatchObject({ users: 3 });
    expect(readdirSync(folder).sort()).toEqual(['new', 'prepared', 'source']);
  });

  it('counts new events that are there already under other bytes', async () => {
    await prepare(write('source', SOURCE));
    const { addition } = await append(write('new', { 'n.csv': 'u,i,t\nanna,x1,100\ncleo,x1,300\n' }));
    expect(addition).toMatchObject({ rowsKept: 2, duplicates: 1 });
  });

  it('takes an empty file and one of which no row is usable, and says what was in them', async () => {
    const before = (await prepare(write('source', SOURCE))).manifest;
    const empty = await append(write('empty', { 'n.csv': '' }));
    expect(empty).toMatchObject({ isChanged: false, addition: { rowsRead: 0, newUsers: 0 } });
    const header = await append(write('header', { 'n.csv': 'u,i,t\n' }));
    expect(header).toMatchObject({ isChanged: false, addition: { rowsRead: 0 } });
    const bad = await append(write('bad', { 'n.csv': 'u,i,t\ncleo,,300\ncleo,x1,soon\n' }));
    expect(bad).toMatchObject({ isChanged: false, addition: { rowsRead: 2, rowsKept: 0, rowsQuarantined: 2 } });
    expect(bad.manifest.hash).toBe(before.hash);
    expect(quarantined()).toMatchObject([
      { file: 'n.csv', line: 2, reason: 'item is empty' },
      { file: 'n.csv', line: 3, reason: 'time: cannot read "soon" as seconds' },
    ]);
  });

  it('lets the later row of an item table win, and keeps what the new table has no column for', async () => {
    await prepare(write('source', SOURCE));
    const { addition } = await append(
      write('new', {
        'catalogue.csv': 'id,n,y,g\nx2,Two again,1992,Comedy|Drama\nx9,Nine,1999,Drama\nx9,Twice,1999,Drama\n',
      }),
    );
    expect(addition).toMatchObject({
      ...{ itemRowsRead: 3, itemRowsQuarantined: 1, newItems: 1, replacedItems: 1 },
      changedTitles: [{ id: 'x2', from: 'Two', to: 'Two again' }],
    });
    expect((await contentOf()).catalogue).toEqual([
      { id: 'x1', title: 'One', year: 1990, genres: ['Drama'], attributes: { price: '5' } },
      { id: 'x2', title: 'Two again', year: 1992, genres: ['Comedy', 'Drama'], attributes: { price: '6' } },
      { id: 'x9', title: 'Nine', year: 1999, genres: ['Drama'], attributes: undefined },
    ]);
  });

  it('gives a row to an item that only events had named', async () => {
    const source = write('source', { ...SOURCE, 'e.csv': 'u,i,t\nanna,x1,100\nbob,x5,200\n' });
    expect((await prepare(source)).manifest.validation.items).toMatchObject({ orphans: 1, joined: 1 });
    const { manifest, addition } = await append(write('new', { 'i.csv': 'id,n,y,g,price\nx5,Five,1995,Drama,1\n' }));
    expect(manifest.validation.items).toMatchObject({ orphans: 0, joined: 2, rowsRead: 3, rowsKept: 3 });
    expect(addition).toMatchObject({ newItems: 0, replacedItems: 0 });
  });

  it('keeps facts for the rules, and withholds a title whose new facts cannot be read or that has none', async () => {
    const items = { ...ITEMS, maturity: 'age', hidden: 'h' };
    const table = 'id,n,y,g,age,h\nx1,One,1990,Drama,12,\nx2,Two,1991,Drama,16,\nx3,Three,1992,Drama,6,\n';
    await prepare(write('source', { ...SOURCE, 'matinee.json': mapping(EVENTS, items), 'i.csv': table }));
    const { manifest } = await append(
      write('new', {
        'e.csv': 'u,i,t\nanna,x7,300\n',
        'i.csv': 'id,n,y,g,age,h\nx2,Two,1991,Drama,18,\nx3,Three,1992,Drama,old,\n',
      }),
    );
    expect(manifest.validation.items).toMatchObject({ rowsRead: 5, rowsQuarantined: 1 });
    const dataset = await loadDataset(path.join(folder, 'prepared'));
    const { maturityAges, isHidden } = await loadItemFacts(path.join(folder, 'prepared'), dataset);
    expect(dataset.items.vocabulary.ids).toEqual(['x1', 'x2', 'x3', 'x7']);
    expect(Array.from(maturityAges).slice(0, 2)).toEqual([12, 18]);
    expect(Array.from(isHidden)).toEqual([0, 0, 1, 1]);
  });

  it('reads events where there is no item table, also by position and without a header', async () => {
    const interactions = { file: 'e.csv', header: false, user: 0, item: 1, time: 2 };
    await prepare(write('source', { 'matinee.json': mapping(interactions), 'e.csv': '7,10,100\n007,10,200\n' }));
    await append(write('new', { 'n.csv': '7.0,11,50\n' }));
    expect((await contentOf()).userIds).toEqual(['007', '7', '7.0']);
    await expect(append(write('other', { 'n.jsonl': '{"u":"1"}\n' }))).rejects.toMatchObject({
      code: 'BAD_MAPPING',
      message: expect.stringContaining('columns by their position'),
    });
  });

  it('refuses in one sentence what it cannot place', async () => {
    const source = write('source', SOURCE);
    const file = path.join(write('new', { 'n.csv': 'u,i,t\ncleo,x1,300\n' }), 'n.csv');
    await expect(append(file)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('matinee prepare'),
    });
    await prepare(source);
    const before = await contentOf();
    const refused = async (target: string, code: string, message: RegExp, options: Partial<AppendOptions> = {}) =>
      expect(append(target, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await refused(path.join(folder, 'gone.csv'), 'NOT_FOUND', /no such file/);
    await refused(
      write('others', { 'n.csv': 'user,item,t\na,b,1\n' }),
      'BAD_MAPPING',
      /no column "u"; it has: user, item, t/,
    );
    await refused(write('text', { 'n.parquet': 'no' }), 'BAD_SOURCE', /not a Parquet file/);
    const otherUnit = mapping({ ...EVENTS, file: 'n.csv', timeUnit: 'milliseconds' });
    await refused(
      write('own', { 'matinee.json': otherUnit, 'n.csv': 'u,i,t\n' }),
      'BAD_MAPPING',
      /interactions\.timeUnit/,
    );
    write('source', { 'matinee.json': mapping({ ...EVENTS, repeats: 'last' }, ITEMS) });
    await refused(file, 'BAD_MAPPING', /matinee\.json maps otherwise .*interactions\.repeats/, {
      source: detectSource(source),
    });
    expect(await contentOf()).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('reads a folder with the same mapping under other names', async () => {
    await prepare(write('source', SOURCE));
    const own = mapping({ ...EVENTS, file: 'log.jsonl' }, { ...ITEMS, file: 'cat.csv' });
    const { addition } = await append(
      write('new', {
        'matinee.json': own,
        'log.jsonl': '{"u":"é","i":"x9","t":5}\n',
        'cat.csv': 'id,n,y,g\nx9,Nine,1999,Drama\n',
      }),
    );
    expect(addition).toMatchObject({ newUsers: 1, newItems: 1, itemRowsRead: 1 });
  });

  it('leaves the data set as it was when it is stopped', async () => {
    const before = (await prepare(write('source', SOURCE))).manifest;
    const abort = new AbortController();
    const target = write('new', { 'n.csv': 'u,i,t\ncleo,x1,300\n' });
    const onProgress = (): void => abort.abort();
    await expect(append(target, { signal: abort.signal, onProgress })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await loadDataset(path.join(folder, 'prepared'))).hash).toBe(before.hash);
    expect(readdirSync(folder).sort()).toEqual(['new', 'prepared', 'source']);
  });
});

describe('preparing again after an append', () => {
  const SOURCE: Files = {
    'matinee.json': mapping({ ...EVENTS, file: 'log/*.csv' }),
    'log/1.csv': 'u,i,t\nanna,x1,100\n',
  };
  const append2 = async (): Promise<string> => {
    await prepare(write('source', SOURCE));
    const target = path.join(write('new', { '2.csv': 'u,i,t\nbob,x0,50\n' }), '2.csv');
    await append(target);
    return target;
  };

  it('does nothing while the source is unchanged, also once the appended file stands in it', async () => {
    const target = await append2();
    expect((await prepare(path.join(folder, 'source'))).reused).toBe(true);
    renameSync(target, path.join(folder, 'source', 'log', '2.csv'));
    expect((await prepare(path.join(folder, 'source'))).reused).toBe(true);
    expect((await contentOf()).userIds).toEqual(['anna', 'bob']);
  });

  it('counts an appended file once that stands packed among the sources', async () => {
    await prepare(write('source', { ...SOURCE, 'matinee.json': mapping({ ...EVENTS, file: 'log' }) }));
    const text = 'u,i,t\nbob,x0,50\n';
    await append(write('new', { '2.csv': text }));
    write('source', { 'log/2.csv.gz': zlib.gzipSync(text) });
    expect((await prepare(path.join(folder, 'source'))).reused).toBe(true);
    write('source', { 'log/3.csv': 'u,i,t\ncleo,x2,10\n' });
    expect((await prepare(path.join(folder, 'source'))).manifest.appended).toBeUndefined();
    expect((await contentOf()).rows).toHaveLength(3);
  });

  it('reads appended files again when the source has changed, each once', async () => {
    const target = await append2();
    write('source', { 'log/3.csv': 'u,i,t\ncleo,x2,10\n' });
    const again = await prepare(path.join(folder, 'source'));
    expect(again).toMatchObject({ reused: false, readAgain: [target], leftOut: [] });
    expect(again.manifest.appended).toHaveLength(1);
    expect((await contentOf()).rows).toHaveLength(3);
    expect((await prepare(path.join(folder, 'source'))).reused).toBe(true);
    expect((await append(target)).addition).toBeUndefined();
    renameSync(target, path.join(folder, 'source', 'log', '2.csv'));
    write('source', { 'log/4.csv': 'u,i,t\ndora,x2,10\n' });
    expect((await prepare(path.join(folder, 'source'))).manifest.appended).toBeUndefined();
    expect((await contentOf()).rows).toHaveLength(4);
  });

  it('is refused when an appended file is gone or has changed, unless it may be left out', async () => {
    const target = await append2();
    write('source', { 'log/3.csv': 'u,i,t\ncleo,x2,10\n' });
    writeFileSync(target, 'u,i,t\n');
    await expect(prepare(path.join(folder, 'source'))).rejects.toMatchObject({
      code: 'BAD_SOURCE',
      message: expect.stringMatching(/2\.csv.*--leave-out-missing/),
    });
    expect((await contentOf()).rows).toHaveLength(2);
    rmSync(target);
    const without = await prepare(path.join(folder, 'source'), 'prepared', { keepsAppended: 'found' });
    expect(without).toMatchObject({ readAgain: [], leftOut: [target] });
    expect((await contentOf()).userIds).toEqual(['anna', 'cleo']);
    expect(existsSync(path.join(folder, '.replaced-prepared'))).toBe(false);
  });
});

describe('rows of users who were deleted', () => {
  it('are counted, so that whoever appends them learns that nothing reads them', async () => {
    const source = write('source', {
      'e.csv': csv([['ada', 'a', '1', '', '']]),
      'matinee.json': mapping(EVENTS),
    });
    await prepare(source);
    const added = write('new', {
      'new.csv': csv([
        ['ada', 'b', '2', '', ''],
        ['ada', 'c', '3', '', ''],
        ['eve', 'b', '4', '', ''],
        ['bob', 'b', '5', '', ''],
        ['ada', 'b', 'never', '', ''],
      ]),
    });
    const deletedAmong = async (userIds: readonly string[]) => userIds.filter((id) => id === 'ada' || id === 'bob');
    const { addition } = await append(path.join(added, 'new.csv'), { deletedAmong });
    expect(addition).toMatchObject({ rowsRead: 5, rowsKept: 4, ofDeleted: { rows: 3, users: 2 } });
  });
});
