import { MatineeError } from '@matinee/numerics';
import { MAXIMUM_PAGES, webAssembly } from '../kernels/training-memory.ts';
import { childOf, type GbdtModel, type TreeNodes } from '../model/gbdt-model.ts';
import { gaussLegendre, type Quadrature } from './gauss-legendre.ts';
import { compileShapKernel, NODE_RECORD_BYTES, TABLE } from './tree-shap-kernel.ts';

/** Computes exact SHAP values of a model. It holds scratch memory, so use one explainer per thread. */
export interface Explainer {
  /** The score that contributions are relative to: the mean score of the training rows, by cover. */
  readonly expectedScore: number;
  /**
   * Writes the contribution of every feature, in raw-score units; a row's sum plus `expectedScore` is its score.
   *
   * @param values Row-major, shape [rowCount, featureCount].
   * @param contributions Shape [rowCount, featureCount]; overwritten. Nothing is allocated.
   * @throws {MatineeError} `FEATURE_MISMATCH` when an array is too short.
   */
  explainInto(values: Float32Array, rowCount: number, contributions: Float64Array): void;
}

/** Smallest share of a child's cover; prevents a division by zero for a child with no cover. */
const LEAST_SHARE = 1e-9;

/**
 * Prepares exact TreeSHAP with path-dependent expectations.
 *
 * Features that are not in a coalition are averaged over the training rows of each node, as in Lundberg's
 * tree_path_dependent. For one leaf with value v the game is a product over the features on its path: v · Π_i (o_i if i
 * is in the coalition, else z_i). Here z_i is the share of the cover that the feature's splits let through, and o_i is
 * 1 if the row passes all of them. By Owen's multilinear extension its Shapley value is
 *
 *   φ_i = v (o_i − z_i) ∫₀¹ Π_{j≠i} (t o_j + (1 − t) z_j) dt,
 *
 * a polynomial of degree d − 1 for d features, which ⌈d/2⌉ Gauss–Legendre points integrate exactly. The integrand
 * factorises along the path, so one downward pass computes the products and one upward pass the sums over leaves. This
 * takes O(nodes · d/2) per row; the original algorithm takes O(leaves · d²). All weights are positive, so nothing
 * cancels. The two passes are a WebAssembly kernel (tree-shap-kernel.ts); the routing of the row is computed here.
 *
 * @throws {MatineeError} `NO_COVER` for a model whose nodes carry no cover (an import that lacks it).
 * @see Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees, Nature MI
 * 2.
 * @see Owen (1972), Multilinear extensions of games; Yu et al. (2022), Linear TreeSHAP (the same idea, other points).
 */
export function createExplainer(model: GbdtModel): Explainer {
  const { trees } = model;
  const featureCount = model.featureNames.length;
  const plans = Array.from({ length: trees.starts.length - 1 }, (_, tree) => planTree(trees, tree));
  const { buffer, kernel, treesAt, scratchAt, choicesAt, contributionsAt } = loadPlans(plans, featureCount);
  const choices = new Int32Array(buffer, choicesAt, mostNodes(plans));
  const block = new Float64Array(buffer, contributionsAt, BLOCK_ROWS * featureCount);
  return {
    expectedScore: plans.reduce((sum, plan) => sum + plan.expected, model.baseScore),
    explainInto(values, rowCount, contributions) {
      if (values.length < rowCount * featureCount || contributions.length < rowCount * featureCount) {
        throw new MatineeError(
          'FEATURE_MISMATCH',
          `${rowCount} rows of ${featureCount} features need ${rowCount * featureCount} values and contributions; got ${values.length} and ${contributions.length}`,
        );
      }
      for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
        const count = Math.min(BLOCK_ROWS, rowCount - first);
        block.fill(0);
        for (let tree = 0; tree < plans.length; tree++) {
          const plan = plans[tree];
          for (let row = 0; row < count; row++) {
            routeRow(trees, plan, values, (first + row) * featureCount, choices);
            const target = contributionsAt + row * featureCount * 8;
            kernel(plan.size, plan.pointCount * 8, treesAt[tree], scratchAt, choicesAt, target);
          }
        }
        const at = first * featureCount;
        for (let index = 0; index < count * featureCount; index++) contributions[at + index] = block[index];
      }
    },
  };
}

/** Rows whose contributions are collected in the kernel's memory at a time. */
const BLOCK_ROWS = 128;
const PAGE_BYTES = 65536;

/** The part of a tree that does not depend on the row. Arrays have one entry per node, counted from the root. */
interface TreePlan {
  readonly root: number;
  readonly size: number;
  /** Even, because the kernel processes points in pairs. */
  readonly pointCount: number;
  readonly parent: Int32Array;
  /** The feature of the edge into the node, on which its parent splits. */
  readonly edgeFeature: Int32Array;
  /** The nearest node above whose edge has the same feature; 0 if there is none. */
  readonly sameAbove: Int32Array;
  /** z of the edge: share of the cover that all splits on this feature let through so far. */
  readonly share: Float64Array;
  /** [size][tables][pointCount], see {@link TABLE}. */
  readonly tables: Float64Array;
  /** Left child of a split. */
  readonly leftOf: Int32Array;
  /** The output of a leaf, 1 for a split. */
  readonly leafFactor: Float64Array;
  readonly expected: number;
}

const mostNodes = (plans: readonly TreePlan[]): number => plans.reduce((most, { size }) => Math.max(most, size), 1);

/** Copies the plans into one memory, in the format of the kernel. */
function loadPlans(plans: readonly TreePlan[], featureCount: number) {
  const treesAt: number[] = [];
  let end = 0;
  const place = (bytes: number): number => {
    const start = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return start;
  };
  for (const { size, tables } of plans) treesAt.push(place(size * NODE_RECORD_BYTES + tables.byteLength));
  const mostPoints = plans.reduce((most, { pointCount }) => Math.max(most, pointCount), 2);
  const scratchAt = place(mostNodes(plans) * mostPoints * 8);
  const choicesAt = place(mostNodes(plans) * 4);
  const contributionsAt = place(BLOCK_ROWS * featureCount * 8);
  const pages = Math.ceil(end / PAGE_BYTES);
  if (pages > MAXIMUM_PAGES) {
    throw new MatineeError(
      'OUT_OF_MEMORY',
      `explaining needs ${Math.ceil(end / 2 ** 20)} MiB; use fewer trees or leaves`,
    );
  }
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  plans.forEach((plan, tree) => {
    writePlan(plan, new DataView(memory.buffer, treesAt[tree]));
    new Float64Array(memory.buffer, treesAt[tree] + plan.size * NODE_RECORD_BYTES, plan.tables.length).set(plan.tables);
  });
  const { explainTree } = new webAssembly.Instance(compileShapKernel(), { env: { memory } }).exports;
  return { buffer: memory.buffer, kernel: explainTree, treesAt, scratchAt, choicesAt, contributionsAt };
}

function writePlan(plan: TreePlan, view: DataView): void {
  const pointBytes = plan.pointCount * 8;
  for (let node = 0; node < plan.size; node++) {
    const at = node * NODE_RECORD_BYTES;
    view.setInt32(at, plan.parent[node] * pointBytes, true);
    view.setInt32(at + 4, plan.sameAbove[node], true);
    view.setInt32(at + 8, plan.edgeFeature[node] * 8, true);
    // A right child is the last to read its parent's products. It clears them so that they can receive the upward sums.
    const isRight = node > 0 && node === plan.leftOf[plan.parent[node]] + 1;
    view.setInt32(at + 12, isRight ? 1 : 0, true);
    view.setFloat64(at + 16, plan.leafFactor[node], true);
    view.setFloat64(at + 24, plan.share[node], true);
  }
}

function planTree(trees: TreeNodes, tree: number): TreePlan {
  const root = trees.starts[tree];
  const size = trees.starts[tree + 1] - root;
  const parent = new Int32Array(size);
  const edgeFeature = new Int32Array(size).fill(-1);
  const sameAbove = new Int32Array(size);
  const share = new Float64Array(size).fill(1);
  const distinct = new Int32Array(size); // number of distinct features on the path to the node
  const reach = new Float64Array(size).fill(1); // share of the root's cover that reaches the node
  const leftOf = new Int32Array(size);
  const leafFactor = new Float64Array(size).fill(1);
  let mostDistinct = 1;
  let expected = 0;
  // Children follow their parents, so one pass visits each node after all nodes above it.
  for (let node = 0; node < size; node++) {
    const feature = trees.feature[root + node];
    if (feature < 0) {
      leafFactor[node] = trees.value[root + node];
      expected += reach[node] * leafFactor[node];
      continue;
    }
    const left = trees.leftChild[root + node] - root;
    leftOf[node] = left;
    let above = node;
    while (above !== 0 && edgeFeature[above] !== feature) above = parent[above];
    const shares = splitShares(trees.cover[root + left], trees.cover[root + left + 1]);
    for (const side of [0, 1]) {
      const child = left + side;
      parent[child] = node;
      edgeFeature[child] = feature;
      sameAbove[child] = above;
      share[child] = share[above] * shares[side];
      reach[child] = reach[node] * shares[side];
      distinct[child] = distinct[node] + (above === 0 ? 1 : 0);
      mostDistinct = Math.max(mostDistinct, distinct[child]);
    }
  }
  const pointCount = 2 * Math.ceil(mostDistinct / 4); // at least ⌈d/2⌉, and even
  const tables = edgeTables(size, sameAbove, share, gaussLegendre(pointCount));
  return { root, size, pointCount, parent, edgeFeature, sameAbove, share, tables, leftOf, leafFactor, expected };
}

function splitShares(left: number, right: number): readonly [number, number] {
  const total = left + right;
  if (!(total >= 0)) throw new MatineeError('NO_COVER', 'a node has no cover; SHAP needs a model that records it');
  const leftShare = total > 0 ? Math.min(Math.max(left / total, LEAST_SHARE), 1 - LEAST_SHARE) : 0.5;
  return [leftShare, 1 - leftShare];
}

/**
 * Computes, per edge and point t, the edge's ratio in the path product, and the quadrature weight divided by its
 * factor.
 *
 * The factor of a feature is t o + (1 − t) z. A second split on the same feature replaces the factor of the first, so
 * the ratio divides by it. There are three cases: both pass, both fail, or the first passes and the second fails.
 */
function edgeTables(size: number, sameAbove: Int32Array, share: Float64Array, { points, weights }: Quadrature) {
  const pointCount = points.length;
  const tables = new Float64Array(size * TABLE.count * pointCount);
  for (let node = 1; node < size; node++) {
    const aboveShare = share[sameAbove[node]];
    const isFirst = sameAbove[node] === 0;
    for (let point = 0; point < pointCount; point++) {
      const t = points[point];
      const failing = (1 - t) * share[node];
      const passing = t + failing;
      const failingAbove = isFirst ? 1 : (1 - t) * aboveShare;
      const passingAbove = isFirst ? 1 : t + failingAbove;
      const set = (table: number, value: number): void => {
        tables[(node * TABLE.count + table) * pointCount + point] = value;
      };
      set(TABLE.ratioPassing, passing / passingAbove);
      set(TABLE.ratioFailing, failing / failingAbove);
      set(TABLE.ratioTurning, failing / passingAbove);
      set(TABLE.weightPassing, weights[point] / passing);
      set(TABLE.weightFailing, weights[point] / failing);
    }
  }
  return tables;
}

/** Writes the ratio that applies to each edge of a tree, for the row that starts at `values[at]`. */
function routeRow(trees: TreeNodes, plan: TreePlan, values: Float32Array, at: number, choices: Int32Array): void {
  const { root, size, sameAbove } = plan;
  const { feature, threshold, leftChild, missingLeft, categoryStart } = trees;
  choices[0] = TABLE.ratioPassing;
  for (let absolute = root; absolute < root + size; absolute++) {
    if (feature[absolute] < 0) continue;
    const x = values[at + feature[absolute]];
    let right: number;
    if (categoryStart[absolute] >= 0) right = childOf(trees, absolute, x);
    else if (missingLeft[absolute] === 1) right = x > threshold[absolute] ? 1 : 0;
    else right = x <= threshold[absolute] ? 0 : 1;
    const left = leftChild[absolute] - root;
    const isPassing = choices[sameAbove[left]] === TABLE.ratioPassing;
    choices[left + right] = isPassing ? TABLE.ratioPassing : TABLE.ratioFailing;
    choices[left + 1 - right] = isPassing ? TABLE.ratioTurning : TABLE.ratioFailing;
  }
}
