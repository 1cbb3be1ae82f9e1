import { Tensor as OrtTensor } from 'onnxruntime-node';
import { MatineeError } from '../error.ts';
import { hashString } from '../random.ts';
import { gradient } from './gradient.ts';
import { elementCount, type Graph, type Tensor } from './graph/graph.ts';
import { buildModel } from './graph/model.ts';
import { fillDropoutMask } from './operators/dropout.ts';
import {
  type AdamConfig,
  adamScalarNames,
  adamScalars,
  buildAdam,
  momentNames,
  type ParameterUpdate,
} from './optimizer.ts';
import { currentBuffers, findSlot, type ParameterSlot, type ParameterState } from './parameters.ts';
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
  const reported: Record<string, Tensor> = { loss };
  if (gradientNorm) reported['gradientNorm'] = gradientNorm;
  for (const [name, tensor] of Object.entries(metrics)) reported[`metric/${name}`] = tensor;
  const model = buildModel(graph, { ...reported, ...updateOutputs(updates) });
  const usedInputs = new Set(model.inputs.map((value) => value.name));
  const slots = parameters
    .filter(({ name }) => usedInputs.has(name))
    .map((tensor) => ({ name: tensor.name, slot: findSlot(state, tensor), isTrained: trained.includes(tensor) }));
  const native = await createNativeSession(model, config.session ?? {});
  const fillMasks = allocateMasks(graph, usedInputs);
  const fillScalars = allocateScalars(adam, usedInputs);
  const reports = Object.fromEntries(
    Object.entries(reported).map(([name, tensor]) => [name, allocateReport(name, tensor)] as const),
  );

  return {
    nodeCount: model.nodes.length,
    async run(feeds, learningRate) {
      const step = state.step + 1;
      const allFeeds: Record<string, OrtTensor> = {};
      const fetches: Record<string, OrtTensor> = { ...reports };
      for (const slot of slots) bindSlot(slot, allFeeds, fetches);
      for (const { name, dataType, shape } of dataInputs) {
        if (usedInputs.has(name)) allFeeds[name] = wrapTensor(name, feeds[name], dataType, shape);
      }
      fillMasks(state.seed, step, allFeeds);
      fillScalars(learningRate, step, allFeeds);
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

/** A parameter that the compiled graph reads. */
interface BoundSlot {
  readonly name: string;
  readonly slot: ParameterSlot;
  readonly isTrained: boolean;
}

type MutableFeeds = Record<string, OrtTensor>;

/** Returns the updated parameters and moments by output name. */
function updateOutputs(updates: readonly ParameterUpdate[]): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const { parameter, nextValue, nextFirstMoment, nextSecondMoment } of updates) {
    outputs[nextName(parameter.name)] = nextValue;
    outputs[nextName(momentNames.first(parameter.name))] = nextFirstMoment;
    outputs[nextName(momentNames.second(parameter.name))] = nextSecondMoment;
  }
  return outputs;
}

/** Feeds the current buffers of a parameter, and fetches its update into the other set. */
function bindSlot({ name, slot, isTrained }: BoundSlot, feeds: MutableFeeds, fetches: MutableFeeds): void {
  const { value, firstMoment, secondMoment } = currentBuffers(slot);
  feeds[name] = value;
  if (!isTrained) return;
  feeds[momentNames.first(name)] = firstMoment;
  feeds[momentNames.second(name)] = secondMoment;
  const next = slot.buffers[1 - slot.current];
  fetches[nextName(name)] = next.value;
  fetches[nextName(momentNames.first(name))] = next.firstMoment;
  fetches[nextName(momentNames.second(name))] = next.secondMoment;
}

/** Allocates the dropout masks; the returned function fills and feeds them. */
function allocateMasks(graph: Graph, usedInputs: ReadonlySet<string>) {
  const masks = graph.dropoutMasks
    .filter(({ tensor }) => usedInputs.has(tensor.name))
    .map(({ tensor, keepProbability }) => {
      const data = new Float32Array(elementCount(tensor.shape));
      return { name: tensor.name, keepProbability, data, native: new OrtTensor('float32', data, tensor.shape) };
    });
  return (seed: number, step: number, feeds: MutableFeeds): void => {
    for (const { name, keepProbability, data, native } of masks) {
      fillDropoutMask(data, keepProbability, hashString(`${seed}/${step}/${name}`));
      feeds[name] = native;
    }
  };
}

/** Allocates Adam's scalars; the returned function fills and feeds them. */
function allocateScalars(adam: AdamConfig, usedInputs: ReadonlySet<string>) {
  const scalars = adamScalarNames.map((name) => ({ name, native: new OrtTensor('float32', new Float32Array(1), []) }));
  return (learningRate: number, step: number, feeds: MutableFeeds): void => {
    adamScalars(adam, learningRate, step).forEach((value, index) => {
      const { name, native } = scalars[index];
      (native.data as Float32Array)[0] = value;
      if (usedInputs.has(name)) feeds[name] = native; // without weight decay one of them is unused
    });
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
