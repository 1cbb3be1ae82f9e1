import { MatineeError } from '@matinee/numerics';
import { checkFeatureMatrix, checkSameFeatures, type FeatureMatrix } from './feature-matrix.ts';
import { childOf, type GbdtModel, type TreeNodes } from './gbdt-model.ts';

/**
 * Raw scores of every row of a matrix.
 *
 * @returns Length rowCount; log-odds for the logistic objective (see {@link probabilities}).
 * @throws {MatineeError} `FEATURE_MISMATCH` when the columns are not the model's, in its order.
 */
export function predict(model: GbdtModel, features: FeatureMatrix): Float64Array {
  checkFeatureMatrix(features);
  checkSameFeatures(model.featureNames, features.featureNames, 'features');
  const scores = new Float64Array(features.rowCount);
  predictInto(model, features.values, features.rowCount, scores);
  return scores;
}

/**
 * Writes raw scores into `scores` without allocating: for the request path.
 *
 * @param values Row-major, shape [rowCount, model.featureNames.length].
 * @param scores At least rowCount long; overwritten.
 * @throws {MatineeError} `FEATURE_MISMATCH` when `values` or `scores` is too short.
 * @remarks Tree by tree, so that a tree stays in the cache while all rows pass through it.
 */
export function predictInto(model: GbdtModel, values: Float32Array, rowCount: number, scores: Float64Array): void {
  const featureCount = model.featureNames.length;
  if (values.length < rowCount * featureCount || scores.length < rowCount) {
    throw new MatineeError(
      'FEATURE_MISMATCH',
      `${rowCount} rows need ${rowCount * featureCount} values and ${rowCount} scores; got ${values.length} and ${scores.length}`,
    );
  }
  scores.fill(model.baseScore, 0, rowCount);
  addTreeScores(model.trees, values, rowCount, featureCount, scores);
}

/** The raw score of one row, without allocating. `row` is as long as `model.featureNames`. */
export function predictRow(model: GbdtModel, row: Float32Array): number {
  const { trees } = model;
  let score = model.baseScore;
  for (let tree = 0; tree + 1 < trees.starts.length; tree++) score += trees.value[leafOf(trees, tree, row, 0)];
  return score;
}

/** Turns log-odds into probabilities, in place. */
export function probabilities(scores: Float64Array): Float64Array {
  for (let row = 0; row < scores.length; row++) scores[row] = 1 / (1 + Math.exp(-scores[row]));
  return scores;
}

/** Adds every tree's output to `scores`. */
export function addTreeScores(
  trees: TreeNodes,
  values: Float32Array,
  rowCount: number,
  featureCount: number,
  scores: Float64Array,
): void {
  const { starts, feature, threshold, leftChild, missingLeft, value, categoryWords } = trees;
  const isPlain = categoryWords.length === 0;
  for (let tree = 0; tree + 1 < starts.length; tree++) {
    const root = starts[tree];
    if (!isPlain) {
      for (let row = 0; row < rowCount; row++) scores[row] += value[leafOf(trees, tree, values, row * featureCount)];
      continue;
    }
    for (let row = 0; row < rowCount; row++) {
      const at = row * featureCount;
      let node = root;
      for (let column = feature[node]; column >= 0; column = feature[node]) {
        const x = values[at + column];
        // NaN fails both comparisons, so the side that missing values take picks which one is asked.
        const goesRight = missingLeft[node] === 1 ? x > threshold[node] : !(x <= threshold[node]);
        node = leftChild[node] + (goesRight ? 1 : 0);
      }
      scores[row] += value[node];
    }
  }
}

/** The leaf that a row reaches in a tree; the row starts at `values[at]`. */
export function leafOf(trees: TreeNodes, tree: number, values: Float32Array, at: number): number {
  let node = trees.starts[tree];
  while (trees.feature[node] >= 0)
    node = trees.leftChild[node] + childOf(trees, node, values[at + trees.feature[node]]);
  return node;
}
