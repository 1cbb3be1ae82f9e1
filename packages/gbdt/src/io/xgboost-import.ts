import { MatineeError } from '@matinee/numerics';
import { type DraftNode, draftLeaf, type GbdtModel, packTrees } from '../model/gbdt-model.ts';

/** XGBoost objectives with a counterpart here, and whether `base_score` is stored as a probability. */
const OBJECTIVES: Readonly<Record<string, { kind: GbdtModel['objective']; isProbability: boolean }>> = {
  'binary:logistic': { kind: 'logistic', isProbability: true },
  'reg:logistic': { kind: 'logistic', isProbability: true },
  'reg:squarederror': { kind: 'squared-error', isProbability: false },
  'rank:pairwise': { kind: 'lambdamart', isProbability: false },
  'rank:ndcg': { kind: 'lambdamart', isProbability: false },
  'rank:map': { kind: 'lambdamart', isProbability: false },
};

/** The part of an XGBoost JSON model that is read. XGBoost writes numeric parameters as strings. */
interface XgboostTree {
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly split_indices: readonly number[];
  /** The threshold of a split, or the output of a leaf. */
  readonly split_conditions: readonly number[];
  /** Booleans in older files, 0 and 1 in newer ones. */
  readonly default_left: readonly (boolean | number)[];
  readonly loss_changes: readonly number[];
  readonly sum_hessian: readonly number[];
  readonly split_type?: readonly number[];
}

/**
 * Reads a model that XGBoost wrote with `booster.save_model('model.json')` (versions 1.6 to 2.x).
 *
 * XGBoost sends `x < t` left. Here the condition is `x ≤` the next float32 below t, which is equivalent for float32
 * features. A model without feature names gets `f0`, `f1`, ….
 *
 * @throws {MatineeError} `BAD_MODEL_FILE` for text that is not such JSON; `UNSUPPORTED_MODEL` for boosters other than
 * gbtree, several outputs, categorical splits and objectives without a counterpart.
 */
export function importXgboostModel(text: string): GbdtModel {
  const { learner, trees } = readXgboost(text);
  const objectiveName = String(at(learner, 'objective', 'name'));
  const objective = OBJECTIVES[objectiveName];
  if (!objective) {
    throw unsupported(`objective "${objectiveName}" has no counterpart; known: ${Object.keys(OBJECTIVES).join(', ')}`);
  }
  const classCount = Number(at(learner, 'learner_model_param', 'num_class'));
  const targetCount = Number(at(learner, 'learner_model_param', 'num_target') ?? 1);
  if (classCount > 1 || targetCount > 1) throw unsupported('models with several outputs; train one model per output');
  const baseScore = Number(String(at(learner, 'learner_model_param', 'base_score')).replace(/[[\]]/g, ''));
  if (!Number.isFinite(baseScore)) throw badFile('learner_model_param.base_score is not a number');
  const featureCount = Number(at(learner, 'learner_model_param', 'num_feature'));
  const given = at(learner, 'feature_names');
  const featureNames =
    Array.isArray(given) && given.length === featureCount
      ? given.map(String)
      : Array.from({ length: featureCount }, (_, feature) => `f${feature}`);
  return {
    objective: objective.kind,
    featureNames,
    baseScore: objective.isProbability ? Math.log(baseScore / (1 - baseScore)) : baseScore,
    trees: packTrees(trees.map((tree, index) => draftTree(tree, index, featureCount))),
  };
}

function readXgboost(text: string): { learner: unknown; trees: readonly XgboostTree[] } {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new MatineeError('BAD_MODEL_FILE', 'XGBoost model: not whole JSON; save it with save_model("model.json")', {
      cause,
    });
  }
  const learner = at(file, 'learner');
  const booster = at(learner, 'gradient_booster', 'name');
  if (booster === undefined) throw badFile('no learner.gradient_booster; save it with save_model("model.json")');
  if (booster !== 'gbtree') throw unsupported(`booster "${String(booster)}"; only gbtree can be read`);
  const trees = at(learner, 'gradient_booster', 'model', 'trees');
  if (!Array.isArray(trees)) throw badFile('no learner.gradient_booster.model.trees');
  return { learner, trees };
}

/** Reads a nested property; returns undefined if any part of the path is missing. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = (found as Record<string, unknown> | null | undefined)?.[name];
  return found;
}

/** Renumbers the nodes breadth first, so that siblings are adjacent and children follow their parent. */
function draftTree(tree: XgboostTree, index: number, featureCount: number): readonly DraftNode[] {
  if (tree.split_type?.some((type) => type !== 0)) {
    throw unsupported(`tree ${index} has categorical splits; encode categories as numbers or one column each`);
  }
  const nodeCount = tree.left_children.length;
  const drafts: DraftNode[] = [];
  const queue = [0];
  for (let position = 0; position < queue.length; position++) {
    const source = queue[position];
    if (!(source >= 0 && source < nodeCount) || queue.length > nodeCount)
      throw badFile(`tree ${index} is inconsistent`);
    const cover = tree.sum_hessian[source];
    if (tree.left_children[source] < 0) {
      drafts.push(draftLeaf(tree.split_conditions[source], cover));
      continue;
    }
    const feature = tree.split_indices[source];
    if (!(feature >= 0 && feature < featureCount)) throw badFile(`tree ${index} splits on feature ${feature}`);
    drafts.push({
      feature,
      threshold: float32Below(tree.split_conditions[source]),
      leftChild: queue.length,
      missingLeft: Boolean(tree.default_left[source]),
      value: 0,
      gain: tree.loss_changes[source],
      cover,
      categories: undefined,
    });
    queue.push(tree.left_children[source], tree.right_children[source]);
  }
  return drafts;
}

/** Returns the largest float32 below `value`, which is rounded to float32 first. */
function float32Below(value: number): number {
  const float = new Float32Array([value]);
  const bits = new Int32Array(float.buffer);
  if (float[0] === 0) return -(2 ** -149);
  // Floats of one sign have the same order as their bits.
  bits[0] += float[0] > 0 ? -1 : 1;
  return float[0];
}

function badFile(message: string): MatineeError {
  return new MatineeError('BAD_MODEL_FILE', `XGBoost model: ${message}`);
}

function unsupported(message: string): MatineeError {
  return new MatineeError('UNSUPPORTED_MODEL', `XGBoost model: ${message}`);
}
