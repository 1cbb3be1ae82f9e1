import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { bootstrapUsers, estimate, pairedDifference } from './bootstrap.ts';
import { type ObservationTable, totalByUser } from './observation-table.ts';

const config = { resampleCount: 1000, seed: 7 };

function table(rows: readonly (readonly [user: number, value: number])[]): ObservationTable {
  return {
    columns: ['metric'],
    userIndices: Int32Array.from(rows, ([user]) => user),
    values: Float64Array.from(rows, ([, value]) => value),
  };
}

describe('totalByUser', () => {
  it('adds up each user’s rows and leaves NaN out', () => {
    const totals = totalByUser(
      table([
        [4, 1],
        [2, 3],
        [4, 5],
        [4, Number.NaN],
      ]),
    );
    expect([...totals.sums]).toEqual([3, 6]);
    expect([...totals.counts]).toEqual([1, 2]);
    expect([totals.userCount, totals.rowCount]).toEqual([2, 4]);
  });

  it('takes the rows it is told to and no user without one', () => {
    const totals = totalByUser(
      table([
        [0, 1],
        [1, 3],
        [1, 5],
      ]),
      (row) => row !== 0,
    );
    expect([totals.userCount, ...totals.sums]).toEqual([1, 8]);
  });
});

describe('bootstrapUsers', () => {
  it('gives the interval of a share that the normal approximation gives', () => {
    // 400 users, 100 hits: standard error √(.25 · .75 / 400) = .02165.
    const rows = Array.from({ length: 400 }, (_, user): [number, number] => [user, user < 100 ? 1 : 0]);
    const { value, low, high } = estimate(bootstrapUsers(totalByUser(table(rows)), config), 'metric');
    expect(value).toBe(0.25);
    expect(low).toBeGreaterThan(0.25 - 1.96 * 0.02165 - 0.006);
    expect(low).toBeLessThan(0.25 - 1.96 * 0.02165 + 0.006);
    expect(high).toBeGreaterThan(0.25 + 1.96 * 0.02165 - 0.006);
    expect(high).toBeLessThan(0.25 + 1.96 * 0.02165 + 0.006);
  });

  it('covers the true mean in about 95 of 100 samples', () => {
    const random = createRandom(3);
    let covered = 0;
    for (let sample = 0; sample < 200; sample++) {
      const rows = Array.from({ length: 150 }, (_, user): [number, number] => [user, random.next() < 0.3 ? 1 : 0]);
      const totals = totalByUser(table(rows));
      const { low, high } = estimate(bootstrapUsers(totals, { resampleCount: 300, seed: sample }), 'metric');
      if (low <= 0.3 && 0.3 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(180);
    expect(covered).toBeLessThanOrEqual(199);
  });

  it.each([
    ['one query a user', 0.12, 1],
    ['several queries a user', 0.08, 6],
  ])('covers the true mean NDCG@10 of 80 users in 94 of 100 samples or more, %s', (_, hitRate, queriesOfUser) => {
    const random = createRandom(5);
    const gains = Array.from({ length: 10 }, (__, rank) => 1 / Math.log2(rank + 2));
    const truth = (hitRate * gains.reduce((sum, gain) => sum + gain, 0)) / 10;
    const samples = 1000;
    let covered = 0;
    for (let sample = 0; sample < samples; sample++) {
      const rows = Array.from({ length: 80 * queriesOfUser }, (__, row): [number, number] => [
        row % 80,
        random.next() < hitRate ? gains[random.integer(10)] : 0,
      ]);
      const totals = totalByUser(table(rows));
      const { low, high } = estimate(bootstrapUsers(totals, { resampleCount: 300, seed: sample }), 'metric');
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / samples).toBeGreaterThanOrEqual(0.94);
    expect(covered / samples).toBeLessThan(0.975);
  });

  it('leaves room above a mean that rests on one hit', () => {
    const rows = Array.from({ length: 48 }, (_, user): [number, number] => [user, user === 0 ? 1 : 0]);
    const { value, low, high } = estimate(bootstrapUsers(totalByUser(table(rows)), config), 'metric');
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(2 * value);
  });

  it('never leaves the range of what is averaged', () => {
    const of = (values: readonly number[]) =>
      estimate(bootstrapUsers(totalByUser(table(values.map((value, user) => [user, value]))), config), 'metric');
    expect(of([0, 0, 0, 0])).toEqual({ value: 0, low: 0, high: 0 });
    const { low, high } = of([0, 0, 0, 0, 0, 1]);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
  });

  it('draws whole users: a user’s many equal rows do not narrow the interval', () => {
    const width = (rowsPerUser: number): number => {
      const rows = Array.from({ length: 100 * rowsPerUser }, (_, row): [number, number] => [
        row % 100,
        row % 100 < 30 ? 1 : 0,
      ]);
      const { low, high } = estimate(bootstrapUsers(totalByUser(table(rows)), config), 'metric');
      return high - low;
    };
    expect(width(20)).toBeCloseTo(width(1), 12);
  });

  it('repeats itself for a seed and differs for another', () => {
    const totals = totalByUser(
      table([
        [0, 1],
        [1, 0],
        [2, 0.5],
      ]),
    );
    expect(bootstrapUsers(totals, config)).toEqual(bootstrapUsers(totals, config));
    expect(bootstrapUsers(totals, config).replicates).not.toEqual(
      bootstrapUsers(totals, { ...config, seed: 8 }).replicates,
    );
  });

  it('refuses zero users and zero resamples', () => {
    expect(() => bootstrapUsers(totalByUser(table([])), config)).toThrow(
      expect.objectContaining({ code: 'EMPTY_QUERY' }),
    );
    expect(() => bootstrapUsers(totalByUser(table([[0, 1]])), { ...config, resampleCount: 0 })).toThrow(
      'resampleCount',
    );
  });
});

describe('pairedDifference', () => {
  const rows = (shift: number): [number, number][] =>
    Array.from({ length: 300 }, (_, user) => [user, ((user * 37) % 100) / 100 + shift + (user % 7) / 1000]);

  it('sees a small difference through a large spread between users', () => {
    const a = bootstrapUsers(totalByUser(table(rows(0.01))), config);
    const b = bootstrapUsers(totalByUser(table(rows(0))), config);
    const difference = pairedDifference(a, b, 'metric');
    expect(difference.value).toBeCloseTo(0.01, 12);
    expect(difference.low).toBeCloseTo(0.01, 12);
    expect(difference.pValue).toBeLessThan(0.01);
    // The two intervals overlap widely: an unpaired test would not find the difference.
    expect(estimate(b, 'metric').high).toBeGreaterThan(estimate(a, 'metric').low);
  });

  it('has p = 1 for a model against itself', () => {
    const a = bootstrapUsers(totalByUser(table(rows(0))), config);
    expect(pairedDifference(a, a, 'metric')).toEqual({ value: 0, low: 0, high: 0, pValue: 1 });
  });

  it('finds nothing where there is nothing, about 95 times in 100', () => {
    const random = createRandom(11);
    let found = 0;
    for (let trial = 0; trial < 200; trial++) {
      const draw = () =>
        bootstrapUsers(
          totalByUser(table(Array.from({ length: 100 }, (_, user): [number, number] => [user, random.next()]))),
          { resampleCount: 200, seed: trial },
        );
      if (pairedDifference(draw(), draw(), 'metric').pValue < 0.05) found++;
    }
    expect(found).toBeLessThanOrEqual(22);
  });

  it('refuses to pair what was not resampled alike', () => {
    const totals = totalByUser(
      table([
        [0, 1],
        [1, 0],
      ]),
    );
    const b = bootstrapUsers(totals, { ...config, resampleCount: 10 });
    expect(() => pairedDifference(bootstrapUsers(totals, config), b, 'metric')).toThrow('cannot pair');
    expect(() => estimate(b, 'ndcg@10')).toThrow('no column "ndcg@10"');
  });
});
