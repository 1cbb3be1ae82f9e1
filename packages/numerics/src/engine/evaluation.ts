import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, Tensor } from './graph.ts';
import { buildModel } from './model.ts';
import { currentBuffers, type ParameterState } from './parameters.ts';
import { createNativeSession, type Feeds, type SessionOptions, type TensorData, wrapTensor } from './session.ts';

/** A compiled forward pass over the parameters of a {@link ParameterState}. */
export interface Evaluation {
  /** Computes the outputs with the newest parameters. @throws {MatineeError} `BAD_FEED`. */
  run(feeds: Feeds): Promise<Record<string, TensorData>>;
  release(): Promise<void>;
}

/**
 * Compiles a forward pass that reads the parameters being trained, without a copy. Build `graph` with
 * `training: false` to leave dropout out.
 */
export async function createEvaluation(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  state: ParameterState,
  options: SessionOptions = {},
): Promise<Evaluation> {
  const model = buildModel(graph, outputs);
  const native = await createNativeSession(model, options);
  return {
    async run(feeds) {
      const wrapped: Record<string, OrtTensor> = {};
      for (const { name } of model.inputs) {
        const declared = graph.inputs.get(name);
        wrapped[name] = declared
          ? wrapTensor(name, feeds[name], declared.dataType, declared.shape)
          : currentBuffers(state, name).value;
      }
      const results = await native.run(wrapped);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]));
    },
    release: () => native.release(),
  };
}
