import { MatineeError } from '../../error.ts';
import type { Graph, Tensor } from './graph.ts';
import {
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  tensorsCaptured,
} from './onnx-encoding.ts';

/**
 * Builds an ONNX model that computes `outputs` under the given names, and nothing else.
 *
 * Nodes, constants and inputs that no output needs are left out, so one graph can be used for a training step, an
 * evaluation and an export.
 *
 * @param embedded Parameter values to store in the model. Parameters without a value become inputs.
 * @throws {MatineeError} `BAD_GRAPH` when an output belongs to another graph or has the name of a tensor.
 */
export function buildModel(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  embedded: ReadonlyMap<string, Float32Array | Float64Array> = new Map(),
): OnnxModel {
  const renamed = new Map<string, string>(); // tensor name → output name
  const copies: OnnxNode[] = [];
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const captured = new Set(graph.nodes.flatMap(tensorsCaptured));
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.graph !== graph) throw new MatineeError('BAD_GRAPH', `output '${name}' belongs to another graph`);
    if (graph.tensors.has(name)) throw new MatineeError('BAD_GRAPH', `output name '${name}' is taken by a tensor`);
    // Inputs, parameters and constants keep their names, and so do tensors that a loop body reads by name.
    const isFree = computed.has(tensor.name) && !captured.has(tensor.name) && !renamed.has(tensor.name);
    if (isFree) renamed.set(tensor.name, name);
    else copies.push({ opType: 'Identity', inputs: [tensor.name], outputs: [name], attributes: {} });
  }
  const final = (name: string): string => renamed.get(name) ?? name;
  const { nodes, used } = reachableNodes(graph, Object.values(outputs));

  const inputs: OnnxValue[] = [...graph.inputs.values()].filter((tensor) => used.has(tensor.name));
  const initializers: OnnxInitializer[] = [];
  for (const { tensor } of graph.parameters.values()) {
    if (!used.has(tensor.name)) continue;
    const values = embedded.get(tensor.name);
    if (values) {
      const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      initializers.push({ ...tensor, data });
    } else {
      inputs.push(tensor);
    }
  }
  for (const { tensor, data } of graph.constants.values()) {
    if (used.has(tensor.name)) initializers.push({ ...tensor, data });
  }
  return {
    name: 'matinee',
    nodes: [
      ...nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(final),
        outputs: node.outputs.map(final),
      })),
      ...copies.map((node) => ({ ...node, inputs: node.inputs.map(final) })),
    ],
    inputs,
    outputs: Object.entries(outputs).map(([name, { dataType, shape }]) => ({ name, dataType, shape })),
    initializers,
  };
}

function reachableNodes(graph: Graph, outputs: readonly Tensor[]): { nodes: OnnxNode[]; used: Set<string> } {
  const used = new Set(outputs.map((tensor) => tensor.name));
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => used.has(name))) continue;
    nodes.push(node);
    for (const name of [...node.inputs, ...tensorsCaptured(node)]) used.add(name);
  }
  return { nodes: nodes.reverse(), used };
}
