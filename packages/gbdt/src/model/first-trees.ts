import type { GbdtModel } from './gbdt-model.ts';

/**
 * Returns the model after its first trees, as it was at that point of its training.
 *
 * @param treeCount From 0 to the number of trees of `model`.
 */
export function firstTrees(model: GbdtModel, treeCount: number): GbdtModel {
  const { starts, categoryWords, ...nodes } = model.trees;
  const end = starts[treeCount];
  const { feature, threshold, leftChild, missingLeft, value, gain, cover, categoryStart, categoryLength } = nodes;
  // Sets of categories lie in the order of their nodes.
  let wordCount = 0;
  for (let node = end - 1; node >= 0 && wordCount === 0; node--) {
    if (categoryStart[node] >= 0) wordCount = categoryStart[node] + categoryLength[node];
  }
  return {
    ...model,
    trees: {
      starts: starts.slice(0, treeCount + 1),
      feature: feature.slice(0, end),
      threshold: threshold.slice(0, end),
      leftChild: leftChild.slice(0, end),
      missingLeft: missingLeft.slice(0, end),
      value: value.slice(0, end),
      gain: gain.slice(0, end),
      cover: cover.slice(0, end),
      categoryStart: categoryStart.slice(0, end),
      categoryLength: categoryLength.slice(0, end),
      categoryWords: categoryWords.slice(0, wordCount),
    },
  };
}
