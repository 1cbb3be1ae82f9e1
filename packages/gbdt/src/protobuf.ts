/**
 * The few parts of the Protocol Buffers wire format that an ONNX file needs. A message is a list of fields; each helper
 * returns the bytes of one field.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export type Bytes = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;

const encoder = new TextEncoder();

/** Whole numbers from −2^53 to 2^53; negative ones take ten bytes, as int64 does. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return bytes;
}

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

export function integerField(field: number, value: number): Bytes {
  return Uint8Array.from([...tag(field, VARINT), ...varint(value)]);
}

export function bytesField(field: number, content: Bytes): Bytes {
  return concatBytes([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(content.length)]), content]);
}

export function textField(field: number, text: string): Bytes {
  return bytesField(field, encoder.encode(text));
}

export function messageField(field: number, fields: readonly Bytes[]): Bytes {
  return bytesField(field, concatBytes(fields));
}

/** A packed list of integers. */
export function integersField(field: number, values: Iterable<number>): Bytes {
  const content: number[] = [];
  for (const value of values) for (const byte of varint(value)) content.push(byte);
  return bytesField(field, Uint8Array.from(content));
}

export function concatBytes(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
