import { MatineeError } from '../error.ts';
import type { Graph, Tensor } from './graph/graph.ts';
import { buildModel } from './graph/model.ts';
import {
  encodeOnnxModel,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
} from './graph/onnx-encoding.ts';
import type { NamedTensor } from './parameters.ts';

/**
 * Writes a self-contained `.onnx` file of the part of `graph` that computes `outputs`.
 *
 * Weights are embedded. The file uses opset 17 and standard operators only, so that any ONNX runtime can load it.
 *
 * @param graph Built with `training: false`, in the batch shape to serve.
 * @param values Parameter values by name; see `copyParameterValues`.
 * @param options.rowAxis Name of the first axis of all inputs and outputs, which may then have any size. Only for
 * graphs that compute every row independently and do not reshape that axis.
 * @throws {MatineeError} `BAD_GRAPH` for a training graph, `UNKNOWN_PARAMETER` when a needed parameter has no value,
 * `SHAPE_MISMATCH` when one does not fit.
 */
export function exportInference(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  values: ReadonlyMap<string, NamedTensor>,
  options: { readonly rowAxis?: string } = {},
): Uint8Array {
  if (graph.training) throw new MatineeError('BAD_GRAPH', 'exportInference: build the graph with training: false');
  const embedded = new Map([...values].map(([name, { data }]) => [name, data]));
  const model = buildModel(graph, outputs, embedded);
  for (const { name } of model.inputs) {
    if (graph.parameters.has(name)) {
      throw new MatineeError('UNKNOWN_PARAMETER', `exportInference: no value for parameter '${name}'`);
    }
  }
  for (const { name, shape, data } of model.initializers) {
    const bytesPerElement = graph.parameters.has(name) ? 4 : 0;
    if (bytesPerElement && data.length !== bytesPerElement * shape.reduce((product, size) => product * size, 1)) {
      throw new MatineeError('SHAPE_MISMATCH', `exportInference: '${name}' should be [${shape.join(', ')}]`);
    }
  }
  const standard = lowerToStandard(model, graph);
  const { rowAxis } = options;
  return encodeOnnxModel(rowAxis === undefined ? standard : nameRows(standard, rowAxis));
}

/** Makes the first axis of inputs and outputs symbolic, so that it can have any size. */
function nameRows(model: OnnxModel, axis: string): OnnxModel {
  const named = (value: OnnxValue): OnnxValue => ({ ...value, shape: [axis, ...value.shape.slice(1)] });
  return { ...model, inputs: model.inputs.map(named), outputs: model.outputs.map(named) };
}

/** Replaces FusedMatMul, the only non-standard operator used in training, by Transpose, MatMul and Mul. */
function lowerToStandard(model: OnnxModel, graph: Graph): OnnxModel {
  const initializers: OnnxInitializer[] = [...model.initializers];
  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    if (node.opType !== 'FusedMatMul') return [node];
    const flag = (name: string): boolean => (node.attributes[name] as { int: number }).int === 1;
    const alpha = (node.attributes['alpha'] as { float: number }).float;
    const [output] = node.outputs;
    const lowered: OnnxNode[] = [];
    const operands = node.inputs.map((name, position) => {
      if (!flag(position === 0 ? 'transA' : 'transB')) return name;
      const rank = graph.tensors.get(name)?.shape.length ?? 0;
      const permutation = Array.from({ length: rank }, (_, axis) => axis);
      permutation.push(...permutation.splice(-2).reverse());
      const transposed = `${output}_operand${position}`;
      lowered.push({
        opType: 'Transpose',
        inputs: [name],
        outputs: [transposed],
        attributes: { perm: { ints: permutation } },
      });
      return transposed;
    });
    if (alpha === 1) return [...lowered, { opType: 'MatMul', inputs: operands, outputs: [output], attributes: {} }];
    const factor = `${output}_alpha`;
    const data = new Uint8Array(Float32Array.of(alpha).buffer);
    initializers.push({ name: factor, dataType: 'float32', shape: [], data });
    return [
      ...lowered,
      { opType: 'MatMul', inputs: operands, outputs: [`${output}_product`], attributes: {} },
      { opType: 'Mul', inputs: [`${output}_product`, factor], outputs: [output], attributes: {} },
    ];
  });
  return { ...model, nodes, initializers };
}
