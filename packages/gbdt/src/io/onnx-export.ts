import {
  bytesField,
  joinProtobuf,
  type ProtobufChunks,
  packedVarintsField,
  stringField,
  varintField,
} from '@matinee/numerics';
import { categoriesOf, type GbdtModel, type TreeNodes } from '../model/gbdt-model.ts';

const IR_VERSION = 10;
const OPSET = 17;
/** First version of ai.onnx.ml with TreeEnsemble, which supports set membership for categorical splits. */
const ML_OPSET = 5;

/** Enum values from onnx.proto. */
const TENSOR_TYPE = { float: 1, uint8: 2 };
const ATTRIBUTE_TYPE = { integer: 2, tensor: 4, integers: 7 };
const MODE = { lessOrEqual: 0, member: 6 };
const AGGREGATE_SUM = 1;
const POST_TRANSFORM_NONE = 0;

/**
 * Writes a model as an ONNX file with one `TreeEnsemble` node (ai.onnx.ml 5).
 *
 * Input `features` is float32 [rows, featureCount], with NaN for missing values. Output `score` is float32 [rows, 1],
 * the raw score; logistic models have a second output `probability`. The feature names are in the file's metadata, as
 * JSON under `feature_names`.
 *
 * @returns The file's bytes. Thresholds and leaf values are the model's own float32 numbers, so every row reaches the
 * same leaves, and scores differ only by the float32 rounding of the sum.
 */
export function exportOnnx(model: GbdtModel): Uint8Array<ArrayBuffer> {
  const numbered = numberNodes(model.trees);
  const attributes = treeEnsemble(model.trees, numbered);
  const isLogistic = model.objective === 'logistic';
  const nodes = [
    onnxNode('TreeEnsemble', ['features'], ['tree_sum'], 'ai.onnx.ml', attributes),
    onnxNode('Add', ['tree_sum', 'base_score'], ['score'], '', []),
    ...(isLogistic ? [onnxNode('Sigmoid', ['score'], ['probability'], '', [])] : []),
  ];
  const graph = [
    ...nodes.map((node) => bytesField(1, node)),
    stringField(2, 'gbdt'),
    bytesField(5, floatTensor('base_score', Float32Array.of(model.baseScore + numbered.constant))),
    bytesField(11, tensorInfo('features', model.featureNames.length)),
    bytesField(12, tensorInfo('score', 1)),
    ...(isLogistic ? [bytesField(12, tensorInfo('probability', 1))] : []),
  ];
  return joinProtobuf([
    varintField(1, IR_VERSION),
    stringField(2, 'matinee'),
    bytesField(7, graph),
    bytesField(8, [stringField(1, ''), varintField(2, OPSET)]),
    bytesField(8, [stringField(1, 'ai.onnx.ml'), varintField(2, ML_OPSET)]),
    bytesField(14, [stringField(1, 'feature_names'), stringField(2, JSON.stringify(model.featureNames))]),
  ]);
}

/** The nodes of all trees with their numbers in TreeEnsemble, which numbers splits and leaves separately. */
interface NumberedNodes {
  readonly splits: readonly number[];
  readonly leaves: readonly number[];
  /** For each tree with a split, the number of its root. */
  readonly roots: readonly number[];
  /** By node: its number among the splits or the leaves. */
  readonly numberOf: Int32Array;
  /** The sum of all single-leaf trees, which TreeEnsemble cannot express. */
  readonly constant: number;
}

function numberNodes({ starts, feature, value }: TreeNodes): NumberedNodes {
  const splits: number[] = [];
  const leaves: number[] = [];
  const roots: number[] = [];
  const numberOf = new Int32Array(feature.length);
  let constant = 0;
  for (let tree = 0; tree + 1 < starts.length; tree++) {
    if (feature[starts[tree]] < 0) {
      constant += value[starts[tree]];
      continue;
    }
    roots.push(splits.length);
    for (let node = starts[tree]; node < starts[tree + 1]; node++) {
      const list = feature[node] < 0 ? leaves : splits;
      numberOf[node] = list.length;
      list.push(node);
    }
  }
  return { splits, leaves, roots, numberOf, constant };
}

/** Returns the attributes of TreeEnsemble. */
function treeEnsemble(trees: TreeNodes, { splits, leaves, roots, numberOf }: NumberedNodes): readonly ProtobufChunks[] {
  const { feature, threshold, leftChild, missingLeft, value, categoryStart } = trees;
  // A categorical node is true for members of its set, and members go to the side that missing values do not take.
  const isCategorical = (node: number): boolean => categoryStart[node] >= 0;
  const trueChild = (node: number): number =>
    leftChild[node] + (isCategorical(node) && missingLeft[node] === 1 ? 1 : 0);
  const falseChild = (node: number): number => 2 * leftChild[node] + 1 - trueChild(node);
  const isLeaf = (node: number): number => (feature[node] < 0 ? 1 : 0);
  const modeOf = (node: number): number => (isCategorical(node) ? MODE.member : MODE.lessOrEqual);
  const missingIsTrue = (node: number): number => (isCategorical(node) ? 0 : missingLeft[node]);
  const ofSplits = (name: string, ofNode: (node: number) => number): ProtobufChunks =>
    integersAttribute(name, splits.map(ofNode));
  const floats = (name: string, values: readonly number[]): ProtobufChunks =>
    tensorAttribute(name, floatTensor('', Float32Array.from(values)));
  const sets = splits.filter(isCategorical).flatMap((node) => [...categoriesOf(trees, node), Number.NaN]);
  return [
    integerAttribute('aggregate_function', AGGREGATE_SUM),
    integerAttribute('n_targets', 1),
    integerAttribute('post_transform', POST_TRANSFORM_NONE),
    integersAttribute('tree_roots', roots),
    ofSplits('nodes_featureids', (node) => feature[node]),
    floats(
      'nodes_splits',
      splits.map((node) => threshold[node]),
    ),
    tensorAttribute('nodes_modes', byteTensor(Uint8Array.from(splits, modeOf))),
    ofSplits('nodes_missing_value_tracks_true', missingIsTrue),
    ofSplits('nodes_truenodeids', (node) => numberOf[trueChild(node)]),
    ofSplits('nodes_trueleafs', (node) => isLeaf(trueChild(node))),
    ofSplits('nodes_falsenodeids', (node) => numberOf[falseChild(node)]),
    ofSplits('nodes_falseleafs', (node) => isLeaf(falseChild(node))),
    integersAttribute(
      'leaf_targetids',
      leaves.map(() => 0),
    ),
    floats(
      'leaf_weights',
      leaves.map((node) => value[node]),
    ),
    ...(sets.length > 0 ? [floats('membership_values', sets)] : []),
  ];
}

function onnxNode(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  domain: string,
  attributes: readonly ProtobufChunks[],
): readonly ProtobufChunks[] {
  return [
    ...inputs.map((name) => stringField(1, name)),
    ...outputs.map((name) => stringField(2, name)),
    stringField(4, operator),
    ...attributes,
    stringField(7, domain),
  ];
}

function integerAttribute(name: string, value: number): ProtobufChunks {
  return bytesField(5, [stringField(1, name), varintField(3, value), varintField(20, ATTRIBUTE_TYPE.integer)]);
}

function integersAttribute(name: string, values: readonly number[]): ProtobufChunks {
  return bytesField(5, [stringField(1, name), packedVarintsField(8, values), varintField(20, ATTRIBUTE_TYPE.integers)]);
}

function tensorAttribute(name: string, tensor: readonly ProtobufChunks[]): ProtobufChunks {
  return bytesField(5, [stringField(1, name), bytesField(5, tensor), varintField(20, ATTRIBUTE_TYPE.tensor)]);
}

function floatTensor(name: string, values: Float32Array<ArrayBuffer>): readonly ProtobufChunks[] {
  return [
    packedVarintsField(1, [values.length]),
    varintField(2, TENSOR_TYPE.float),
    stringField(8, name),
    bytesField(9, new Uint8Array(values.buffer)),
  ];
}

function byteTensor(values: Uint8Array): readonly ProtobufChunks[] {
  return [packedVarintsField(1, [values.length]), varintField(2, TENSOR_TYPE.uint8), bytesField(9, values)];
}

/** Returns the type of a float tensor of shape [rows, columns]. */
function tensorInfo(name: string, columnCount: number): readonly ProtobufChunks[] {
  const shape = [bytesField(1, [stringField(2, 'rows')]), bytesField(1, [varintField(1, columnCount)])];
  const tensorType = [varintField(1, TENSOR_TYPE.float), bytesField(2, shape)];
  return [stringField(1, name), bytesField(2, [bytesField(1, tensorType)])];
}
