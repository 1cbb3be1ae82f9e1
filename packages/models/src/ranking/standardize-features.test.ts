import { createRandom } from '@matinee/numerics';
import { createGraph, createSession, input } from '@matinee/numerics/engine';
import { describe, expect, it } from 'vitest';
import { fitStandardization, type Standardization, standardize } from './standardize-features.ts';

const random = createRandom(5);
const rowCount = 4000;

/** One column, drawn or given. */
type Column = (row: number) => number;

function tableOf(columns: Readonly<Record<string, Column>>) {
  const featureNames = Object.keys(columns);
  const values = new Float32Array(rowCount * featureNames.length);
  featureNames.forEach((name, feature) => {
    for (let row = 0; row < rowCount; row++) values[row * featureNames.length + feature] = columns[name](row);
  });
  return { featureNames, rowCount, values, labels: new Float32Array(rowCount), groupSizes: Int32Array.of(rowCount) };
}

async function apply(standardization: Standardization, values: Float32Array, width: number): Promise<Float32Array[]> {
  const graph = createGraph();
  const inputs = standardize(input(graph, 'x', [values.length / width, width]), standardization);
  const session = await createSession(graph, { inputs }, { threadCount: 1 });
  const { inputs: rows } = await session.run({ x: values });
  await session.release();
  const [, outputs] = inputs.shape;
  return Array.from({ length: outputs }, (_, column) =>
    (rows as Float32Array).filter((_, at) => at % outputs === column),
  );
}

function describeNumbers(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(squares),
    most: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  };
}

describe('standardisation', () => {
  it('gives columns of any scale mean 0 and deviation 1, within ±5', async () => {
    const table = tableOf({
      normal: () => 1e-4 * random.normal(),
      date: () => 1.7e9 + 1e6 * random.next(),
      outlier: (row) => (row === 7 ? 1e12 : random.normal()),
      count: () => Math.floor(Math.exp(4 + 2 * random.normal())),
      'signed tail': () => random.normal() ** 5,
      'tiny tail': () => 1e-6 * Math.exp(2 * random.normal()),
      mark: () => (random.next() < 0.3 ? 1 : 0),
    });
    const standardization = fitStandardization(table, createRandom(1));
    expect([...standardization.plain]).toEqual([0, 1, 2, 6]);
    expect([...standardization.wide]).toEqual([3, 4, 5]);
    expect([...standardization.indicated]).toEqual([]);
    for (const column of await apply(standardization, table.values, 7)) {
      const { mean, deviation, most } = describeNumbers(column);
      expect(Math.abs(mean)).toBeLessThan(0.02);
      expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
      expect(most).toBeLessThanOrEqual(5);
    }
  });

  it('keeps the order of values within a column, wide or not', async () => {
    const table = tableOf({ plain: (row) => row / rowCount, wide: (row) => Math.sinh((row - 2000) / 200) });
    const standardization = fitStandardization(table, createRandom(1));
    expect([...standardization.wide]).toEqual([1]);
    for (const column of await apply(standardization, table.values, 2)) {
      expect(column.every((value, row) => row === 0 || value >= column[row - 1])).toBe(true);
    }
  });

  it('sets missing values to 0 and marks them, in columns where training had some', async () => {
    const table = tableOf({
      whole: () => 3 + random.normal(),
      holed: (row) => (row % 4 === 0 ? Number.NaN : 3 + random.normal()),
      'holed tail': (row) => (row % 5 === 0 ? Number.NaN : Math.exp(3 * random.normal())),
    });
    const standardization = fitStandardization(table, createRandom(1));
    expect([...standardization.indicated]).toEqual([1, 2]);
    const nothing = new Float32Array(3).fill(Number.NaN);
    const columns = await apply(standardization, Float32Array.of(...nothing, ...table.values.subarray(3, 6)), 3);
    expect(columns.map(([first]) => first)).toEqual([0, 0, 0, 1, 1]);
    expect(columns.slice(3).map(([, second]) => second)).toEqual([0, 0]);
  });

  it('leaves out what never varies or is never there, and takes infinities as far out', async () => {
    const table = tableOf({
      constant: () => 4,
      absent: () => Number.NaN,
      x: (row) => (row === 0 ? Number.POSITIVE_INFINITY : random.normal()),
    });
    const standardization = fitStandardization(table, createRandom(1));
    expect([...standardization.plain, ...standardization.wide, ...standardization.indicated]).toEqual([2]);
    const [x] = await apply(standardization, Float32Array.of(9, 9, Number.NEGATIVE_INFINITY, 4, Number.NaN, 0), 3);
    expect(x[0]).toBe(-5);
    expect(Math.abs(x[1])).toBeLessThan(0.1);
  });

  it('keeps a mark that one row in a thousand has', async () => {
    const table = tableOf({ rare: (row) => (row % 1000 === 3 ? 1 : 0) });
    const [column] = await apply(fitStandardization(table, createRandom(1)), table.values, 1);
    expect(column[3]).toBe(5);
    expect(Math.abs(column[0])).toBeLessThan(0.1);
  });

  it('refuses a table in which nothing varies', () => {
    const table = tableOf({ constant: () => 4, absent: () => Number.NaN });
    expect(() => fitStandardization(table, createRandom(1))).toThrow('no feature varies');
  });
});
