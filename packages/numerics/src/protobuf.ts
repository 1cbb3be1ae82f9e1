/**
 * The parts of the Protocol Buffers wire format that an ONNX file needs. A message is a list of fields; each function
 * returns one field.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { encodeText } from './text.ts';

/**
 * A message under construction: byte chunks, possibly nested. They are joined once at the end, so that large tensors
 * are not copied at every level of nesting.
 */
export type ProtobufChunks = Uint8Array | readonly ProtobufChunks[];

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

export function stringField(field: number, text: string): ProtobufChunks {
  return bytesField(field, encodeText(text));
}

/** A field of bytes or of a nested message. */
export function bytesField(field: number, payload: ProtobufChunks): ProtobufChunks {
  return [encodeVarint(field * 8 + LENGTH_DELIMITED), encodeVarint(byteLength(payload)), payload];
}

/** A whole number from −2^53 to 2^53. */
export function varintField(field: number, value: number): ProtobufChunks {
  return [encodeVarint(field * 8 + VARINT), encodeVarint(value)];
}

/** A packed list of whole numbers. */
export function packedVarintsField(field: number, values: Iterable<number>): ProtobufChunks {
  return bytesField(field, Array.from(values, encodeVarint));
}

export function floatField(field: number, value: number): ProtobufChunks {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [encodeVarint(field * 8 + FIXED_32), bytes];
}

/** Joins the chunks of a message. */
export function joinProtobuf(chunks: ProtobufChunks): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(byteLength(chunks));
  let offset = 0;
  const append = (part: ProtobufChunks): void => {
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

/**
 * Encodes a number in base 128, least significant group first; negative numbers as 64-bit two's complement (ten bytes).
 */
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

function byteLength(chunks: ProtobufChunks): number {
  if (chunks instanceof Uint8Array) return chunks.length;
  let length = 0;
  for (const chunk of chunks) length += byteLength(chunk);
  return length;
}
