import type { Objective } from './gbdt-config.ts';

/**
 * A fitted ensemble of trees. It is immutable.
 *
 * The raw score of a row is `baseScore` plus the value of the leaf it reaches in every tree. For the logistic objective
 * it is a log-odds; for LambdaMART only the order of scores has a meaning.
 */
export interface GbdtModel {
  readonly objective: Objective['kind'];
  /** The columns that a matrix must have, in order. */
  readonly featureNames: readonly string[];
  readonly baseScore: number;
  readonly trees: TreeNodes;
}

/**
 * All trees in one set of parallel arrays, with one entry per node. The two children of a node are adjacent:
 * `leftChild` and `leftChild + 1`. Children come after their parent.
 */
export interface TreeNodes {
  /** Length treeCount + 1. Tree `t` has the nodes `starts[t] … starts[t + 1] − 1`, root first. */
  readonly starts: Int32Array;
  /** Column of the split; −1 for a leaf. */
  readonly feature: Int32Array;
  /** Numeric split: `x ≤ threshold` goes left. 0 for other nodes. */
  readonly threshold: Float32Array;
  /** Node number of the left child; a leaf points to itself. */
  readonly leftChild: Int32Array;
  /** 1 if NaN goes left; for a categorical split also every unlisted category. */
  readonly missingLeft: Uint8Array;
  /** Output of a leaf, including the learning rate; 0 for a split. */
  readonly value: Float32Array;
  /** Loss reduction of the split, 0 for a leaf. */
  readonly gain: Float32Array;
  /** Hessian sum of the training rows that reached the node; for squared error the sum of their weights. */
  readonly cover: Float32Array;
  /**
   * Categorical split: start of its bit set in `categoryWords`; −1 for other nodes. Bit `c` is set if category `c` goes
   * to the side that missing values do *not* take.
   */
  readonly categoryStart: Int32Array;
  /** Words of that bit set; a code past its end is not a member. */
  readonly categoryLength: Int32Array;
  readonly categoryWords: Uint32Array;
}

export function treeCountOf(model: GbdtModel): number {
  return model.trees.starts.length - 1;
}

/** One node while trees are being built. Child numbers are relative to the tree. */
export interface DraftNode {
  feature: number;
  threshold: number;
  leftChild: number;
  missingLeft: boolean;
  value: number;
  gain: number;
  cover: number;
  /** Codes that go to the side opposite to missing values; undefined for a numeric split or a leaf. */
  categories: readonly number[] | undefined;
}

export function draftLeaf(value: number, cover: number): DraftNode {
  return { feature: -1, threshold: 0, leftChild: -1, missingLeft: false, value, gain: 0, cover, categories: undefined };
}

/** Packs drafts into arrays. `drafts[t]` lists the nodes of tree `t`, root first, siblings adjacent. */
export function packTrees(drafts: readonly (readonly DraftNode[])[]): TreeNodes {
  const nodeCount = drafts.reduce((total, draft) => total + draft.length, 0);
  const trees = {
    starts: new Int32Array(drafts.length + 1),
    feature: new Int32Array(nodeCount),
    threshold: new Float32Array(nodeCount),
    leftChild: new Int32Array(nodeCount),
    missingLeft: new Uint8Array(nodeCount),
    value: new Float32Array(nodeCount),
    gain: new Float32Array(nodeCount),
    cover: new Float32Array(nodeCount),
    categoryStart: new Int32Array(nodeCount),
    categoryLength: new Int32Array(nodeCount),
  };
  const words: number[] = [];
  let node = 0;
  drafts.forEach((draft, tree) => {
    const start = node;
    for (const source of draft) {
      trees.feature[node] = source.feature;
      trees.threshold[node] = source.threshold;
      trees.leftChild[node] = source.feature < 0 ? node : start + source.leftChild;
      trees.missingLeft[node] = source.missingLeft ? 1 : 0;
      trees.value[node] = source.value;
      trees.gain[node] = source.gain;
      trees.cover[node] = source.cover;
      trees.categoryStart[node] = -1;
      if (source.categories) {
        const set = bitSet(source.categories);
        trees.categoryStart[node] = words.length;
        trees.categoryLength[node] = set.length;
        words.push(...set);
      }
      node++;
    }
    trees.starts[tree + 1] = node;
  });
  return { ...trees, categoryWords: Uint32Array.from(words) };
}

function bitSet(codes: readonly number[]): Uint32Array {
  const set = new Uint32Array((codes.reduce((most, code) => Math.max(most, code), 0) >> 5) + 1);
  for (const code of codes) set[code >> 5] |= 1 << (code & 31);
  return set;
}

/** Returns the codes in a categorical node's bit set, ascending. */
export function categoriesOf(trees: TreeNodes, node: number): number[] {
  const codes: number[] = [];
  const start = trees.categoryStart[node];
  for (let word = 0; word < trees.categoryLength[node]; word++) {
    for (let bit = 0; bit < 32; bit++) {
      if ((trees.categoryWords[start + word] >>> bit) & 1) codes.push(32 * word + bit);
    }
  }
  return codes;
}

/** Returns the child that a value goes to: 0 left, 1 right. Tests compare the fast predictors with this rule. */
export function childOf(trees: TreeNodes, node: number, value: number): 0 | 1 {
  const missingSide = trees.missingLeft[node] === 1 ? 0 : 1;
  if (Number.isNaN(value)) return missingSide;
  const start = trees.categoryStart[node];
  if (start < 0) return value <= trees.threshold[node] ? 0 : 1;
  const isCode = value >= 0 && value < 32 * trees.categoryLength[node] && Number.isInteger(value);
  const isListed = isCode && ((trees.categoryWords[start + (value >> 5)] >>> (value & 31)) & 1) === 1;
  return isListed ? ((1 - missingSide) as 0 | 1) : missingSide;
}
