import { createGraph, emitAll, input, type Shape, type Tensor } from '../graph/graph.ts';
import { buildModel } from '../graph/model.ts';

/** What {@link emitScan} runs. */
export interface ScanConfig {
  /** Tensors of the surrounding graph that every step reads whole. */
  readonly captured: readonly Tensor[];
  /** Values before the first step; each step turns them into those of the next. */
  readonly states: readonly Tensor[];
  /** [stepCount, ...shape]: step t sees element t of each. */
  readonly slices: readonly Tensor[];
  /**
   * Builds one step from stand-ins for the three kinds of input. Returns the next states, and outputs that are stacked
   * over the steps.
   */
  readonly step: (
    captured: readonly Tensor[],
    states: readonly Tensor[],
    slices: readonly Tensor[],
  ) => { readonly states: readonly Tensor[]; readonly outputs: readonly Tensor[] };
}

/**
 * An ONNX Scan without a tape entry: a loop whose steps run one after the other, so that what a step allocates is free
 * again for the next. Where nodes side by side would do, ONNX Runtime may run all their first halves before any second
 * half, and hold everything in between.
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
  // A body refers to tensors around it by name.
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
