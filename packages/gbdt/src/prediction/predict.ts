import { childOf, type GbdtModel, type TreeNodes } from '../model/gbdt-model.ts';

/** Returns the raw score of one row, without allocating. `row` has the length of `model.featureNames`. */
export function predictRow(model: GbdtModel, row: Float32Array): number {
  const { trees } = model;
  let score = model.baseScore;
  for (let tree = 0; tree + 1 < trees.starts.length; tree++) score += trees.value[leafOf(trees, tree, row, 0)];
  return score;
}

/** Converts log-odds to probabilities, in place. */
export function probabilities(scores: Float64Array): Float64Array {
  for (let row = 0; row < scores.length; row++) scores[row] = 1 / (1 + Math.exp(-scores[row]));
  return scores;
}

/** Adds the output of every tree to `scores`, tree by tree, so that a tree stays in the cache for all rows. */
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
        // NaN fails both comparisons, so the comparison depends on the side that missing values take.
        const goesRight = missingLeft[node] === 1 ? x > threshold[node] : !(x <= threshold[node]);
        node = leftChild[node] + (goesRight ? 1 : 0);
      }
      scores[row] += value[node];
    }
  }
}

/** Returns the leaf that a row reaches in a tree. The row starts at `values[at]`. */
function leafOf(trees: TreeNodes, tree: number, values: Float32Array, at: number): number {
  let node = trees.starts[tree];
  while (trees.feature[node] >= 0)
    node = trees.leftChild[node] + childOf(trees, node, values[at + trees.feature[node]]);
  return node;
}
