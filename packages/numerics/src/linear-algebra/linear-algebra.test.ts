import { describe, expect, it } from 'vitest';
import { type CsrMatrix, csrFromTriplets } from '../csr.ts';
import { createRandom } from '../random.ts';
import { topK } from '../top-k.ts';
import { denseFactor, factorCholesky, invertPositiveDefinite } from './cholesky.ts';
import { createExactSearch } from './exact-top-k.ts';
import { gramMatrix } from './gram.ts';
import { factorSmall, invertLowerSmall, solveSmall } from './triangular.ts';

/** Draws interactions skewed towards popular items, which makes real Gram matrices ill-conditioned. */
function drawInteractions(seed: number, userCount: number, itemCount: number, perUser: number): CsrMatrix {
  const random = createRandom(seed);
  const seen = new Set<number>();
  for (let user = 0; user < userCount; user++) {
    for (let draw = 0; draw < perUser; draw++) {
      seen.add(user * itemCount + Math.floor(itemCount * random.next() ** 3));
    }
  }
  const keys = Int32Array.from(seen);
  const rows = keys.map((key) => Math.floor(key / itemCount));
  const columns = keys.map((key) => key % itemCount);
  return csrFromTriplets(userCount, itemCount, rows, columns, new Float32Array(keys.length).fill(1));
}

function invertReference(matrix: Float32Array, size: number): Float64Array {
  const lower = Float64Array.from(matrix);
  factorSmall(lower, size);
  const inverse = invertLowerSmall(lower, size);
  const product = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i <= k; i++) {
      for (let j = 0; j <= k; j++) product[i * size + j] += inverse[k * size + i] * inverse[k * size + j];
    }
  }
  return product;
}

describe('gramMatrix', () => {
  it('is XᵀX plus the ridge', () => {
    const matrix = drawInteractions(1, 40, 23, 6);
    const dense = new Float32Array(40 * 23);
    for (let row = 0; row < 40; row++) {
      for (let entry = matrix.rowPointers[row]; entry < matrix.rowPointers[row + 1]; entry++) {
        dense[row * 23 + matrix.columnIndices[entry]] = matrix.values[entry];
      }
    }
    const gram = gramMatrix(matrix, 0.5);
    for (let i = 0; i < 23; i++) {
      for (let j = 0; j < 23; j++) {
        let expected = i === j ? 0.5 : 0;
        for (let row = 0; row < 40; row++) expected += dense[row * 23 + i] * dense[row * 23 + j];
        expect(gram[i * 23 + j]).toBe(expected);
      }
    }
  });
});

describe('factorCholesky', () => {
  it.each([
    [1, 8],
    [7, 8],
    [8, 8],
    [60, 16],
    [61, 7],
  ])('of size %i in blocks of %i is the factor of the plain algorithm', async (size, blockSize) => {
    const gram = gramMatrix(drawInteractions(size, 200, size, 12), 2);
    const expected = Float64Array.from(gram);
    factorSmall(expected, size);
    const actual = denseFactor(await factorCholesky(gram, size, { blockSize, threadCount: 1 }));
    for (let index = 0; index < actual.length; index++) {
      expect(Math.abs(actual[index] - expected[index])).toBeLessThan(1e-5 * Math.sqrt(gram[0]));
    }
  });

  it('throws NOT_POSITIVE_DEFINITE, naming the row, in the first block and in later ones', async () => {
    for (const bad of [2, 9]) {
      const matrix = Float32Array.from({ length: 144 }, (_, index) => (index % 13 === 0 ? 1 : 0));
      matrix[bad * 13] = -1;
      await expect(factorCholesky(matrix, 12, { blockSize: 4 })).rejects.toThrow(`pivot ${bad} is -1`);
    }
  });
});

describe('solveSmall', () => {
  it('finds the vector whose product with the matrix is the right-hand side', () => {
    const size = 9;
    const matrix = Float64Array.from(gramMatrix(drawInteractions(2, 60, size, 4), 1));
    const solution = Float64Array.from({ length: size }, (_, index) => index - 4);
    const vector = solution.map((_, row) =>
      solution.reduce((sum, value, column) => sum + matrix[row * size + column] * value, 0),
    );
    factorSmall(matrix, size);
    solveSmall(matrix, size, vector);
    for (let row = 0; row < size; row++) expect(vector[row]).toBeCloseTo(solution[row], 10);
  });
});

describe('invertPositiveDefinite', () => {
  it.each([500, 1000])('of a skewed Gram matrix with ridge %i keeps five digits of float64', async (ridge) => {
    const size = 300;
    // With 20,000 users the condition number is that of ML-1M with the same ridge: about 10³.
    const gram = gramMatrix(drawInteractions(3, 20_000, size, 60), ridge);
    const expected = invertReference(gram, size);
    await invertPositiveDefinite(gram, size, { blockSize: 64, threadCount: 1 });
    let largest = 0;
    let error = 0;
    for (let index = 0; index < expected.length; index++) {
      largest = Math.max(largest, Math.abs(expected[index]));
      error = Math.max(error, Math.abs(expected[index] - gram[index]));
    }
    expect(error / largest).toBeLessThan(2e-5);
  });

  it('is symmetric to the bit and does not depend on what lies above the diagonal', async () => {
    const size = 50;
    const clean = gramMatrix(drawInteractions(4, 100, size, 10), 1);
    const dirty = clean.map((value, index) => (index % size > Math.floor(index / size) ? 1e9 : value));
    await invertPositiveDefinite(clean, size, { blockSize: 16 });
    await invertPositiveDefinite(dirty, size, { blockSize: 16 });
    expect(dirty).toEqual(clean);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) expect(clean[i * size + j]).toBe(clean[j * size + i]);
    }
  });

  it('stops when the signal aborts', async () => {
    let checks = 0;
    const signal = {
      get aborted() {
        return ++checks > 5;
      },
    };
    const gram = gramMatrix(drawInteractions(4, 100, 50, 10), 1);
    await expect(invertPositiveDefinite(gram, 50, { blockSize: 8, signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(checks).toBe(6);
  });

  it.each([5, 8, 50])('counts its products before each of them, size %i', async (size) => {
    const counted: number[][] = [];
    const checkpoint = async (done: number, total: number): Promise<void> => {
      counted.push([done, total]);
    };
    await invertPositiveDefinite(gramMatrix(drawInteractions(4, 100, size, 10), 1), size, { blockSize: 8, checkpoint });
    expect(counted).toEqual(counted.map((_, done) => [done, counted.length]));
  });

  it('ends with the error that a checkpoint throws', async () => {
    const stop = new Error('stop');
    const gram = gramMatrix(drawInteractions(4, 100, 50, 10), 1);
    const checkpoint = (done: number): Promise<void> => (done < 7 ? Promise.resolve() : Promise.reject(stop));
    await expect(invertPositiveDefinite(gram, 50, { blockSize: 8, checkpoint })).rejects.toBe(stop);
  });

  it('throws BAD_SHAPE for a matrix that is not square', async () => {
    await expect(invertPositiveDefinite(new Float32Array(7), 3)).rejects.toThrow('has 9 values; got 7');
  });
});

describe('createExactSearch', () => {
  it('returns the results of one query at a time, without excluded rows', async () => {
    const random = createRandom(9);
    const [rowCount, dimension, queryCount, k] = [1500, 8, 40, 10];
    // Products of small integers are exact, and ties are common.
    const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.integer(5) - 2);
    const rows = draw(rowCount * dimension);
    const queries = draw(queryCount * dimension);
    const excluded = Array.from({ length: queryCount }, (_, query) =>
      query % 3 ? Int32Array.from({ length: 20 }, () => random.integer(rowCount)) : undefined,
    );
    const search = await createExactSearch(rows, dimension, { threadCount: 1 });
    const { indices, scores } = await search.search(queries, k, excluded);
    for (let query = 0; query < queryCount; query++) {
      const expected = new Float32Array(rowCount);
      for (let row = 0; row < rowCount; row++) {
        for (let d = 0; d < dimension; d++) {
          expected[row] += rows[row * dimension + d] * queries[query * dimension + d];
        }
      }
      for (const row of excluded[query] ?? []) expected[row] = Number.NEGATIVE_INFINITY;
      const best = topK(expected, k);
      expect(indices.subarray(query * k, (query + 1) * k)).toEqual(best);
      for (let rank = 0; rank < k; rank++) expect(scores[query * k + rank]).toBe(expected[best[rank]]);
    }
  });

  it('marks missing results with −1 when fewer than k rows are left', async () => {
    const search = await createExactSearch(Float32Array.of(1, 2, 3), 1);
    const { indices, scores } = await search.search(Float32Array.of(1), 3, [Int32Array.of(2)]);
    expect(Array.from(indices)).toEqual([1, 0, -1]);
    expect(Array.from(scores)).toEqual([2, 1, Number.NEGATIVE_INFINITY]);
  });
});
