import { Tensor as OrtTensor } from 'onnxruntime-node';
import { MatineeError } from '../error.ts';
import { hashString } from '../random.ts';
import { gradient } from './gradient.ts';
import { elementCount, type Graph, type Tensor } from './graph/graph.ts';
import { buildModel } from './graph/model.ts';
import { fillDropoutMask } from './operators/dropout.ts';
import { type AdamConfig, adamScalarNames, adamScalars, buildAdam, momentNames } from './optimizer.ts';
import { currentBuffers, findSlot, type ParameterState } from './parameters.ts';
import { createNativeSession, type Feeds, type SessionOptions, type TensorData, wrapTensor } from './session.ts';

/** Inputs of {@link createTrainStep}. */
export interface TrainStepConfig {
  /** Built with `training: true`. The gradients and Adam are appended to it. */
  readonly graph: Graph;
  /** A scalar of `graph`. */
  readonly loss: Tensor;
  /** Shared by all steps and evaluations of one model, for any batch shape. */
  readonly state: ParameterState;
  readonly adam?: AdamConfig;
  /** Parameters that are not trained; by default none. */
  readonly frozen?: (parameterName: string) => boolean;
  /** Further tensors to report, by name. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
  readonly session?: SessionOptions;
}

/** The result of one step. Its arrays are reused by the next step. */
export interface TrainStepResult {
  readonly loss: number;
  /** Norm of all gradients before clipping; NaN without clipping. */
  readonly gradientNorm: number;
  readonly metrics: Readonly<Record<string, TensorData>>;
}

/** One compiled batch shape: forward, backward and Adam in a single graph. */
export interface TrainStep {
  /** Number of nodes in the compiled graph, for logs and benchmarks. */
  readonly nodeCount: number;
  /**
   * Takes one optimiser step on `state`. Await it before the next step of any kind on the same state.
   *
   * @param feeds The graph's inputs, without dropout masks and Adam's scalars, which are added here.
   * @throws {MatineeError} `BAD_FEED` for a missing or misshapen input. After any error the state is unchanged.
   */
  run(feeds: Feeds, learningRate: number): Promise<TrainStepResult>;
  release(): Promise<void>;
}

/**
 * Compiles a training step.
 *
 * The session reads parameters and moments from the current buffer set of `state` and writes the updated ones directly
 * into the other set; then the sets switch roles. Steps with other batch shapes may run in between, because they share
 * the same buffers. Steps that train other parameters of the state may too, because each parameter switches
 * independently.
 *
 * @throws {MatineeError} `NO_GRADIENT` when the loss does not depend on a trained parameter; `UNKNOWN_PARAMETER` or
 * `SHAPE_MISMATCH` when `state` does not fit the graph.
 */
export async function createTrainStep(config: TrainStepConfig): Promise<TrainStep> {
  const { graph, loss, state, adam = {}, metrics = {} } = config;
  if (graph.floatType !== 'float32') throw new MatineeError('BAD_TYPE', 'a training graph must be float32');
  const dataInputs = [...graph.inputs.values()].filter(
    (tensor) => !graph.dropoutMasks.some((mask) => mask.tensor === tensor),
  );
  const parameters = [...graph.parameters.values()].map(({ tensor }) => tensor);
  const trained = parameters.filter(({ name }) => !config.frozen?.(name));
  const { updates, gradientNorm } = buildAdam(trained, gradient(loss, trained), adam);
  const outputs: Record<string, Tensor> = { loss };
  if (gradientNorm) outputs['gradientNorm'] = gradientNorm;
  for (const [name, tensor] of Object.entries(metrics)) outputs[`metric/${name}`] = tensor;
  const reported = Object.entries(outputs);
  for (const update of updates) {
    const { name } = update.parameter;
    outputs[nextName(name)] = update.nextValue;
    outputs[nextName(momentNames.first(name))] = update.nextFirstMoment;
    outputs[nextName(momentNames.second(name))] = update.nextSecondMoment;
  }
  const model = buildModel(graph, outputs);
  const usedInputs = new Set(model.inputs.map((value) => value.name));
  const slots = parameters
    .filter(({ name }) => usedInputs.has(name))
    .map((tensor) => ({ name: tensor.name, slot: findSlot(state, tensor), isTrained: trained.includes(tensor) }));
  const native = await createNativeSession(model, config.session ?? {});

  const masks = graph.dropoutMasks
    .filter(({ tensor }) => usedInputs.has(tensor.name))
    .map(({ tensor, keepProbability }) => {
      const data = new Float32Array(elementCount(tensor.shape));
      return { name: tensor.name, keepProbability, data, native: new OrtTensor('float32', data, tensor.shape) };
    });
  const scalars = adamScalarNames.map((name) => ({ name, native: new OrtTensor('float32', new Float32Array(1), []) }));
  const reports = Object.fromEntries(reported.map(([name, tensor]) => [name, allocateReport(name, tensor)] as const));

  return {
    nodeCount: model.nodes.length,
    async run(feeds, learningRate) {
      const step = state.step + 1;
      const allFeeds: Record<string, OrtTensor> = {};
      const fetches: Record<string, OrtTensor> = { ...reports };
      for (const { name, slot, isTrained } of slots) {
        const { value, firstMoment, secondMoment } = currentBuffers(slot);
        allFeeds[name] = value;
        if (!isTrained) continue;
        allFeeds[momentNames.first(name)] = firstMoment;
        allFeeds[momentNames.second(name)] = secondMoment;
        const next = slot.buffers[1 - slot.current];
        fetches[nextName(name)] = next.value;
        fetches[nextName(momentNames.first(name))] = next.firstMoment;
        fetches[nextName(momentNames.second(name))] = next.secondMoment;
      }
      for (const { name, dataType, shape } of dataInputs) {
        if (usedInputs.has(name)) allFeeds[name] = wrapTensor(name, feeds[name], dataType, shape);
      }
      for (const mask of masks) {
        fillDropoutMask(mask.data, mask.keepProbability, hashString(`${state.seed}/${step}/${mask.name}`));
        allFeeds[mask.name] = mask.native;
      }
      adamScalars(adam, learningRate, step).forEach((value, index) => {
        const { name, native: scalar } = scalars[index];
        (scalar.data as Float32Array)[0] = value;
        if (usedInputs.has(name)) allFeeds[name] = scalar; // without weight decay one of them is unused
      });
      await native.run(allFeeds, fetches);
      for (const { slot, isTrained } of slots) if (isTrained) slot.current = slot.current === 0 ? 1 : 0;
      state.step = step;
      return {
        loss: Number(reports['loss'].data[0]),
        gradientNorm: Number(reports['gradientNorm']?.data[0] ?? Number.NaN),
        metrics: Object.fromEntries(
          Object.keys(metrics).map((name) => [name, reports[`metric/${name}`].data as TensorData]),
        ),
      };
    },
    release: () => native.release(),
  };
}

function nextName(name: string): string {
  return `next/${name}`;
}

function allocateReport(name: string, tensor: Tensor): OrtTensor {
  if (tensor.dataType !== 'float32') {
    throw new MatineeError('BAD_TYPE', `metric '${name}' must be float32; got ${tensor.dataType}`);
  }
  return new OrtTensor('float32', new Float32Array(elementCount(tensor.shape)), tensor.shape);
}
