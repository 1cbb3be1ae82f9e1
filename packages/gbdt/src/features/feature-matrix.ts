import { MatineeError } from '@matinee/numerics';

/** A table of numbers with one row per example. Functions that take one never modify it. */
export interface FeatureMatrix {
  readonly rowCount: number;
  /** Unique; column `f` of every row is `featureNames[f]`. */
  readonly featureNames: readonly string[];
  /** Row-major, shape [rowCount, featureNames.length]. NaN means missing; ±Infinity are ordinary values. */
  readonly values: Float32Array;
}

/** Data to train or validate a model on. */
export interface TrainingSet {
  readonly features: FeatureMatrix;
  /** Length rowCount. Logistic: 0 or 1. Squared error: any finite number. LambdaMART: grades, see its objective. */
  readonly labels: Float32Array;
  /** Length rowCount, finite, ≥ 0: a row of weight 2 counts as two rows. Default: all 1. */
  readonly weights?: Float32Array;
  /** LambdaMART only: number of rows of each query. Rows of one query are adjacent, in the order of `features`. */
  readonly groupSizes?: Int32Array;
}

/**
 * Builds a matrix from named columns, in the order of the object's keys.
 *
 * @throws {MatineeError} `BAD_FEATURES` when there is no column or two differ in length.
 * @example
 * const features = featureMatrixFromColumns({ age: [31, 45], hoursWatched: [2.5, Number.NaN] });
 */
export function featureMatrixFromColumns(columns: Readonly<Record<string, ArrayLike<number>>>): FeatureMatrix {
  const featureNames = Object.keys(columns);
  const featureCount = featureNames.length;
  const rowCount = featureCount === 0 ? 0 : columns[featureNames[0]].length;
  for (const name of featureNames) {
    if (columns[name].length !== rowCount) {
      throw new MatineeError(
        'BAD_FEATURES',
        `column "${name}" has ${columns[name].length} rows and "${featureNames[0]}" has ${rowCount}; give every column one value per row, NaN where it is missing`,
      );
    }
  }
  const values = new Float32Array(rowCount * featureCount);
  featureNames.forEach((name, feature) => {
    const column = columns[name];
    for (let row = 0; row < rowCount; row++) values[row * featureCount + feature] = column[row];
  });
  const matrix = { rowCount, featureNames, values };
  checkFeatureMatrix(matrix);
  return matrix;
}

/**
 * Checks that the matrix is not empty, its shape fits its values, and its names are unique.
 *
 * @throws {MatineeError} `BAD_FEATURES` naming the problem.
 */
export function checkFeatureMatrix({ rowCount, featureNames, values }: FeatureMatrix): void {
  if (featureNames.length === 0 || rowCount === 0) {
    throw new MatineeError(
      'BAD_FEATURES',
      `features is ${rowCount} × ${featureNames.length}; give at least one row and one column`,
    );
  }
  if (values.length !== rowCount * featureNames.length) {
    throw new MatineeError(
      'BAD_FEATURES',
      `features.values holds ${values.length} numbers; ${rowCount} rows × ${featureNames.length} names need ${rowCount * featureNames.length}`,
    );
  }
  const seen = new Set<string>();
  for (const name of featureNames) {
    if (seen.has(name))
      throw new MatineeError('BAD_FEATURES', `featureNames lists "${name}" twice; rename one of them`);
    seen.add(name);
  }
}

/**
 * Checks that two lists hold the same names in the same order.
 *
 * @throws {MatineeError} `FEATURE_MISMATCH` naming the first difference.
 */
export function checkSameFeatures(expected: readonly string[], actual: readonly string[], what: string): void {
  if (expected.length !== actual.length) {
    const missing = expected.filter((name) => !actual.includes(name));
    const detail = missing.length > 0 ? `; missing: ${missing.slice(0, 5).join(', ')}` : '';
    throw new MatineeError(
      'FEATURE_MISMATCH',
      `${what} has ${actual.length} columns and the model expects ${expected.length}${detail}`,
    );
  }
  const position = expected.findIndex((name, index) => name !== actual[index]);
  if (position >= 0) {
    throw new MatineeError(
      'FEATURE_MISMATCH',
      `${what}: column ${position} is "${actual[position]}" and the model expects "${expected[position]}"; reorder the columns as model.featureNames lists them`,
    );
  }
}

/**
 * Checks a training or validation set before any work starts.
 *
 * @throws {MatineeError} `BAD_FEATURES`, `BAD_LABELS`, `BAD_WEIGHTS` or `BAD_GROUPS`, naming the first bad row.
 */
export function checkTrainingSet(set: TrainingSet, needsGroups: boolean): void {
  checkFeatureMatrix(set.features);
  const { rowCount } = set.features;
  if (set.labels.length !== rowCount) {
    throw new MatineeError('BAD_LABELS', `labels has ${set.labels.length} values and features has ${rowCount} rows`);
  }
  const badLabel = set.labels.findIndex((label) => !Number.isFinite(label));
  if (badLabel >= 0) {
    throw new MatineeError(
      'BAD_LABELS',
      `labels[${badLabel}] is ${set.labels[badLabel]}; every label must be a finite number, so drop the row or fix its label`,
    );
  }
  if (set.weights) checkWeights(set.weights, rowCount);
  if (needsGroups) checkGroups(set.groupSizes, rowCount);
  else if (set.groupSizes) {
    throw new MatineeError('BAD_GROUPS', 'groupSizes only applies to the lambdamart objective; leave it out');
  }
}

function checkWeights(weights: Float32Array, rowCount: number): void {
  if (weights.length !== rowCount) {
    throw new MatineeError('BAD_WEIGHTS', `weights has ${weights.length} values and features has ${rowCount} rows`);
  }
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw new MatineeError('BAD_WEIGHTS', `weights[${bad}] is ${weights[bad]}; weights are finite and ≥ 0`);
  if (!weights.some((weight) => weight > 0)) {
    throw new MatineeError('BAD_WEIGHTS', 'every weight is 0; give at least one row a positive weight');
  }
}

function checkGroups(groupSizes: Int32Array | undefined, rowCount: number): void {
  if (!groupSizes)
    throw new MatineeError('BAD_GROUPS', 'lambdamart needs groupSizes: the number of rows of each query');
  let total = 0;
  for (let group = 0; group < groupSizes.length; group++) {
    if (groupSizes[group] <= 0) {
      throw new MatineeError(
        'BAD_GROUPS',
        `groupSizes[${group}] is ${groupSizes[group]}; drop empty queries, every group needs at least one row`,
      );
    }
    total += groupSizes[group];
  }
  if (total !== rowCount) {
    throw new MatineeError('BAD_GROUPS', `groupSizes sums to ${total} and features has ${rowCount} rows`);
  }
}
