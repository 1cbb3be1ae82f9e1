import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, Tensor } from './graph/graph.ts';
import { buildModel } from './graph/model.ts';
import { currentBuffers, findSlot, type ParameterState } from './parameters.ts';
import { createNativeSession, type Feeds, type SessionOptions, type TensorData, wrapTensor } from './session.ts';

/** A compiled forward pass over the parameters of a {@link ParameterState}. */
export interface Evaluation {
  /** Computes the outputs with the newest parameters. @throws {MatineeError} `BAD_FEED` as in training. */
  run(feeds: Feeds): Promise<Record<string, TensorData>>;
  release(): Promise<void>;
}

/**
 * Compiles a forward pass that reads the parameters being trained, without a copy.
 *
 * Build `graph` with `training: false` to leave out dropout.
 *
 * @throws {MatineeError} `UNKNOWN_PARAMETER` or `SHAPE_MISMATCH` when `state` does not fit the graph.
 */
export async function createEvaluation(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  state: ParameterState,
  options: SessionOptions = {},
): Promise<Evaluation> {
  const model = buildModel(graph, outputs);
  const slots = new Map([...graph.parameters].map(([name, { tensor }]) => [name, findSlot(state, tensor)]));
  const native = await createNativeSession(model, options);
  return {
    async run(feeds) {
      const wrapped: Record<string, OrtTensor> = {};
      for (const { name } of model.inputs) {
        const slot = slots.get(name);
        const declared = graph.inputs.get(name);
        if (slot) wrapped[name] = currentBuffers(slot).value;
        else if (declared) wrapped[name] = wrapTensor(name, feeds[name], declared.dataType, declared.shape);
      }
      const results = await native.run(wrapped);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]));
    },
    release: () => native.release(),
  };
}
