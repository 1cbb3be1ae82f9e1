import { createRandom } from '@matinee/numerics';
import type { VectorTable } from '../vectors/vector-index.ts';

/**
 * Unit vectors distributed like trained item embeddings: √count clusters of uneven size, equal spread within and
 * between clusters, and variances of 1 / position, which gives about 14 effective dimensions of 64.
 *
 * @returns Keys 0 … count − 1.
 */
export function clusteredVectors(count: number, dimension: number, seed: number): VectorTable {
  const random = createRandom(seed);
  const clusterCount = Math.max(1, Math.round(Math.sqrt(count)));
  const draw = (): Float32Array =>
    Float32Array.from({ length: dimension }, (_, position) => random.normal() / Math.sqrt(1 + position));
  const centres = Array.from({ length: clusterCount }, draw);
  const vectors = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const centre = centres[Math.floor(random.next() ** 1.5 * clusterCount)];
    vectors.set(unitVector(draw().map((value, position) => value + centre[position])), row * dimension);
  }
  return { dimension, keys: Int32Array.from({ length: count }, (_, key) => key), vectors };
}

/** Queries like those of users: unit means of five random vectors of the table, with the first counted twice. */
export function userQueries({ dimension, keys, vectors }: VectorTable, count: number, seed: number): Float32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const sum = new Float32Array(dimension);
    for (const weight of [2, 1, 1, 1, 1]) {
      const start = random.integer(keys.length) * dimension;
      for (let position = 0; position < dimension; position++) sum[position] += weight * vectors[start + position];
    }
    return unitVector(sum);
  });
}

/** The vector divided by its length. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
