/**
 * Writes ONNX models: the handful of protobuf messages a graph needs, encoded by hand.
 *
 * Seven message types and three wire types do not justify a protobuf dependency with generated code: the whole
 * format is below. Field numbers are those of `onnx/onnx.proto` (ONNX IR version 8, opset 17); the encoding rules are
 * https://protobuf.dev/programming-guides/encoding.
 */
import { encodeText } from './text.ts';

/** Element types in use, by their ONNX `TensorProto.DataType` number. */
const dataTypeNumbers = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** Element type of a tensor. */
export type DataType = keyof typeof dataTypeNumbers;

/** A node attribute; the tag keeps integers and floats apart, which JavaScript numbers do not. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  /** The body of a control-flow operator, and the tensors of the graph around it that it reads by name. */
  | { readonly graph: OnnxModel; readonly captures: readonly string[] };

/** One operator application; tensors are referred to by name. An empty input name means "left out". */
export interface OnnxNode {
  readonly opType: string;
  /** Empty for the standard ONNX operators. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Tensors a node reads by name in the bodies among its attributes. */
export function tensorsCaptured(node: OnnxNode): string[] {
  return Object.values(node.attributes).flatMap((value) => ('graph' in value ? value.captures : []));
}

/** A graph input or output. A string dimension is symbolic: any size, equal wherever the name repeats. */
export interface OnnxValue {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly (number | string)[];
}

/** A tensor stored inside the model. `data` is its little-endian bytes, row-major. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What {@link encodeOnnxModel} writes. Nodes must be in topological order. */
export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

/** The standard operator set all models declare. 17 is the first with LayerNormalization and scatter-add. */
const ONNX_OPSET = 17;
const ONNX_IR_VERSION = 8;

/** Domain of ONNX Runtime's own operators; used while training, never in an exported model. */
export const MICROSOFT_DOMAIN = 'com.microsoft';

/**
 * Serialises a model to the bytes of an `.onnx` file.
 *
 * The Microsoft domain is imported only when a node uses it. Tensor data is copied once, into the result.
 */
export function encodeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const usesMicrosoftDomain = model.nodes.some((node) => node.domain === MICROSOFT_DOMAIN);
  return join([
    varintField(1, ONNX_IR_VERSION),
    stringField(2, 'matinee'),
    bytesField(7, encodeGraph(model)),
    bytesField(8, [varintField(2, ONNX_OPSET)]),
    ...(usesMicrosoftDomain ? [bytesField(8, [stringField(1, MICROSOFT_DOMAIN), varintField(2, 1)])] : []),
  ]);
}

// A message under construction: byte chunks, possibly nested, joined once at the end so that large tensors are not
// copied at every level of nesting.
type Chunks = Uint8Array | readonly Chunks[];

function encodeGraph(model: OnnxModel): Chunks {
  return [
    ...model.nodes.map((node) => bytesField(1, encodeNode(node))),
    stringField(2, model.name),
    ...model.initializers.map((initializer) => bytesField(5, encodeInitializer(initializer))),
    ...model.inputs.map((value) => bytesField(11, encodeValueInfo(value))),
    ...model.outputs.map((value) => bytesField(12, encodeValueInfo(value))),
  ];
}

function encodeNode(node: OnnxNode): Chunks {
  return [
    ...node.inputs.map((name) => stringField(1, name)),
    ...node.outputs.map((name) => stringField(2, name)),
    stringField(4, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) => bytesField(5, encodeAttribute(name, value))),
    ...(node.domain ? [stringField(7, node.domain)] : []),
  ];
}

function encodeAttribute(name: string, value: AttributeValue): Chunks {
  // AttributeProto.type: 1 FLOAT, 2 INT, 3 STRING, 5 GRAPH, 7 INTS.
  if ('float' in value) return [stringField(1, name), floatField(2, value.float), varintField(20, 1)];
  if ('int' in value) return [stringField(1, name), varintField(3, value.int), varintField(20, 2)];
  if ('string' in value) return [stringField(1, name), stringField(4, value.string), varintField(20, 3)];
  if ('graph' in value) return [stringField(1, name), bytesField(6, encodeGraph(value.graph)), varintField(20, 5)];
  return [stringField(1, name), ...value.ints.map((integer) => varintField(8, integer)), varintField(20, 7)];
}

function encodeInitializer({ name, dataType, shape, data }: OnnxInitializer): Chunks {
  return [
    ...shape.map((size) => varintField(1, size)),
    varintField(2, dataTypeNumbers[dataType]),
    stringField(8, name),
    bytesField(9, data),
  ];
}

function encodeValueInfo({ name, dataType, shape }: OnnxValue): Chunks {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? varintField(1, size) : stringField(2, size)),
  );
  const tensorType = [varintField(1, dataTypeNumbers[dataType]), bytesField(2, dimensions)];
  return [stringField(1, name), bytesField(2, bytesField(1, tensorType))];
}

function stringField(field: number, text: string): Chunks {
  return bytesField(field, encodeText(text));
}

function bytesField(field: number, payload: Chunks): Chunks {
  return [encodeVarint(field * 8 + 2), encodeVarint(byteLength(payload)), payload];
}

function varintField(field: number, value: number): Chunks {
  return [encodeVarint(field * 8), encodeVarint(value)];
}

function floatField(field: number, value: number): Chunks {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [encodeVarint(field * 8 + 5), bytes];
}

/** Base-128, least significant group first; negative numbers as 64-bit two's complement (always ten bytes). */
function encodeVarint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? group | 0x80 : group);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function byteLength(chunks: Chunks): number {
  if (chunks instanceof Uint8Array) return chunks.length;
  let length = 0;
  for (const chunk of chunks) length += byteLength(chunk);
  return length;
}

function join(chunks: Chunks): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(byteLength(chunks));
  let offset = 0;
  const append = (part: Chunks): void => {
    if (part instanceof Uint8Array) {
      joined.set(part, offset);
      offset += part.length;
    } else {
      for (const chunk of part) append(chunk);
    }
  };
  append(chunks);
  return joined;
}
