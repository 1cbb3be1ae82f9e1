import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareFiles, type SourceFiles } from './testing/prepare-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-warnings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const map = (interactions: object, items?: object): string =>
  JSON.stringify({
    interactions: { file: 'e.csv', user: 'u', item: 'i', time: 't', ...interactions },
    ...(items && { items }),
  });
const warningsOf = async (files: SourceFiles) => (await prepareFiles(folder, files)).validation.warnings;

describe('warnings', () => {
  it('are none for a source without faults', async () => {
    const warnings = await warningsOf({
      'matinee.json': map({}, { file: 'i.csv', id: 'id' }),
      'e.csv': 'u,i,t\na,x,1500000000\nb,x,1500000001\n',
      'i.csv': 'id\nx\ny\n',
    });
    expect(warnings).toEqual([]);
  });

  it('say that nothing joins, or little, with ids of both tables', async () => {
    const mapping = map({}, { file: 'i.csv', id: 'id' });
    const events = 'u,i,t\na,tt01,1500000000\nb,tt02,1500000001\nb,tt03,1500000002\n';
    expect(await warningsOf({ 'matinee.json': mapping, 'e.csv': events, 'i.csv': 'id\n1\n2\n3\n' })).toEqual([
      'nothing joins: no item of an event is in the item table; events name items like "tt01", "tt02", "tt03", the item table has "1", "2", "3"',
    ]);
    expect(await warningsOf({ 'matinee.json': mapping, 'e.csv': events, 'i.csv': 'id\ntt01\n' })).toEqual([
      'few items join: 1 of 3 items of events are in the item table; events name items like "tt02", "tt03", the item table has none',
    ]);
  });

  it.each([
    ['1500000000', 'milliseconds', ': the times look like seconds; set "timeUnit": "seconds" in matinee.json'],
    [
      '1500000000000',
      'nanoseconds',
      ': the times look like milliseconds; set "timeUnit": "milliseconds" in matinee.json',
    ],
    ['86400', 'seconds', '; if they count from another moment, their order is right and dates are not'],
  ])('say of times %s in %s that all events are in 1970', async (time, timeUnit, advice) => {
    const warnings = await warningsOf({ 'matinee.json': map({ timeUnit }), 'e.csv': `u,i,t\na,x,${time}\n` });
    expect(warnings).toEqual([`every event is in 1970${advice}`]);
  });

  it('say what a source without times means', async () => {
    const warnings = await warningsOf({ 'matinee.json': map({ time: undefined }), 'e.csv': 'u,i\na,x\nb,x\n' });
    expect(warnings).toEqual([expect.stringMatching(/^no times: the order of a history says nothing/)]);
  });

  it('name the option for repeats only where a mapping can set it', async () => {
    const row = 'a,x,1500000000\n';
    expect(await warningsOf({ 'matinee.json': map({}), 'e.csv': `u,i,t\n${row}${row}` })).toEqual([
      '50 % of the events repeat user, item, time and type of another; "repeats": "first" in matinee.json keeps one of each',
    ]);
    const ratings = '1,7,4,1500000000\n';
    expect(await warningsOf({ 'ratings.csv': `userId,movieId,rating,timestamp\n${ratings}${ratings}` })).toEqual([
      '50 % of the events repeat user, item, time and type of another',
    ]);
  });

  it('name the share of events that cannot be used, and an encoding', async () => {
    const bytes = Buffer.from('u,i,t\na,x,1500000000\nJ\xf6rg,x,1500000000\n', 'latin1');
    expect(await warningsOf({ 'matinee.json': map({}), 'e.csv': bytes })).toEqual([
      'rows that are not valid UTF-8: 1; if the text is Western European, set "encoding": "windows-1252"',
      '50 % of the events cannot be used: they are in quarantine',
    ]);
  });
});

describe('a source without one usable row', () => {
  it.each([
    ['1500000000000', 'is in the future; set "timeUnit": "milliseconds" in matinee.json'],
    ['2017-07-14T02:40:00Z', 'as seconds; set "timeUnit": "iso" in matinee.json'],
    ['soon', 'cannot read "soon" as seconds'],
  ])('of events, for times like %s, is refused with what to set', async (time, message) => {
    await expect(
      prepareFiles(folder, { 'matinee.json': map({}), 'e.csv': `u,i,t\na,x,${time}\n` }),
    ).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
      message: expect.stringMatching(new RegExp(`${message.replace(/[.]/g, '\\.')}$`)),
    });
  });

  it.each([
    ['id,n\n,One\n', 'line 2: id is empty'],
    ['id,n\n1\n', 'line 2: expected 2 columns, found 1'],
    ['id,n\n', 'it has no rows'],
  ])('of items is refused: %j', async (items, reason) => {
    const files = { 'matinee.json': map({}, { file: 'i.csv', id: 'id' }), 'e.csv': 'u,i,t\na,x,1\n', 'i.csv': items };
    await expect(prepareFiles(folder, files)).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
      message: expect.stringContaining(reason),
    });
  });
});
