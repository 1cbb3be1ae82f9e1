import { createGraph, emitAll, input, type Shape, type Tensor } from '../graph/graph.ts';
import { buildModel } from '../graph/model.ts';

/** The loop of {@link emitScan}. */
export interface ScanConfig {
  /** Tensors of the surrounding graph that every step reads as a whole. */
  readonly captured: readonly Tensor[];
  /** Values before the first step; each step computes the values for the next. */
  readonly states: readonly Tensor[];
  /** [stepCount, ...shape]: step t reads element t of each. */
  readonly slices: readonly Tensor[];
  /**
   * Builds one step from placeholders for the three kinds of input.
   *
   * Returns the next states, and outputs that are stacked over the steps.
   */
  readonly step: (
    captured: readonly Tensor[],
    states: readonly Tensor[],
    slices: readonly Tensor[],
  ) => { readonly states: readonly Tensor[]; readonly outputs: readonly Tensor[] };
}

/**
 * An ONNX Scan without a tape entry: a loop whose steps run one after another.
 *
 * The memory of one step is therefore free for the next. With parallel nodes ONNX Runtime may run the first half of
 * each before the second half of any, and hold all intermediate results.
 *
 * @returns The states after the last step, and the stacked outputs [stepCount, ...shape].
 */
export function emitScan({ captured, states, slices, step }: ScanConfig): { states: Tensor[]; outputs: Tensor[] } {
  const { graph } = slices[0];
  const [stepCount] = slices[0].shape;
  const namePrefix = `${graph.namePrefix}scan${graph.nodes.length}.`;
  const inner = createGraph({ floatType: graph.floatType, namePrefix });
  const standIns = (kind: string, outer: readonly Tensor[], shape: (tensor: Tensor) => Shape): Tensor[] =>
    outer.map((tensor, index) => input(inner, `${namePrefix}${kind}${index}`, shape(tensor), tensor.dataType));
  const innerStates = standIns('state', states, (tensor) => tensor.shape);
  const innerSlices = standIns('slice', slices, (tensor) => tensor.shape.slice(1));
  // A loop body refers to surrounding tensors by name.
  const innerCaptured = captured.map(({ name, shape, dataType }) => input(inner, name, shape, dataType));
  const result = step(innerCaptured, innerStates, innerSlices);

  const results = [...result.states, ...result.outputs];
  const names = results.map((tensor, index) => [`${namePrefix}result${index}`, tensor] as const);
  const body = buildModel(inner, Object.fromEntries(names));
  const inputs = [...innerStates, ...innerSlices];
  const outputs = emitAll(
    'Scan',
    [...states, ...slices],
    [...result.states.map(({ shape }) => shape), ...result.outputs.map(({ shape }) => [stepCount, ...shape])],
    {
      body: { graph: { ...body, inputs }, captures: captured.map(({ name }) => name) },
      num_scan_inputs: { int: slices.length },
    },
    results.map(({ dataType }) => dataType),
  );
  return { states: outputs.slice(0, states.length), outputs: outputs.slice(states.length) };
}
