/**
 * Writes ONNX models: encodes the few protobuf messages that a graph needs.
 *
 * Seven message types and three wire types (`protobuf.ts`) do not justify a protobuf dependency with generated code.
 * Field numbers are those of `onnx/onnx.proto` (ONNX IR version 8, opset 17).
 */
import { bytesField, floatField, joinProtobuf, type ProtobufChunks, stringField, varintField } from '../../protobuf.ts';

/** Supported element types, by their ONNX `TensorProto.DataType` number. */
const dataTypeNumbers = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** Element type of a tensor. */
export type DataType = keyof typeof dataTypeNumbers;

/** A node attribute. The tag distinguishes integers from floats, which JavaScript numbers do not. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  /** The body of a control-flow operator, and the tensors of the surrounding graph that it reads by name. */
  | { readonly graph: OnnxModel; readonly captures: readonly string[] };

/** One application of an operator. Tensors are referred to by name; an empty input name means "omitted". */
export interface OnnxNode {
  readonly opType: string;
  /** Empty for the standard ONNX operators. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Returns the tensors that a node reads by name in its graph attributes. */
export function tensorsCaptured(node: OnnxNode): string[] {
  return Object.values(node.attributes).flatMap((value) => ('graph' in value ? value.captures : []));
}

/** A graph input or output. A string dimension is symbolic: any size, equal wherever the name occurs. */
export interface OnnxValue {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly (number | string)[];
}

/** A tensor stored in the model. `data` is its bytes, little-endian and row-major. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The input of {@link encodeOnnxModel}. Nodes must be in topological order. */
export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

/** The standard operator set of all models. 17 is the first with LayerNormalization and scatter-add. */
const ONNX_OPSET = 17;
const ONNX_IR_VERSION = 8;

/** Domain of ONNX Runtime's own operators. Used in training, never in an exported model. */
export const MICROSOFT_DOMAIN = 'com.microsoft';

/**
 * Serialises a model to the bytes of an `.onnx` file.
 *
 * The Microsoft domain is imported only when a node uses it. Tensor data is copied once, into the result.
 */
export function encodeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const usesMicrosoftDomain = model.nodes.some((node) => node.domain === MICROSOFT_DOMAIN);
  return joinProtobuf([
    varintField(1, ONNX_IR_VERSION),
    stringField(2, 'matinee'),
    bytesField(7, encodeGraph(model)),
    bytesField(8, [varintField(2, ONNX_OPSET)]),
    ...(usesMicrosoftDomain ? [bytesField(8, [stringField(1, MICROSOFT_DOMAIN), varintField(2, 1)])] : []),
  ]);
}

function encodeGraph(model: OnnxModel): ProtobufChunks {
  return [
    ...model.nodes.map((node) => bytesField(1, encodeNode(node))),
    stringField(2, model.name),
    ...model.initializers.map((initializer) => bytesField(5, encodeInitializer(initializer))),
    ...model.inputs.map((value) => bytesField(11, encodeValueInfo(value))),
    ...model.outputs.map((value) => bytesField(12, encodeValueInfo(value))),
  ];
}

function encodeNode(node: OnnxNode): ProtobufChunks {
  return [
    ...node.inputs.map((name) => stringField(1, name)),
    ...node.outputs.map((name) => stringField(2, name)),
    stringField(4, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) => bytesField(5, encodeAttribute(name, value))),
    ...(node.domain ? [stringField(7, node.domain)] : []),
  ];
}

function encodeAttribute(name: string, value: AttributeValue): ProtobufChunks {
  // AttributeProto.type: 1 FLOAT, 2 INT, 3 STRING, 5 GRAPH, 7 INTS.
  if ('float' in value) return [stringField(1, name), floatField(2, value.float), varintField(20, 1)];
  if ('int' in value) return [stringField(1, name), varintField(3, value.int), varintField(20, 2)];
  if ('string' in value) return [stringField(1, name), stringField(4, value.string), varintField(20, 3)];
  if ('graph' in value) return [stringField(1, name), bytesField(6, encodeGraph(value.graph)), varintField(20, 5)];
  return [stringField(1, name), ...value.ints.map((integer) => varintField(8, integer)), varintField(20, 7)];
}

function encodeInitializer({ name, dataType, shape, data }: OnnxInitializer): ProtobufChunks {
  return [
    ...shape.map((size) => varintField(1, size)),
    varintField(2, dataTypeNumbers[dataType]),
    stringField(8, name),
    bytesField(9, data),
  ];
}

function encodeValueInfo({ name, dataType, shape }: OnnxValue): ProtobufChunks {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? varintField(1, size) : stringField(2, size)),
  );
  const tensorType = [varintField(1, dataTypeNumbers[dataType]), bytesField(2, dimensions)];
  return [stringField(1, name), bytesField(2, bytesField(1, tensorType))];
}
