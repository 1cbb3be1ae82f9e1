import type { Random } from '@matinee/numerics';
import { BIN_SLOTS } from '../features/feature-bins.ts';
import type { TrainingKernels } from '../kernels/kernel-tasks.ts';
import { FEATURE_CELLS, type TrainingMemory } from '../kernels/training-memory.ts';
import type { CompleteConfig } from '../model/gbdt-config.ts';
import { type DraftNode, draftLeaf } from '../model/gbdt-model.ts';
import { fillGoesLeft, findSplit, leafWeight, type Split, type SplitFeature, type SplitRules } from './split-search.ts';

/** Data shared by all trees of a run. */
export interface GrowContext {
  readonly memory: TrainingMemory;
  readonly kernels: TrainingKernels;
  readonly config: CompleteConfig;
  /** All features, by column. */
  readonly features: readonly SplitFeature[];
}

/** A leaf of the growing tree: a range of `memory.rows` and its sums. */
interface GrowingLeaf {
  readonly node: number;
  readonly begin: number;
  readonly end: number;
  /** Fixed point. */
  readonly gradient: number;
  readonly hessian: number;
  readonly depth: number;
  /** Slot of its histogram, once built. */
  readonly slot: number;
  readonly lowest: number;
  readonly highest: number;
  split: Split | undefined;
}

export interface GrownTree {
  readonly nodes: readonly DraftNode[];
  /** The split of each node, for scoring rows by their bins; undefined for a leaf. */
  readonly splits: readonly (Split | undefined)[];
}

/**
 * Grows one tree leaf by leaf and adds its values to the scores of its rows.
 *
 * Each step splits the leaf with the largest loss reduction. `memory.pairs` holds the gradients and `memory.rows[0 …
 * rowCount)` the training rows. After each split only the histogram of the child with fewer rows is summed; the other
 * is the parent's minus it.
 *
 * @returns Undefined if no split of the root reduces the loss.
 */
export function growTree(
  context: GrowContext,
  rowCount: number,
  rules: SplitRules,
  random: Random,
): GrownTree | undefined {
  const { memory, kernels, config } = context;
  const candidates = drawFeatures(context, random);
  const { maxLeaves, maxDepth } = config;
  kernels.buildHistogram(0, rowCount, 0, -1);
  const root = rootLeaf(memory, rowCount);
  root.split = findBestSplit(context, candidates, root, rules);
  if (!root.split) return undefined;

  const nodes: DraftNode[] = [draftLeaf(0, 0)];
  const splits: (Split | undefined)[] = [undefined];
  const leaves: GrowingLeaf[] = [root];
  while (leaves.length < maxLeaves) {
    const position = indexOfBestLeaf(leaves);
    if (position < 0) break;
    const parent = leaves[position];
    const split = parent.split as Split;
    const [left, right] = splitLeaf(context, parent, split, rules, nodes.length, leaves.length);
    nodes[parent.node] = draftSplit(context, parent, split, rules, nodes.length);
    splits[parent.node] = split;
    nodes.push(draftLeaf(0, 0), draftLeaf(0, 0));
    splits.push(undefined, undefined);
    leaves[position] = left;
    leaves.push(right);

    const isLast = leaves.length === maxLeaves;
    const canSplit = (leaf: GrowingLeaf): boolean =>
      leaf.depth < maxDepth &&
      leaf.hessian * rules.hessianUnit >= 2 * config.minChildWeight &&
      leaf.end - leaf.begin >= 2;
    if (isLast || !(canSplit(left) || canSplit(right))) continue;
    const [lighter, heavier] = left.slot === parent.slot ? [right, left] : [left, right];
    kernels.buildHistogram(lighter.begin, lighter.end, lighter.slot, heavier.slot);
    for (const leaf of [left, right]) if (canSplit(leaf)) leaf.split = findBestSplit(context, candidates, leaf, rules);
  }
  writeLeafValues(context, leaves, nodes, rules);
  return { nodes, splits };
}

/** Returns the root with its sums. Any one feature covers all rows, because each row is in exactly one bin. */
function rootLeaf(memory: TrainingMemory, rowCount: number): GrowingLeaf {
  let gradient = 0;
  let hessian = 0;
  for (let bin = 0; bin < BIN_SLOTS; bin++) {
    gradient += memory.histograms[2 * bin];
    hessian += memory.histograms[2 * bin + 1];
  }
  return {
    node: 0,
    begin: 0,
    end: rowCount,
    gradient,
    hessian,
    depth: 0,
    slot: 0,
    lowest: Number.NEGATIVE_INFINITY,
    highest: Number.POSITIVE_INFINITY,
    split: undefined,
  };
}

function findBestSplit(
  { memory, features }: GrowContext,
  candidates: Int32Array,
  leaf: GrowingLeaf,
  rules: SplitRules,
): Split | undefined {
  let best: Split | undefined;
  for (const feature of candidates) {
    const cellsAt = (leaf.slot * memory.stride + feature) * FEATURE_CELLS * 2;
    const split = findSplit(features[feature], memory.histograms, cellsAt, leaf, rules);
    if (split && split.gain > (best?.gain ?? 0)) best = split;
  }
  return best;
}

function indexOfBestLeaf(leaves: readonly GrowingLeaf[]): number {
  let best = -1;
  let bestGain = 0;
  leaves.forEach(({ split }, position) => {
    if (split && split.gain > bestGain) {
      best = position;
      bestGain = split.gain;
    }
  });
  return best;
}

/** Partitions the rows of a leaf. The child with more rows inherits the parent's histogram slot. */
function splitLeaf(
  { memory, kernels, features }: GrowContext,
  parent: GrowingLeaf,
  split: Split,
  rules: SplitRules,
  firstNode: number,
  freeSlot: number,
): [GrowingLeaf, GrowingLeaf] {
  fillGoesLeft(split, memory.goesLeft);
  const leftCount = kernels.partitionRows(parent.begin, parent.end, split.feature);
  const middle = parent.begin + leftCount;
  const leftIsHeavier = 2 * leftCount >= parent.end - parent.begin;
  const rightGradient = parent.gradient - split.leftGradient;
  const rightHessian = parent.hessian - split.leftHessian;
  const { lowest, highest } = parent;
  const bounds = { left: { lowest, highest }, right: { lowest, highest } };
  const { direction } = features[split.feature];
  if (direction !== 0) {
    // Neither subtree may cross the middle of the two values, or deeper splits could break the order.
    const leftWeight = leafWeight(split.leftGradient, split.leftHessian, rules, lowest, highest);
    const rightWeight = leafWeight(rightGradient, rightHessian, rules, lowest, highest);
    const wall = (leftWeight + rightWeight) / 2;
    bounds.left[direction > 0 ? 'highest' : 'lowest'] = wall;
    bounds.right[direction > 0 ? 'lowest' : 'highest'] = wall;
  }
  const depth = parent.depth + 1;
  return [
    {
      node: firstNode,
      begin: parent.begin,
      end: middle,
      gradient: split.leftGradient,
      hessian: split.leftHessian,
      depth,
      slot: leftIsHeavier ? parent.slot : freeSlot,
      ...bounds.left,
      split: undefined,
    },
    {
      node: firstNode + 1,
      begin: middle,
      end: parent.end,
      gradient: rightGradient,
      hessian: rightHessian,
      depth,
      slot: leftIsHeavier ? freeSlot : parent.slot,
      ...bounds.right,
      split: undefined,
    },
  ];
}

function draftSplit(
  { features }: GrowContext,
  leaf: GrowingLeaf,
  split: Split,
  rules: SplitRules,
  leftChild: number,
): DraftNode {
  const featureBins = features[split.feature].bins;
  const cover = leaf.hessian * rules.hessianUnit;
  const shared = {
    feature: split.feature,
    leftChild,
    missingLeft: split.missingLeft,
    value: 0,
    gain: split.gain,
    cover,
  };
  if (featureBins.kind === 'categorical') {
    const categories = (split.categoryBins ?? []).map((bin) => featureBins.codes[bin - 1]);
    return { ...shared, threshold: 0, categories };
  }
  // A split after the last bin sends all values left except missing ones.
  const isLastBin = split.bin > featureBins.cuts.length;
  const threshold = isLastBin ? Number.POSITIVE_INFINITY : featureBins.cuts[split.bin - 1];
  return { ...shared, threshold, categories: undefined };
}

function writeLeafValues(
  { kernels, config }: GrowContext,
  leaves: readonly GrowingLeaf[],
  nodes: DraftNode[],
  rules: SplitRules,
): void {
  for (const { node, gradient, hessian, lowest, highest } of leaves) {
    const weight = leafWeight(gradient, hessian, rules, lowest, highest);
    // Rounded to float32 here, so that training uses the values that are saved and exported.
    nodes[node] = draftLeaf(Math.fround(config.learningRate * weight), hessian * rules.hessianUnit);
  }
  kernels.addLeafValues(
    leaves.map(({ begin }) => begin),
    leaves.map(({ end }) => end),
    leaves.map(({ node }) => nodes[node].value),
  );
}

/** Returns the features that this tree may split on, ascending. */
function drawFeatures({ config, memory }: GrowContext, random: Random): Int32Array {
  const all = Int32Array.from({ length: memory.featureCount }, (_, feature) => feature);
  if (config.featureFraction === 1) return all;
  const count = Math.max(1, Math.round(config.featureFraction * all.length));
  return random.shuffle(all).slice(0, count).sort();
}
