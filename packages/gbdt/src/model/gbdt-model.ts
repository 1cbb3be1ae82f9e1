import type { Objective } from './gbdt-config.ts';

/**
 * A fitted ensemble. Immutable: `fitGbdt`, `loadGbdtModel` and `importXgboostModel` return one, nothing changes it.
 *
 * The raw score of a row is `baseScore` plus the value of the leaf it reaches in every tree. For the logistic objective
 * that is a log-odds; for LambdaMART only its order means anything.
 */
export interface GbdtModel {
  readonly objective: Objective['kind'];
  /** The columns a matrix must have, in order. */
  readonly featureNames: readonly string[];
  readonly baseScore: number;
  readonly trees: TreeNodes;
}

/**
 * All trees in one set of parallel arrays, one entry per node. The two children of a node are adjacent: `leftChild` and
 * `leftChild + 1`. Children come after their parent.
 */
export interface TreeNodes {
  /** Length treeCount + 1; tree `t` is nodes `starts[t] … starts[t + 1] − 1`, root first. */
  readonly starts: Int32Array;
  /** Column of the split, −1 for a leaf. */
  readonly feature: Int32Array;
  /** Numeric split: `x ≤ threshold` goes left. 0 elsewhere. */
  readonly threshold: Float32Array;
  /** Node number of the left child; a leaf points to itself. */
  readonly leftChild: Int32Array;
  /** 1 if NaN (for a categorical split also every unlisted category) goes left. */
  readonly missingLeft: Uint8Array;
  /** Output of a leaf, learning rate included; 0 for a split. */
  readonly value: Float32Array;
  /** Loss reduction of the split, 0 for a leaf. */
  readonly gain: Float32Array;
  /** Hessian sum of the training rows that passed here (of squared error: their weight). */
  readonly cover: Float32Array;
  /**
   * Categorical split: where its bit set starts in `categoryWords`, else −1. Bit `c` is set if category `c` goes to the
   * side that missing values do *not* go to.
   */
  readonly categoryStart: Int32Array;
  /** Words of that bit set; a code past its end is not in it. */
  readonly categoryLength: Int32Array;
  readonly categoryWords: Uint32Array;
}

export function treeCountOf(model: GbdtModel): number {
  return model.trees.starts.length - 1;
}

/** One node while trees are being put together. Child numbers count within the tree. */
export interface DraftNode {
  feature: number;
  threshold: number;
  leftChild: number;
  missingLeft: boolean;
  value: number;
  gain: number;
  cover: number;
  /** Codes that go away from the missing side; undefined for a numeric split or a leaf. */
  categories: readonly number[] | undefined;
}

export function draftLeaf(value: number, cover: number): DraftNode {
  return { feature: -1, threshold: 0, leftChild: -1, missingLeft: false, value, gain: 0, cover, categories: undefined };
}

/** Packs drafts into arrays; `drafts[t]` lists the nodes of tree `t`, root first, siblings adjacent. */
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

/** The codes of a categorical node's bit set, ascending. */
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

/** Which child a value goes to: 0 left, 1 right. The readable rule that fast predictors are tested against. */
export function childOf(trees: TreeNodes, node: number, value: number): 0 | 1 {
  const missingSide = trees.missingLeft[node] === 1 ? 0 : 1;
  if (Number.isNaN(value)) return missingSide;
  const start = trees.categoryStart[node];
  if (start < 0) return value <= trees.threshold[node] ? 0 : 1;
  const isCode = value >= 0 && value < 32 * trees.categoryLength[node] && Number.isInteger(value);
  const isListed = isCode && ((trees.categoryWords[start + (value >> 5)] >>> (value & 31)) & 1) === 1;
  return isListed ? ((1 - missingSide) as 0 | 1) : missingSide;
}
