import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { leaveOneOutProtocol } from './leave-one-out.ts';
import { filterInteractions } from './select-interactions.ts';
import type { Split } from './split.ts';

/**
 * The literature's file of MovieLens 1M (items with at least 5 interactions) against our own filter and split. The data
 * may not be redistributed, so it is read from the folder that MATINEE_EXTRA_DATA names.
 */
const folder = path.join(process.env['MATINEE_EXTRA_DATA'] ?? '', 'ml-1m');
const isPresent =
  process.env['MATINEE_EXTRA_DATA'] !== undefined && existsSync(path.join(folder, 'sasrec-ml-1m.txt.gz'));
const suffix = isPresent ? '' : ' (did not run: MATINEE_EXTRA_DATA names no folder with ml-1m/sasrec-ml-1m.txt.gz)';

describe.skipIf(!isPresent)(`MovieLens 1M with minItemCount 5${suffix}`, () => {
  let split: Split;
  let sequences: Map<number, number[]>;

  beforeAll(() => {
    const rows = readTable('ratings.csv.gz', ',').slice(1);
    rows.sort((a, b) => a[3] - b[3]); // stable: rows of one second keep the order of the file
    const interactions = filterInteractions(
      {
        count: rows.length,
        userIndices: Int32Array.from(rows, ([user]) => user),
        itemIndices: Int32Array.from(rows, ([, item]) => item),
        timestamps: Float64Array.from(rows, ([, , , time]) => time),
        weights: new Float32Array(rows.length).fill(1),
        labels: new Uint8Array(rows.length).fill(1),
      },
      { minItemCount: 5, minUserCount: 0, positiveOnly: false },
    );
    split = leaveOneOutProtocol.split({ interactions, userCount: 6041, itemCount: 3953 });
    const itemOf = new Map(readTable('sas_to_original_items.txt', ' ').map(([sas, original]) => [sas, original]));
    const userOf = new Map(readTable('sas_to_original_users.txt', ' ').map(([sas, original]) => [sas, original]));
    sequences = new Map();
    for (const [sasUser, sasItem] of readTable('sasrec-ml-1m.txt.gz', ' ')) {
      const user = userOf.get(sasUser) ?? -1;
      const sequence = sequences.get(user) ?? [];
      sequence.push(itemOf.get(sasItem) ?? -1);
      sequences.set(user, sequence);
    }
  });

  it('leaves 999,611 interactions of 6,040 users with 3,416 items', () => {
    expect(split.counts['interactions']).toBe(999_611);
    expect(split.test.queries).toHaveLength(6040);
    expect(split.test.availableFrom.filter((from) => from === Number.NEGATIVE_INFINITY)).toHaveLength(3416);
  });

  it('gives every user the history and the targets of the SASRec file, ties in time in any order', () => {
    const differing = split.test.queries.filter(({ userIndex, history, targets, asOf }) => {
      const own = [...history.itemIndices, ...targets];
      const times = [...history.timestamps, asOf];
      const theirs = sequences.get(userIndex) ?? [];
      const byTime = (items: readonly number[]): string =>
        items
          .map((item, at): [number, number] => [times[at], item])
          .sort(([timeA, a], [timeB, b]) => timeA - timeB || a - b)
          .join();
      return own.length !== theirs.length || byTime(own) !== byTime(theirs);
    });
    expect(differing.map(({ userIndex }) => userIndex)).toEqual([]);
  });
});

function readTable(name: string, separator: string): number[][] {
  const bytes = readFileSync(path.join(folder, name));
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(separator).map(Number));
}
