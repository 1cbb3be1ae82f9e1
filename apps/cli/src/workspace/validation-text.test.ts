import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { detectSource, prepareDataset } from '@matinee/adapters/duckdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeValidation } from './validation-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-text-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function describeFiles(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const source = detectSource(folder);
  const options = { source, folder: path.join(folder, 'prepared'), name: 'x', nowMs: Date.UTC(2020, 0, 1) };
  return describeValidation((await prepareDataset(options)).manifest).split('\n');
}

const mapping = (interactions: object, items?: object): string =>
  JSON.stringify({ interactions: { file: 'e.csv', user: 'u', item: 'i', ...interactions }, items });

describe('the text of a validation', () => {
  it('says in one screen what joins, what is missing and what the generations do without it', async () => {
    const lines = await describeFiles({
      'matinee.json': mapping(
        { type: 'k', eventTypes: { play: 'watch', hover: null } },
        { file: 'i.csv', id: 'id', title: 'n', genres: 'g' },
      ),
      'e.csv': 'u,i,k\na,x,play\na,y,play\nb,z,play\nb,z,hover\n,z,play\n',
      'i.csv': 'id,n,g\nx,One,[]\ny,Two,\nq,Three,[Drama\n',
    });
    expect(lines).toEqual([
      'events       5 rows read = 3 kept + 1 quarantined + 1 left out',
      'left out     1 by their event type, 0 repeats',
      'time         none',
      'values       none',
      'duplicates   0 rows repeat user, item, time and type of another (kept)',
      'ties         0 events at the same second as another of the same user (ordered by a hash of user and item)',
      'items        3 rows read = 3 kept + 0 quarantined',
      'join         2 of 3 items of events are in the item table (1 events of the others are kept, without a title)',
      'cold         1 items of the item table have no event',
      'incomplete   of 4 items 1 have no title, 4 no genre, 4 no year',
      'quarantined  1 × user is empty',
      'unread       1 × genres: cannot read … as a list',
      expect.stringMatching(/^warning {6}no times: /),
      'warning      20 % of the events cannot be used: they are in quarantine',
      expect.stringMatching(/^models {7}V3 and V4 train with their settings for small data/),
      expect.stringMatching(/^models {7}without genres and years, /),
      expect.stringMatching(/^models {7}without times, /),
      expect.stringMatching(/^models {7}a source that this data cannot fit, .* is left out; matinee train says which$/),
    ]);
  });

  it('says that networks cannot be trained where nobody has events of two titles', async () => {
    const lines = await describeFiles({
      'matinee.json': mapping({ time: 't' }),
      'e.csv': 'u,i,t\na,x,1500000000\nb,y,1500000001\n',
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^models {7}nobody has events of two titles: V3 and V4 train without their networks/),
    );
  });

  it('says what follows where events and item table do not join', async () => {
    const lines = await describeFiles({
      'matinee.json': mapping({ time: 't' }, { file: 'i.csv', id: 'id', title: 'n', genres: 'g', year: 'y' }),
      'e.csv': 'u,i,t\na,x,1500000000\na,y,1500000001\n',
      'i.csv': 'id,n,g,y\n1,One,Drama,1990\n2,Two,Drama,1991\n',
    });
    expect(lines).toContainEqual(expect.stringMatching(/^models {7}no item of an event is in the item table: /));
  });

  it('says that there is no item table, and lists the most frequent reasons only', async () => {
    const rows = Array.from({ length: 9 }, (_, at) => `a,x,${'1,'.repeat(at)}z\n`).join('');
    const lines = await describeFiles({
      'matinee.json': mapping({ time: 't', value: 'v' }),
      'e.csv': `u,i,t,v\na,x,1500000000,1\n${rows}a,,1,1\n,y,1,1\na,x,-1,1\na,x,9999999999,1\na,x,z,1\na,x,1,z\n`,
    });
    expect(lines).toContain('items        there is no item table: ids are all that is known of items');
    expect(lines.filter((each) => each.startsWith('quarantined'))).toHaveLength(6);
    expect(lines).toContain('quarantined  2 × other reasons');
    expect(lines.some((each) => each.includes('without titles, genres and years'))).toBe(true);
    expect(lines.length).toBeLessThan(24);
  });
});
