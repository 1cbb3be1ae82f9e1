import { MatineeError } from '../../error.ts';
import type { Random } from '../../random.ts';
import { type AttributeValue, type DataType, MICROSOFT_DOMAIN, type OnnxNode } from './onnx-encoding.ts';

/** Sizes of a tensor, outermost first. `[]` is a scalar. All shapes are static: one graph has one batch shape. */
export type Shape = readonly number[];

/** Types that parameters may have. float64 is for checking gradients and runs at a third of the speed. */
export type FloatType = 'float32' | 'float64';

/** A symbolic tensor: a name with a shape and a type. It holds no numbers; those exist only while a session runs. */
export interface Tensor {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: Shape;
  readonly dataType: DataType;
}

/** Returns the initial values of a parameter. Each parameter has its own `random` stream, independent of the others. */
export type Initializer = (shape: Shape, random: Random) => Float32Array;

/** A learnable tensor, as declared by {@link parameter}. */
interface ParameterDeclaration {
  readonly tensor: Tensor;
  readonly initializer: Initializer;
}

/** A dropout mask, filled by `TrainStep` before every step. */
interface DropoutMask {
  readonly tensor: Tensor;
  /** Probability that an element survives, in (0, 1). */
  readonly keepProbability: number;
}

/** One application of a differentiable operator. The tape lists them in the order they were built. */
interface TapeEntry {
  readonly operator: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /**
   * Builds the gradients of `inputs` from those of `outputs` (undefined where the loss does not depend on one).
   *
   * May return undefined for an input without a gradient, such as indices. Unused gradients are never computed.
   */
  readonly backward: (outputGradients: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];
}

/**
 * A computation under construction: ONNX nodes in topological order, and the tape that `gradient` reads backwards.
 *
 * Operators are plain functions over {@link Tensor}s that append to the graph. Nothing is computed until a session runs
 * it.
 */
export interface Graph {
  /** Type of parameters and constants. */
  readonly floatType: FloatType;
  /** Whether dropout is active. False for evaluation and export. */
  readonly training: boolean;
  /**
   * Prefix of all tensor names except inputs and parameters; separates the names of a loop body from its surroundings.
   */
  readonly namePrefix: string;
  readonly nodes: OnnxNode[];
  readonly tape: TapeEntry[];
  readonly inputs: Map<string, Tensor>;
  readonly parameters: Map<string, ParameterDeclaration>;
  readonly dropoutMasks: DropoutMask[];
  readonly constants: Map<string, { readonly tensor: Tensor; readonly data: Uint8Array }>;
  /** All tensors by name, for passes that rewrite nodes and need shapes. */
  readonly tensors: Map<string, Tensor>;
}

/** Creates an empty graph. */
export function createGraph(options: { training?: boolean; floatType?: FloatType; namePrefix?: string } = {}): Graph {
  return {
    floatType: options.floatType ?? 'float32',
    training: options.training ?? false,
    namePrefix: options.namePrefix ?? '',
    nodes: [],
    tape: [],
    inputs: new Map(),
    parameters: new Map(),
    dropoutMasks: [],
    constants: new Map(),
    tensors: new Map(),
  };
}

/**
 * Declares a value that is fed at every run.
 *
 * @throws {MatineeError} `DUPLICATE_NAME` when the name is taken, `BAD_SHAPE` for a size that is not a positive
 * integer.
 */
export function input(graph: Graph, name: string, shape: Shape, dataType: DataType = graph.floatType): Tensor {
  const tensor = register(graph, name, shape, dataType);
  graph.inputs.set(name, tensor);
  return tensor;
}

/**
 * Declares a learnable tensor. A second call with the same name and shape returns the same tensor, so weights are tied
 * by name.
 *
 * @throws {MatineeError} `SHAPE_MISMATCH` when the name exists with another shape.
 */
export function parameter(graph: Graph, name: string, shape: Shape, initializer: Initializer): Tensor {
  const declared = graph.parameters.get(name);
  if (declared) {
    if (!sameShape(declared.tensor.shape, shape)) {
      throw shapeError(`parameter '${name}'`, 'was declared with another shape', declared.tensor.shape, shape);
    }
    return declared.tensor;
  }
  const tensor = register(graph, name, shape, graph.floatType);
  graph.parameters.set(name, { tensor, initializer });
  return tensor;
}

/** Stores fixed numbers in the graph, as floats by default. Equal constants are stored once. */
export function constant(
  graph: Graph,
  values: ArrayLike<number>,
  shape: Shape,
  dataType: DataType = graph.floatType,
): Tensor {
  if (values.length !== elementCount(shape)) {
    throw new MatineeError('SHAPE_MISMATCH', `constant: ${values.length} values do not fill ${formatShape(shape)}`);
  }
  const data = toBytes(values, dataType);
  const key = `${dataType}[${shape}]${constantKey(values, graph.constants.size)}`;
  const known = graph.constants.get(key);
  if (known) return known.tensor;
  const tensor = register(graph, `${graph.namePrefix}const${graph.constants.size}`, shape, dataType);
  graph.constants.set(key, { tensor, data });
  return tensor;
}

/** Returns a float scalar constant. */
export function scalar(graph: Graph, value: number): Tensor {
  return constant(graph, [value], []);
}

/** Returns a float constant with the same value everywhere. */
export function filled(graph: Graph, shape: Shape, value: number): Tensor {
  return constant(graph, new Float64Array(elementCount(shape)).fill(value), shape);
}

/** Appends an ONNX node with one output and no gradient. Operators are built from such nodes. */
export function emit(
  opType: string,
  inputs: readonly (Tensor | undefined)[],
  shape: Shape,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  dataType?: DataType,
): Tensor {
  return emitAll(opType, inputs, [shape], attributes, dataType)[0];
}

/** Like {@link emit}, for nodes with several outputs; `dataType` may give one type each. */
export function emitAll(
  opType: string,
  inputs: readonly (Tensor | undefined)[],
  shapes: readonly Shape[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  dataType?: DataType | readonly DataType[],
): Tensor[] {
  const first = inputs.find((tensor) => tensor !== undefined);
  if (!first) throw new MatineeError('BAD_GRAPH', `${opType}: needs at least one input`);
  const { graph } = first;
  for (const tensor of inputs) {
    if (tensor && tensor.graph !== graph) {
      throw new MatineeError('BAD_GRAPH', `${opType}: '${first.name}' and '${tensor.name}' belong to two graphs`);
    }
  }
  const id = graph.nodes.length;
  const outputs = shapes.map((shape, position) =>
    register(
      graph,
      `${graph.namePrefix}${opType}_${id}${position ? `_${position}` : ''}`,
      shape,
      (typeof dataType === 'string' ? dataType : dataType?.[position]) ?? first.dataType,
    ),
  );
  graph.nodes.push({
    opType,
    ...(opType === 'FusedMatMul' ? { domain: MICROSOFT_DOMAIN } : {}),
    inputs: inputs.map((tensor) => tensor?.name ?? ''),
    outputs: outputs.map((tensor) => tensor.name),
    attributes,
  });
  return outputs;
}

/** Adds an operator with one output to the tape and returns the output. */
export function record(
  operator: string,
  inputs: readonly Tensor[],
  output: Tensor,
  backward: (outputGradient: Tensor) => readonly (Tensor | undefined)[],
): Tensor {
  output.graph.tape.push({
    operator,
    inputs,
    outputs: [output],
    backward: ([outputGradient]) => backward(outputGradient as Tensor),
  });
  return output;
}

/** Returns the number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Returns whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Formats a shape for error messages: `[128, 50, 64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Returns the error for operands that do not fit; it names the operator and both shapes. */
export function shapeError(operator: string, problem: string, a: Shape, b: Shape): MatineeError {
  return new MatineeError('SHAPE_MISMATCH', `${operator}: ${problem}; got ${formatShape(a)} and ${formatShape(b)}`);
}

/** Converts a possibly negative axis to one in [0, rank). */
export function resolveAxis(operator: string, tensor: Tensor, axis: number): number {
  const rank = tensor.shape.length;
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new MatineeError('BAD_SHAPE', `${operator}: axis ${axis} is outside ${formatShape(tensor.shape)}`);
  }
  return resolved;
}

function register(graph: Graph, name: string, shape: Shape, dataType: DataType): Tensor {
  if (graph.tensors.has(name)) throw new MatineeError('DUPLICATE_NAME', `the graph has a tensor '${name}' already`);
  if (!shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new MatineeError('BAD_SHAPE', `'${name}': sizes must be positive integers; got ${formatShape(shape)}`);
  }
  const tensor = { graph, name, shape, dataType };
  graph.tensors.set(name, tensor);
  return tensor;
}

/**
 * Returns the key by which equal constants are shared.
 *
 * Axes, scalars and fills repeat throughout a gradient graph; other constants are treated as unique.
 */
function constantKey(values: ArrayLike<number>, unique: number): string {
  if (values.length <= 8) return Array.from(values).join();
  for (let position = 1; position < values.length; position++) {
    if (values[position] !== values[0]) return `unique${unique}`;
  }
  return `fill${values[0]}`;
}

function toBytes(values: ArrayLike<number>, dataType: DataType): Uint8Array {
  switch (dataType) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'float64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(values), BigInt).buffer);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
  }
}
