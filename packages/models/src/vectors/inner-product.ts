/**
 * The inner product of `vector` with the row of `table` that starts at `base`.
 *
 * @remarks Four independent sums, because each addition to a single sum would wait for the one before.
 */
export function innerProduct(vector: Float32Array, table: Float32Array, base: number): number {
  const width = vector.length;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let column = 0;
  for (; column + 3 < width; column += 4) {
    sum0 += vector[column] * table[base + column];
    sum1 += vector[column + 1] * table[base + column + 1];
    sum2 += vector[column + 2] * table[base + column + 2];
    sum3 += vector[column + 3] * table[base + column + 3];
  }
  for (; column < width; column++) sum0 += vector[column] * table[base + column];
  return sum0 + sum1 + (sum2 + sum3);
}
