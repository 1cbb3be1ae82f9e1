import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { buildInteractions, groupByUser, type Interactions } from '@matinee/models/data';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordDiskSteps } from '../disk/testing/record-disk-steps.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import { detectSource } from './detect-source.ts';
import { loadDataset } from './load-dataset.ts';
import { openDuckDb, sqlText } from './open-duckdb.ts';
import { isMovedAside, recoverDataset } from './place-dataset.ts';
import { prepareDataset } from './prepare-dataset.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-prepare-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOW_MS = Date.UTC(2020, 0, 1);

/** Writes source files into `source/`. */
function source(files: Readonly<Record<string, string | Buffer>>): string {
  const sourceFolder = path.join(folder, 'source');
  mkdirSync(sourceFolder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(sourceFolder, name), content);
  return sourceFolder;
}

async function prepare(sourceFolder: string, to = 'prepared'): Promise<DatasetManifest> {
  const options = { source: detectSource(sourceFolder), folder: path.join(folder, to), name: 'test', nowMs: NOW_MS };
  return (await prepareDataset(options)).manifest;
}

const load = () => loadDataset(path.join(folder, 'prepared'));
const quarantine = (): unknown[] =>
  readFileSync(path.join(folder, 'prepared', 'quarantine.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('prepareDataset on MovieLens files', () => {
  it('reads the bundled set: 100,004 ratings of 671 users on 9,066 titles', async () => {
    const bundled = fileURLToPath(new URL('../../../../data/movielens-small', import.meta.url));
    const manifest = await prepare(bundled);
    expect(manifest.counts).toEqual({ users: 671, items: 9066, events: 100_004 });
    expect(manifest.validation.events).toMatchObject({ rowsQuarantined: 0, valueRange: [0.5, 5] });
    const dataset = await load();
    expect(dataset.items.titles[dataset.items.vocabulary.indexOf('2571')]).toBe('The Matrix');
    expect(dataset.items.years[dataset.items.vocabulary.indexOf('2571')]).toBe(1999);
    expect(dataset.events.timestamps.every((time, row, all) => row === 0 || time >= (all[row - 1] as number))).toBe(
      true,
    );
  });

  it('leaves nothing of the file’s order by id in the histories of the bundled set', async () => {
    await prepare(fileURLToPath(new URL('../../../../data/movielens-small', import.meta.url)));
    const { events, users } = await load();
    const share = (interactions: Interactions): number => {
      const histories = groupByUser(interactions, users.ids.length);
      let [tied, ascending] = [0, 0];
      for (let user = 0; user < users.ids.length; user++) {
        const { itemIndices, timestamps } = histories.of(user);
        for (let at = 1; at < timestamps.length; at++) {
          if (timestamps[at] !== timestamps[at - 1]) continue;
          tied++;
          if ((itemIndices[at] as number) > (itemIndices[at - 1] as number)) ascending++;
        }
      }
      expect(tied).toBeGreaterThan(20_000);
      return ascending / tied;
    };
    const asInTheFile = { weights: new Float32Array(events.count), labels: new Uint8Array(events.count) };
    expect(share({ ...events, ...asInTheFile })).toBe(1);
    expect(share(buildInteractions(events))).toBeGreaterThan(0.45);
    expect(share(buildInteractions(events))).toBeLessThan(0.55);
  });

  it('sorts events by time and keeps the order of the file where times are equal', async () => {
    await prepare(
      source({ 'ratings.csv': 'userId,movieId,rating,timestamp\n2,30,1,500\n10,30,2,100\n10,7,3,500\n2,7,4,100\n' }),
    );
    const { events, users, items } = await load();
    expect(users.ids).toEqual(['2', '10']);
    expect(items.vocabulary.ids).toEqual(['7', '30']);
    expect(Array.from(events.values)).toEqual([2, 4, 1, 3]);
    expect(Array.from(events.userIndices)).toEqual([1, 0, 0, 1]);
    expect(Array.from(events.itemIndices)).toEqual([1, 0, 1, 0]);
  });

  it('reads ml-1m .dat files with their separator and their encoding', async () => {
    await prepare(
      source({
        'ratings.dat': '1::1193::5::978300760\n2::661::3::978302109\n',
        'movies.dat': Buffer.from('1193::Amélie, The (2001)::Comedy|Drama\n661::James (1996)::Animation\n', 'latin1'),
      }),
    );
    const { items, events } = await load();
    expect(items.titles).toEqual(['James', 'The Amélie']);
    expect(Array.from(items.years)).toEqual([1996, 2001]);
    expect(items.genreNames).toEqual(['Animation', 'Comedy', 'Drama']);
    expect(items.genres.map((genres) => Array.from(genres))).toEqual([[0], [1, 2]]);
    expect(events.count).toBe(2);
  });

  it('reads packed files like plain ones', async () => {
    const ratings = 'userId,movieId,rating,timestamp\n1,5,4,100\n2,6,3,200\n';
    const itemTable = 'movieId,title,genres\n5,"Big ""Lie"", The (1990)",Drama\n6,Other (1991),(no genres listed)\n';
    const plain = await prepare(source({ 'ratings.csv': ratings, 'movies.csv': itemTable }));
    rmSync(path.join(folder, 'source'), { recursive: true });
    const packed = await prepare(
      source({ 'ratings.csv.gz': zlib.gzipSync(ratings), 'movies.csv.gz': zlib.gzipSync(itemTable) }),
      'packed',
    );
    expect(packed.hash).toBe(plain.hash);
    const { items } = await load();
    expect(items.titles).toEqual(['The Big "Lie"', 'Other']);
    expect(items.genres[1]?.length).toBe(0);
  });
});

describe('prepareDataset on mapped files', () => {
  const expected = {
    userIds: ['anna', 'bob'],
    itemIds: ['x1', 'x2'],
    times: [1_500_000_000, 1_500_000_100, 1_500_000_200],
    types: [1, 2, 5],
  };

  async function expectTheSameWorld(): Promise<void> {
    const { users, items, events } = await load();
    expect(users.ids).toEqual(expected.userIds);
    expect(items.vocabulary.ids).toEqual(expected.itemIds);
    expect(Array.from(events.timestamps)).toEqual(expected.times);
    expect(Array.from(events.types)).toEqual(expected.types);
    expect(items.titles).toEqual(['One', undefined]);
    expect(items.attributes[0]).toEqual({ studio: 'Acme' });
  }
  const eventTypes = { played: 'watch', liked: 'like', shown: 'impression' };

  it('reads CSV with its own column names, times in milliseconds and event names', async () => {
    await prepare(
      source({
        'matinee.json': JSON.stringify({
          interactions: {
            file: 'log.csv',
            user: 'who',
            item: 'what',
            time: 'when',
            timeUnit: 'milliseconds',
            type: 'did',
            eventTypes,
          },
          items: { file: 'things.csv', id: 'id', title: 'name' },
        }),
        'log.csv':
          'did,who,what,when\nplayed,anna,x1,1500000000000\nshown,bob,"x2",1500000200000\nliked,anna,x2,1500000100000\n',
        'things.csv': 'id,name,studio\nx1,One,Acme\n',
      }),
    );
    await expectTheSameWorld();
  });

  it('reads JSON lines with ISO times', async () => {
    const lines = [
      { who: 'anna', what: 'x1', when: '2017-07-14T02:40:00Z', did: 'played' },
      { who: 'anna', what: 'x2', when: '2017-07-14T04:41:40+02:00', did: 'liked' },
      { who: 'bob', what: 'x2', when: '2017-07-14 02:43:20', did: 'shown' },
    ];
    await prepare(
      source({
        'matinee.json': JSON.stringify({
          interactions: {
            file: 'log.jsonl',
            user: 'who',
            item: 'what',
            time: 'when',
            timeUnit: 'iso',
            type: 'did',
            eventTypes,
          },
          items: { file: 'things.jsonl', id: 'id', title: 'name' },
        }),
        'log.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
        'things.jsonl': '{"id":"x1","name":"One","studio":"Acme"}\n',
      }),
    );
    await expectTheSameWorld();
  });

  it('reads Parquet', async () => {
    const sourceFolder = source({
      'matinee.json': JSON.stringify({
        interactions: { file: 'log.parquet', user: 'who', item: 'what', time: 'when', type: 'did', eventTypes },
        items: { file: 'things.parquet', id: 'id', title: 'name' },
      }),
      'log.parquet': '',
      'things.parquet': '',
    });
    const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
    const copy = (rows: string, columns: string, file: string): Promise<void> =>
      db.run(
        `COPY (SELECT * FROM (VALUES ${rows}) t(${columns})) TO ${sqlText(path.join(sourceFolder, file))} (FORMAT parquet)`,
      );
    await copy(
      `('played','anna','x1',1500000000), ('liked','anna','x2',1500000100), ('shown','bob','x2',1500000200)`,
      'did, who, what, "when"',
      'log.parquet',
    );
    await copy(`('x1','One','Acme')`, 'id, name, studio', 'things.parquet');
    db.close();
    await prepare(sourceFolder);
    await expectTheSameWorld();
  });

  it.each([
    [{ interactions: { file: 'log.csv', user: 'u', time: 't' } }, /interactions.*item/],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', colour: 'red' } },
      /interactions\.colour: there is no such key/,
    ],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', timeUnit: 'days' } },
      /timeUnit: must be one of "seconds", "milliseconds", "microseconds", "nanoseconds", "iso"/,
    ],
    [{ interactions: { file: 'log.csv', user: 'u', item: 'i', time: 'nope' } }, /no column "nope"; it has: u, i, t/],
    [
      { interactions: { file: 'gone.csv', user: 'u', item: 'i', time: 't' } },
      /interactions\.file: no file .*gone\.csv/,
    ],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', defaultType: 'buy' } },
      /defaultType: "buy" is none of rate, watch/,
    ],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', eventTypes: { play: 'watch' } } },
      /interactions\.eventTypes: needs "type"/,
    ],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', type: 'i', defaultType: 'rate' } },
      /interactions\.defaultType: is for files without/,
    ],
    [
      { interactions: { file: 'log.csv', user: 'u', item: 'i', time: 't', value: 'i', valueRange: [5, 1] } },
      /interactions\.valueRange: 5 is above 1/,
    ],
  ])('refuses mapping %j by naming the field', async (mapping, message) => {
    const sourceFolder = source({ 'matinee.json': JSON.stringify(mapping), 'log.csv': 'u,i,t\n1,2,3\n' });
    const failure = await prepare(sourceFolder).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'BAD_MAPPING', message: expect.stringMatching(message) });
    expect(existsSync(path.join(folder, 'prepared'))).toBe(false);
  });
});

describe('validation', () => {
  it('quarantines each bad row with its line and reason, and keeps the others', async () => {
    const manifest = await prepare(
      source({
        'ratings.csv': Buffer.concat([
          Buffer.from('userId,movieId,rating,timestamp\n1,10,4,100\n2,11\n\n3,"12",x,300\n"5,14,3,1\n'),
          Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a]),
          Buffer.from('6,15,2,500\n,16,1,600\n7,,1,600\n8,17,1,soon\n9,18,1,-5\n9,18,1,99999999999\n10,19,,700\n'),
        ]),
      }),
    );
    expect(quarantine()).toEqual([
      { file: 'ratings.csv', line: 3, reason: 'expected 4 columns, found 2', text: '2,11' },
      { file: 'ratings.csv', line: 5, reason: 'value: "x" is not a number', text: '3,"12",x,300' },
      { file: 'ratings.csv', line: 6, reason: 'quotes do not match', text: '"5,14,3,1' },
      { file: 'ratings.csv', line: 7, reason: 'not valid UTF-8', text: expect.any(String) },
      { file: 'ratings.csv', line: 9, reason: 'user is empty', text: ',16,1,600' },
      { file: 'ratings.csv', line: 10, reason: 'item is empty', text: '7,,1,600' },
      { file: 'ratings.csv', line: 11, reason: 'time: cannot read "soon" as seconds', text: '8,17,1,soon' },
      { file: 'ratings.csv', line: 12, reason: 'time: "-5" is before 1970', text: '9,18,1,-5' },
      { file: 'ratings.csv', line: 13, reason: 'time: "99999999999" is in the future', text: '9,18,1,99999999999' },
    ]);
    expect(manifest.validation.events).toMatchObject({ rowsRead: 12, rowsKept: 3, rowsQuarantined: 9 });
    expect((await load()).users.ids).toEqual(['1', '6', '10']);
  });

  it('counts duplicates, ties, orphans and unused items, and keeps them', async () => {
    const manifest = await prepare(
      source({
        'ratings.csv':
          'userId,movieId,rating,timestamp\n1,10,4,100\n1,11,4,100\n2,10,4,100\n1,10,5,100\n1,12,3,200\n3,99,3,300\n3,99,3,301\n',
        'movies.csv':
          'movieId,title,genres\n10,A (1990),Drama\n11,B (1991),\n12,,Drama\n13,D (1993),Drama\n10,Again (1990),Drama\n,E (1994),Drama\n',
      }),
    );
    expect(manifest.counts).toEqual({ users: 3, items: 5, events: 7 });
    expect(manifest.validation.events).toMatchObject({ duplicates: 1, tiesInTime: 2, rowsKept: 7 });
    expect(manifest.validation.items).toEqual({
      rowsRead: 6,
      rowsKept: 4,
      rowsQuarantined: 2,
      withoutTitle: 2,
      withoutGenres: 2,
      withoutYear: 2,
      joined: 3,
      orphans: 1,
      orphanEvents: 2,
      unused: 1,
    });
    expect(quarantine()).toMatchObject([
      { line: 6, reason: 'id "10" stands on line 2 already' },
      { line: 7, reason: 'id is empty' },
    ]);
  });

  it('keeps or quarantines every line of any text, and never loses one', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        '1,2,3,4',
        '7,8,,9',
        '"1","2","3","4"',
        '1,2,3',
        '',
        '"',
        ',,,',
        '1,2,3,4,5',
        'NaN,nan,inf,Infinity',
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
        const text = `userId,movieId,rating,timestamp\n1,1,1,1\n${lines.join('\n')}\n`;
        rmSync(path.join(folder, 'prepared'), { recursive: true, force: true });
        const { validation } = await prepare(source({ 'ratings.csv': text }));
        const notBlank = lines.filter((each) => each !== '').length + 1;
        expect(validation.events.rowsRead).toBe(notBlank);
        expect(validation.events.rowsKept + validation.events.rowsQuarantined).toBe(notBlank);
        const bad = quarantine() as { line: number; text: string }[];
        for (const row of bad) expect(row.text).toBe(lines[row.line - 3]);
      }),
      { numRuns: 25 },
    );
  });

  it('names the first problem when no row is usable', async () => {
    await expect(prepare(source({ 'ratings.csv': 'userId,movieId,rating,timestamp\nx\n' }))).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
      message: expect.stringContaining('line 2: expected 4 columns, found 1'),
    });
  });
});

describe('the prepared folder', () => {
  const RATINGS = 'userId,movieId,rating,timestamp\n1,10,4,100\n2,11,3,200\n';

  it('is reused while the source is unchanged, and replaced when it changes', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const options = {
      source: detectSource(sourceFolder),
      folder: path.join(folder, 'prepared'),
      name: 'test',
      nowMs: NOW_MS,
    };
    const first = await prepareDataset(options);
    const second = await prepareDataset(options);
    expect([first.reused, second.reused]).toEqual([false, true]);
    source({ 'ratings.csv': `${RATINGS}3,12,1,300\n` });
    const third = await prepareDataset(options);
    expect(third.reused).toBe(false);
    expect((await load()).events.count).toBe(3);
  });

  it('has the same hash in every folder', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const hashes = [(await prepare(sourceFolder, 'a')).hash, (await prepare(sourceFolder, 'b')).hash];
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('has another hash only if something changed that models learn from', async () => {
    const items = (title: string, price: string, tags: string): Record<string, string> => ({
      'matinee.json': JSON.stringify({
        interactions: { file: 'e.csv', user: 'u', item: 'i', time: 't' },
        items: { file: 'i.csv', id: 'id', title: 'n' },
      }),
      'e.csv': 'u,i,t\na,x,1\n',
      'i.csv': `id,n,price,tags\nx,${title},${price},${tags}\n`,
    });
    const hashes = async (...cells: [string, string, string]) => {
      const { hash, details } = await prepare(source(items(...cells)));
      expect((await load()).hash).toBe(hash);
      return { hash, details };
    };
    const first = await hashes('One', '5', 'fun');
    const dearer = await hashes('One', '6', 'fun');
    expect(dearer.hash).toBe(first.hash);
    expect(dearer.details).not.toBe(first.details);
    expect((await hashes('One', '5', 'sad')).hash).not.toBe(first.hash);
    expect((await hashes('Won', '5', 'fun')).hash).not.toBe(first.hash);
  });

  it('is refused when a file comes from data with other attributes', async () => {
    const files = (price: number) => ({
      'ratings.csv': RATINGS,
      'movies.csv': `movieId,title,genres,price\n10,A (1990),Drama,${price}\n`,
    });
    await prepare(source(files(1)));
    await prepare(source(files(2)), 'other');
    writeFileSync(
      path.join(folder, 'prepared', 'items.parquet'),
      readFileSync(path.join(folder, 'other', 'items.parquet')),
    );
    await expect(load()).rejects.toThrow('does not match its manifest');
  });

  it('is left unchanged by a run that is stopped', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const before = await prepare(sourceFolder);
    source({ 'ratings.csv': `${RATINGS}3,12,1,300\n` });
    const abort = new AbortController();
    const run = prepareDataset({
      source: detectSource(sourceFolder),
      folder: path.join(folder, 'prepared'),
      name: 'test',
      nowMs: NOW_MS,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    abort.abort();
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await load()).hash).toBe(before.hash);
    expect(readdirSync(folder).sort()).toEqual(['prepared', 'source']);
  });

  it('leaves every other data set alone, whatever its name', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const others = ['prepared.old', 'prepared.preparing-1', 'prepared.replaced'];
    for (const other of others) await prepare(sourceFolder, other);
    await prepare(sourceFolder);
    source({ 'ratings.csv': `${RATINGS}3,12,1,300\n` });
    await prepare(sourceFolder);
    expect(readdirSync(folder).sort()).toEqual(['prepared', ...others, 'source'].sort());
  });

  it.each(['a file', 'a folder'])('does not replace %s that is not its own', async (what) => {
    const place = path.join(folder, 'prepared');
    const letter = what === 'a file' ? place : path.join(place, 'letter.txt');
    mkdirSync(path.dirname(letter), { recursive: true });
    writeFileSync(letter, 'dear');
    await expect(prepare(source({ 'ratings.csv': RATINGS }))).rejects.toThrow(`${place} holds no prepared data set`);
    expect(readFileSync(letter, 'utf8')).toBe('dear');
  });

  it('is put back by the next run when a killed one had only moved it aside', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const before = await prepare(sourceFolder);
    renameSync(path.join(folder, 'prepared'), path.join(folder, '.replaced-prepared'));
    expect(isMovedAside(path.join(folder, 'prepared'))).toBe(true);
    await recoverDataset(path.join(folder, 'prepared'));
    expect((await load()).hash).toBe(before.hash);

    renameSync(path.join(folder, 'prepared'), path.join(folder, '.replaced-prepared'));
    const options = { source: detectSource(sourceFolder), folder: path.join(folder, 'prepared') };
    expect((await prepareDataset({ ...options, name: 'test', nowMs: NOW_MS })).reused).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['prepared', 'source']);
  });

  it('is not touched by a run whose lock is refused, nor locked for an unchanged source', async () => {
    const sourceFolder = source({ 'ratings.csv': RATINGS });
    const before = await prepare(sourceFolder);
    let refusals = 0;
    const lock = async (): Promise<never> => {
      refusals++;
      throw new Error('held elsewhere');
    };
    const options = { folder: path.join(folder, 'prepared'), name: 'test', nowMs: NOW_MS, lock };
    expect((await prepareDataset({ source: detectSource(sourceFolder), ...options })).reused).toBe(true);
    source({ 'ratings.csv': `${RATINGS}3,12,1,300\n` });
    await expect(prepareDataset({ source: detectSource(sourceFolder), ...options })).rejects.toThrow('held elsewhere');
    expect(refusals).toBe(1);
    expect((await load()).hash).toBe(before.hash);
    expect(readdirSync(folder).sort()).toEqual(['prepared', 'source']);
  });

  it.runIf(process.platform === 'linux')(
    'is on the disk before it takes its name (on Linux, where /proc names open files)',
    async () => {
      const sourceFolder = source({ 'ratings.csv': RATINGS });
      const steps = await recordDiskSteps(() => prepare(sourceFolder));
      const aside = (name: string): string => `sync .partial/${name}`;
      const placed = steps.indexOf('rename .partial -> prepared');
      expect(placed).toBeGreaterThan(0);
      const files = ['events.parquet', 'items.parquet', 'users.parquet', 'quarantine.jsonl', 'manifest.json'];
      for (const file of files) expect(steps.slice(0, placed)).toContain(aside(file));
      expect(steps[placed - 1]).toBe('sync .partial');
      expect(steps[placed + 1]).toBe(`sync ${path.basename(folder)}`);
    },
  );

  it.each(['events.parquet', 'items.parquet', 'users.parquet', 'manifest.json'])(
    'is refused when %s is truncated',
    async (name) => {
      await prepare(source({ 'ratings.csv': RATINGS }));
      const file = path.join(folder, 'prepared', name);
      truncateSync(file, Math.floor(readFileSync(file).length / 2));
      await expect(load()).rejects.toMatchObject({ code: 'BAD_DATASET' });
    },
  );

  it('is refused when a file comes from another data set', async () => {
    await prepare(source({ 'ratings.csv': RATINGS }), 'prepared');
    await prepare(source({ 'ratings.csv': RATINGS.replace('200', '201') }), 'other');
    const events = readFileSync(path.join(folder, 'other', 'events.parquet'));
    writeFileSync(path.join(folder, 'prepared', 'events.parquet'), events);
    await expect(load()).rejects.toThrow('does not match its manifest');
  });

  it('names the command to run when nothing is prepared', async () => {
    await expect(load()).rejects.toThrow('run: matinee prepare');
  });
});
