import { MatineeError } from '../error.ts';
import { decodeText, encodeText } from '../text.ts';
import { elementCount } from './graph/graph.ts';
import type { NamedTensor } from './parameters.ts';

/** Tensors by name, with free-form metadata. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes float32 tensors in the safetensors format.
 *
 * The file consists of the header's length as a little-endian 64-bit integer, a JSON header, and the raw numbers. Equal
 * input gives equal bytes. Python and Rust libraries can read the file.
 *
 * @see https://huggingface.co/docs/safetensors, "Format".
 */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array<ArrayBuffer> {
  const header: Record<string, HeaderEntry | Record<string, string>> = { __metadata__: { ...metadata } };
  let dataLength = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [dataLength, dataLength + data.byteLength] };
    dataLength += data.byteLength;
  }
  let json = JSON.stringify(header);
  // Padding the header to 8 bytes keeps every tensor aligned for readers that memory-map the file.
  while ((8 + encodeText(json).length) % 8 !== 0) json += ' ';
  const headerBytes = encodeText(json);
  const bytes = new Uint8Array(8 + headerBytes.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, 8);
  let offset = 8 + headerBytes.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads any safetensors file of float32 tensors. Copies the numbers.
 *
 * @throws {MatineeError} `BAD_CHECKPOINT` for a truncated or malformed file or another element type.
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const headerLength =
    bytes.length >= 8 ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : 0;
  if (headerLength === 0 || 8 + headerLength > bytes.length) {
    throw new MatineeError('BAD_CHECKPOINT', `not a safetensors file, or cut short at ${bytes.length} bytes`);
  }
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, 8 + headerLength));
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries as Record<string, HeaderEntry>)) {
    const [from, to] = data_offsets;
    const start = 8 + headerLength + from;
    if (dtype !== 'F32' || to - from !== 4 * elementCount(shape) || start + to - from > bytes.length) {
      throw new MatineeError('BAD_CHECKPOINT', `tensor '${name}' is not float32, or is cut short`);
    }
    tensors.set(name, { shape, data: new Float32Array(bytes.slice(start, start + to - from).buffer) });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(decodeText(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new MatineeError('BAD_CHECKPOINT', 'the safetensors header is not JSON', { cause });
  }
}
