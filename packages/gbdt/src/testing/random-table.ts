import { createRandom } from '@matinee/numerics';
import type { FeatureMatrix, TrainingSet } from '../features/feature-matrix.ts';

export interface TableShape {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly seed: number;
  /** Share of the values that are NaN. */
  readonly missing?: number;
  /** Number of distinct values of a feature; continuous by default. */
  readonly levels?: number;
}

/** Generates a table and a score that depends on its first three features, one of them through its missing values. */
function randomTable({ rowCount, featureCount, seed, missing = 0, levels }: TableShape): {
  readonly features: FeatureMatrix;
  readonly signal: Float64Array;
} {
  const random = createRandom(seed);
  const values = new Float32Array(rowCount * featureCount);
  const signal = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const at = row * featureCount;
    for (let feature = 0; feature < featureCount; feature++) {
      const value = levels === undefined ? random.normal() : random.integer(levels);
      values[at + feature] = random.next() < missing ? Number.NaN : value;
    }
    const [a, b = 0, c = 0] = values.subarray(at, at + featureCount);
    signal[row] = (Number.isNaN(a) ? 1.5 : a) + Math.sin(2 * (b || 0)) + (c > 0.5 ? 1 : 0);
  }
  const featureNames = Array.from({ length: featureCount }, (_, feature) => `f${feature}`);
  return { features: { rowCount, featureNames, values }, signal };
}

/** Generates a training set with labels 0 and 1. */
export function binarySet(shape: TableShape): TrainingSet {
  const { features, signal } = randomTable(shape);
  const random = createRandom(shape.seed + 1);
  const labels = Float32Array.from(signal, (score) => (random.next() < 1 / (1 + Math.exp(-score)) ? 1 : 0));
  labels[0] = 0;
  labels[1] = 1;
  return { features, labels };
}

/** Generates a training set with real labels. */
export function realSet(shape: TableShape): TrainingSet {
  const { features, signal } = randomTable(shape);
  const random = createRandom(shape.seed + 1);
  return { features, labels: Float32Array.from(signal, (score) => score + 0.3 * random.normal()) };
}

/** Generates queries of `size` rows with grades 0 … 3. */
export function rankingSet(shape: TableShape, size: number): TrainingSet {
  const { features, signal } = randomTable(shape);
  const random = createRandom(shape.seed + 1);
  const labels = Float32Array.from(signal, (score) =>
    Math.min(3, Math.max(0, Math.round(score + random.normal() * 0.5))),
  );
  labels[0] = 0;
  labels[1] = 1;
  const groupSizes = new Int32Array(Math.ceil(shape.rowCount / size)).fill(size);
  groupSizes[groupSizes.length - 1] = shape.rowCount - size * (groupSizes.length - 1);
  return { features, labels, groupSizes };
}

/** Returns the set with its rows in another order. */
export function reorderRows(set: TrainingSet, order: Int32Array): TrainingSet {
  const { featureNames, values } = set.features;
  const width = featureNames.length;
  const reordered = new Float32Array(order.length * width);
  order.forEach((row, position) => {
    reordered.set(values.subarray(row * width, (row + 1) * width), position * width);
  });
  return {
    features: { rowCount: order.length, featureNames, values: reordered },
    labels: Float32Array.from(order, (row) => set.labels[row]),
    ...(set.weights && { weights: Float32Array.from(order, (row) => (set.weights as Float32Array)[row]) }),
  };
}
