import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { MatineeError } from '../error.ts';
import { elementCount, type FloatType, formatShape, type Graph, type Shape, type Tensor } from './graph/graph.ts';
import { buildModel } from './graph/model.ts';
import { type DataType, encodeOnnxModel, type OnnxModel } from './graph/onnx-encoding.ts';

/** How a session uses threads and memory. */
export interface SessionOptions {
  /** Threads per operator. The default of ONNX Runtime is one per physical core. */
  readonly threadCount?: number;
  /**
   * Whether idle threads spin while they wait for the next operator. Default false.
   *
   * Spinning helps only on otherwise idle cores. A training step took 49 ms with and 53 ms without it on two idle
   * cores, but 367 and 104 ms on two busy ones.
   */
  readonly spinning?: boolean;
  /** Whether memory freed by a run is kept for the next one, as training needs it. Default true. */
  readonly keepsMemory?: boolean;
}

/**
 * Options for serving requests.
 *
 * A request is small: several threads would wait for each other longer than they compute. Many sessions are open, so
 * they do not keep the memory of a run. In a trial this saved 50 MB for a V4 release and cost no speed.
 */
export const SERVING_SESSION: SessionOptions = { threadCount: 1, keepsMemory: false };

/** Numbers of a tensor outside a graph. bool and uint8 share Uint8Array. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Input numbers by input name. */
export type Feeds = Readonly<Record<string, TensorData>>;

/** A compiled graph. */
export interface Session {
  /**
   * Computes the outputs. The work runs on the calling thread and ONNX Runtime's pool, not in the background.
   *
   * @throws {MatineeError} `BAD_FEED` when an input is missing or has the wrong type or length.
   */
  run(feeds: Feeds): Promise<Record<string, TensorData>>;
  /** Frees native memory; the session cannot run afterwards. */
  release(): Promise<void>;
}

/**
 * Compiles the part of `graph` that computes `outputs`.
 *
 * @param embedded Values of parameters that do not change. They are compiled in, so that ONNX Runtime can lay them out
 * for its kernels; every session holds a copy. Other parameters are fed like inputs.
 */
export async function createSession(
  graph: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  options: SessionOptions = {},
  embedded: ReadonlyMap<string, Float32Array> = new Map(),
): Promise<Session> {
  const model = buildModel(graph, outputs, embedded);
  const native = await createNativeSession(model, options, graph.floatType);
  return {
    async run(feeds) {
      const wrapped: Record<string, OrtTensor> = {};
      for (const { name, dataType, shape } of model.inputs) {
        wrapped[name] = wrapTensor(name, feeds[name], dataType, shape as Shape);
      }
      const results = await native.run(wrapped);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]));
    },
    release: () => native.release(),
  };
}

/** Creates an ONNX Runtime session for a model. */
export async function createNativeSession(
  model: OnnxModel,
  options: SessionOptions,
  floatType: FloatType = 'float32',
): Promise<InferenceSession> {
  return InferenceSession.create(encodeOnnxModel(model), {
    // Fusions of higher levels produce operators that support only float32.
    graphOptimizationLevel: floatType === 'float64' ? 'basic' : 'all',
    enableCpuMemArena: options.keepsMemory ?? true,
    ...(options.threadCount ? { intraOpNumThreads: options.threadCount } : {}),
    extra: { session: { intra_op: { allow_spinning: options.spinning ? '1' : '0' } } },
    // Failures are thrown, so they need not be printed as well.
    logSeverityLevel: 4,
  });
}

/** Wraps an array as a native tensor; the memory is shared, not copied. */
export function wrapTensor(name: string, data: TensorData | undefined, dataType: DataType, shape: Shape): OrtTensor {
  const expected = arrayTypes[dataType];
  if (!(data instanceof expected)) {
    const got = data === undefined ? 'nothing' : data.constructor.name;
    throw new MatineeError('BAD_FEED', `input '${name}' takes a ${expected.name} (${dataType}); got ${got}`);
  }
  if (data.length !== elementCount(shape)) {
    throw new MatineeError('BAD_FEED', `input '${name}' is ${formatShape(shape)}; got ${data.length} values`);
  }
  return new OrtTensor(dataType, data as Float32Array, shape);
}

const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;
