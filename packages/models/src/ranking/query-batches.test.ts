import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { createQueryBatches } from './query-batches.ts';
import { locateQueries, type RankingTable } from './ranking-table.ts';

/**
 * Queries of the given sizes; the first `positives` rows of each are positive. The only feature is the row's number.
 */
function tableOf(sizes: readonly number[], positives = 1): RankingTable {
  const groupSizes = Int32Array.from(sizes);
  const rowCount = sizes.reduce((sum, size) => sum + size, 0);
  const labels = Float32Array.from(
    sizes.flatMap((size) => Array.from({ length: size }, (_, at) => Number(at < positives))),
  );
  return { featureNames: ['row'], rowCount, values: Float32Array.from(labels.keys()), labels, groupSizes };
}

interface Softmax {
  readonly features: Float32Array;
  readonly places: Int32Array;
  readonly padding: Float32Array;
  readonly shares: Float32Array;
}

/** The rows of each query in a batch, with their shares. */
function readQueries({ features, places, padding, shares }: Softmax, queryWidth: number) {
  return Array.from({ length: places.length / queryWidth }, (_, query) =>
    Array.from({ length: queryWidth }, (_, place) => query * queryWidth + place)
      .filter((cell) => padding[cell] === 0)
      .map((cell) => ({ row: features[places[cell]], share: shares[cell] })),
  ).filter((rows) => rows.length > 0);
}

const sizes = Array.from({ length: 50 }, (_, query) => 1 + ((query * 7) % 13));
const softmax = { queryCount: 6, rowsPerQuery: 100, loss: 'softmax' } as const;

describe('createQueryBatches', () => {
  it('lays out every query once an epoch, whole, in another order each time', () => {
    const table = tableOf(sizes);
    const batches = createQueryBatches(table, locateQueries(table), softmax);
    const orders = [1, 2].map((seed) => {
      const rows: number[] = [];
      for (const { feeds, rowCount } of batches.draw(createRandom(seed))) {
        const queries = readQueries(feeds as unknown as Softmax, batches.shape.queryWidth);
        expect(queries.flat().length).toBe(rowCount);
        expect(rowCount).toBeLessThanOrEqual(batches.shape.rowCount);
        for (const query of queries) expect(query[0].share).toBeCloseTo(1 / queries.length, 6);
        rows.push(...queries.flat().map(({ row }) => row));
      }
      expect(rows.toSorted((a, b) => a - b)).toEqual([...table.labels.keys()]);
      return rows;
    });
    expect(orders[0]).not.toEqual(orders[1]);
    expect([...batches.draw(createRandom(1))].length).toBeLessThanOrEqual(1.3 * batches.stepsPerEpoch);
  });

  it('draws of a wide query its positives and some of the others, other ones each epoch', () => {
    const table = tableOf([40], 2);
    const batches = createQueryBatches(table, locateQueries(table), { ...softmax, rowsPerQuery: 8 });
    const drawn = [1, 2].map((seed) => {
      const [{ feeds }] = batches.draw(createRandom(seed));
      return readQueries(feeds as unknown as Softmax, 8)[0];
    });
    for (const rows of drawn) {
      expect(new Set(rows.map(({ row }) => row)).size).toBe(8);
      expect(rows.filter(({ row }) => row < 2).map(({ share }) => share)).toEqual([0.5, 0.5]);
      expect(rows.filter(({ row }) => row >= 2).every(({ share }) => share === 0)).toBe(true);
    }
    expect(drawn[0]).not.toEqual(drawn[1]);
  });

  it.each([
    [30, 4],
    [38, 6],
  ])('leaves room for others where %i of 40 rows are positives', (positives, expected) => {
    const table = tableOf([40], positives);
    const batches = createQueryBatches(table, locateQueries(table), { ...softmax, rowsPerQuery: 8 });
    const [{ feeds }] = batches.draw(createRandom(1));
    const rows = readQueries(feeds as unknown as Softmax, 8)[0];
    expect(rows.length).toBe(8);
    expect(rows.filter(({ row }) => row < positives).length).toBe(expected);
  });

  it('weighs every row of a batch alike for the logistic loss, and unused places not at all', () => {
    const table = tableOf(sizes);
    const batches = createQueryBatches(table, locateQueries(table), { ...softmax, loss: 'logistic' });
    const rows: number[] = [];
    for (const { feeds, rowCount } of batches.draw(createRandom(1))) {
      const { features, labels, weights } = feeds as Record<string, Float32Array>;
      expect(weights.filter((weight) => weight > 0)).toEqual(new Float32Array(rowCount).fill(1 / rowCount));
      for (let at = 0; at < rowCount; at++) {
        expect(labels[at]).toBe(table.labels[features[at]]);
        rows.push(features[at]);
      }
    }
    expect(rows.toSorted((a, b) => a - b)).toEqual([...table.labels.keys()]);
  });
});
