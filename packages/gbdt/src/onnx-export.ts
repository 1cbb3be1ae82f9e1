import { categoriesOf, type GbdtModel, type TreeNodes } from './gbdt-model.ts';
import {
  type Bytes,
  bytesField,
  concatBytes,
  integerField,
  integersField,
  messageField,
  textField,
} from './protobuf.ts';

const IR_VERSION = 10;
const OPSET = 17;
/** The version of ai.onnx.ml that brought TreeEnsemble, with set membership for categorical splits. */
const ML_OPSET = 5;

/** Numbers of onnx.proto. */
const TENSOR_TYPE = { float: 1, uint8: 2 };
const ATTRIBUTE_TYPE = { integer: 2, tensor: 4, integers: 7 };
const MODE = { lessOrEqual: 0, member: 6 };
const AGGREGATE_SUM = 1;
const POST_TRANSFORM_NONE = 0;

/**
 * Writes a model as an ONNX file: one `TreeEnsemble` node (ai.onnx.ml 5).
 *
 * Input `features` is float32 [rows, featureCount], NaN for missing. Output `score` is float32 [rows, 1], the raw score;
 * logistic models have a second output `probability`. The feature names are in the file's metadata, as JSON under
 * `feature_names`.
 *
 * @returns The file's bytes. Thresholds and leaf values are the model's own float32 numbers, so routing is identical and
 * scores differ by float32 rounding of the sum only.
 */
export function exportOnnx(model: GbdtModel): Bytes {
  const { attributes, constant } = treeEnsemble(model.trees);
  const isLogistic = model.objective === 'logistic';
  const nodes = [
    onnxNode('TreeEnsemble', ['features'], ['tree_sum'], 'ai.onnx.ml', attributes),
    onnxNode('Add', ['tree_sum', 'base_score'], ['score'], '', []),
    ...(isLogistic ? [onnxNode('Sigmoid', ['score'], ['probability'], '', [])] : []),
  ];
  const graph = [
    ...nodes.map((node) => messageField(1, node)),
    textField(2, 'gbdt'),
    messageField(5, floatTensor('base_score', Float32Array.of(model.baseScore + constant))),
    messageField(11, tensorInfo('features', model.featureNames.length)),
    messageField(12, tensorInfo('score', 1)),
    ...(isLogistic ? [messageField(12, tensorInfo('probability', 1))] : []),
  ];
  return concatBytes([
    integerField(1, IR_VERSION),
    textField(2, 'matinee'),
    messageField(7, graph),
    messageField(8, [textField(1, ''), integerField(2, OPSET)]),
    messageField(8, [textField(1, 'ai.onnx.ml'), integerField(2, ML_OPSET)]),
    messageField(14, [textField(1, 'feature_names'), textField(2, JSON.stringify(model.featureNames))]),
  ]);
}

/** The attributes of TreeEnsemble, and the sum of trees that are a single leaf, which it cannot express. */
function treeEnsemble(trees: TreeNodes): { attributes: readonly Bytes[]; constant: number } {
  const { starts, feature, threshold, leftChild, missingLeft, value, categoryStart } = trees;
  const splits: number[] = [];
  const leaves: number[] = [];
  const roots: number[] = [];
  // TreeEnsemble numbers splits and leaves apart.
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
  // A categorical node asks "is it in the set?", and the set goes away from the side of missing values.
  const isCategorical = (node: number): boolean => categoryStart[node] >= 0;
  const trueChild = (node: number): number =>
    leftChild[node] + (isCategorical(node) && missingLeft[node] === 1 ? 1 : 0);
  const falseChild = (node: number): number => 2 * leftChild[node] + 1 - trueChild(node);
  const isLeaf = (node: number): number => (feature[node] < 0 ? 1 : 0);
  const sets = splits.filter(isCategorical).flatMap((node) => [...categoriesOf(trees, node), Number.NaN]);
  const attributes = [
    integerAttribute('aggregate_function', AGGREGATE_SUM),
    integerAttribute('n_targets', 1),
    integerAttribute('post_transform', POST_TRANSFORM_NONE),
    integersAttribute('tree_roots', roots),
    integersAttribute(
      'nodes_featureids',
      splits.map((node) => feature[node]),
    ),
    tensorAttribute(
      'nodes_splits',
      floatTensor(
        '',
        Float32Array.from(splits, (node) => threshold[node]),
      ),
    ),
    tensorAttribute(
      'nodes_modes',
      byteTensor(Uint8Array.from(splits, (node) => (isCategorical(node) ? MODE.member : MODE.lessOrEqual))),
    ),
    integersAttribute(
      'nodes_missing_value_tracks_true',
      splits.map((node) => (isCategorical(node) ? 0 : missingLeft[node])),
    ),
    integersAttribute(
      'nodes_truenodeids',
      splits.map((node) => numberOf[trueChild(node)]),
    ),
    integersAttribute(
      'nodes_trueleafs',
      splits.map((node) => isLeaf(trueChild(node))),
    ),
    integersAttribute(
      'nodes_falsenodeids',
      splits.map((node) => numberOf[falseChild(node)]),
    ),
    integersAttribute(
      'nodes_falseleafs',
      splits.map((node) => isLeaf(falseChild(node))),
    ),
    integersAttribute(
      'leaf_targetids',
      leaves.map(() => 0),
    ),
    tensorAttribute(
      'leaf_weights',
      floatTensor(
        '',
        Float32Array.from(leaves, (node) => value[node]),
      ),
    ),
    ...(sets.length > 0 ? [tensorAttribute('membership_values', floatTensor('', Float32Array.from(sets)))] : []),
  ];
  return { attributes, constant };
}

function onnxNode(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  domain: string,
  attributes: readonly Bytes[],
): readonly Bytes[] {
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, operator),
    ...attributes,
    textField(7, domain),
  ];
}

function integerAttribute(name: string, value: number): Bytes {
  return messageField(5, [textField(1, name), integerField(3, value), integerField(20, ATTRIBUTE_TYPE.integer)]);
}

function integersAttribute(name: string, values: readonly number[]): Bytes {
  return messageField(5, [textField(1, name), integersField(8, values), integerField(20, ATTRIBUTE_TYPE.integers)]);
}

function tensorAttribute(name: string, tensor: readonly Bytes[]): Bytes {
  return messageField(5, [textField(1, name), messageField(5, tensor), integerField(20, ATTRIBUTE_TYPE.tensor)]);
}

function floatTensor(name: string, values: Float32Array<ArrayBuffer>): readonly Bytes[] {
  return [
    integersField(1, [values.length]),
    integerField(2, TENSOR_TYPE.float),
    textField(8, name),
    bytesField(9, new Uint8Array(values.buffer)),
  ];
}

function byteTensor(values: Bytes): readonly Bytes[] {
  return [integersField(1, [values.length]), integerField(2, TENSOR_TYPE.uint8), bytesField(9, values)];
}

/** A float tensor of shape [rows, columns]. */
function tensorInfo(name: string, columnCount: number): readonly Bytes[] {
  const shape = [messageField(1, [textField(2, 'rows')]), messageField(1, [integerField(1, columnCount)])];
  const tensorType = [integerField(1, TENSOR_TYPE.float), messageField(2, shape)];
  return [textField(1, name), messageField(2, [messageField(1, tensorType)])];
}
