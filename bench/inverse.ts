/**
 * Measures seconds and memory to invert a symmetric positive-definite matrix, which is the whole cost of fitting EASE
 * besides its Gram matrix. Options: `--size N` (a random matrix), or `--file PATH` (the Gram matrix of a `user item`
 * file, text or .gz, with ridge 500, checked by A · A⁻¹ = I on sampled rows); `--threads N`, `--block N`.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createRandom, csrFromTriplets } from '@matinee/numerics';
import { gramMatrix, invertPositiveDefinite } from '@matinee/numerics/linear-algebra';

export const description = 'Gram matrix and inverse, as EASE needs them: seconds, memory, residual';

const RIDGE = 500;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      size: { type: 'string', default: '3706' },
      file: { type: 'string' },
      threads: { type: 'string', default: '2' },
      block: { type: 'string', default: '256' },
    },
  });
  const original = values.file === undefined ? drawMatrix(Number(values.size)) : readGram(values.file);
  const size = Math.sqrt(original.length);
  const inverse = original.slice();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await invertPositiveDefinite(inverse, size, {
    threadCount: Number(values.threads),
    blockSize: Number(values.block),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  console.log(
    `inverse of ${size} × ${size}: ${seconds.toFixed(2)} s, CPU ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s, ` +
      `${(size ** 3 / seconds / 1e9).toFixed(0)} GFLOP/s, largest |A A⁻¹ − I| on 20 rows ${residual(original, inverse, size)}, ` +
      `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
}

function readGram(file: string): Float32Array {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/, 2).map(Number));
  const rows = Int32Array.from(pairs, ([user]) => user);
  const columns = Int32Array.from(pairs, ([, item]) => item);
  const rowCount = rows.reduce((largest, row) => Math.max(largest, row), 0) + 1;
  const columnCount = columns.reduce((largest, column) => Math.max(largest, column), 0) + 1;
  const matrix = csrFromTriplets(rowCount, columnCount, rows, columns, new Float32Array(rows.length).fill(1));
  const startedAt = performance.now();
  const gram = gramMatrix(matrix, RIDGE);
  console.log(`Gram matrix of ${rows.length} interactions: ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
  return gram;
}

function drawMatrix(size: number): Float32Array {
  const random = createRandom(1);
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = random.next();
    matrix[i * size + i] += size;
  }
  return matrix;
}

/** In float64, on rows spread over the matrix. */
function residual(matrix: Float32Array, inverse: Float32Array, size: number): string {
  let worst = 0;
  for (let sample = 0; sample < 20; sample++) {
    const row = Math.floor((sample * size) / 20);
    const product = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      const value = matrix[row * size + k];
      for (let column = 0; column < size; column++) product[column] += value * inverse[k * size + column];
    }
    product[row] -= 1;
    for (const value of product) worst = Math.max(worst, Math.abs(value));
  }
  return worst.toExponential(1);
}
