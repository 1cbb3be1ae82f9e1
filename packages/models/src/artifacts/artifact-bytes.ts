import { MatineeError } from '@matinee/numerics';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { ArtifactArray, ModelArtifact } from './model-artifact.ts';

/** "MTNA", read as a little-endian integer. */
const MAGIC = 0x414e544d;
const FORMAT = 1;
/** Magic, format, header length, checksum: four unsigned 32-bit integers. */
const PREFIX_BYTES = 16;
/** Every array starts at a multiple of this, so that it can be read in place. */
const ALIGNMENT = 8;

const ARRAY_TYPES = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array } as const;
type ArrayTypeName = keyof typeof ARRAY_TYPES;

const headerSchema = Type.Object(
  {
    kind: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    config: Type.Record(Type.String(), Type.Unknown()),
    arrays: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          type: Type.Union([Type.Literal('f32'), Type.Literal('f64'), Type.Literal('i32'), Type.Literal('u8')]),
          length: Type.Integer({ minimum: 0, maximum: 2 ** 40 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/**
 * Writes an artefact as bytes: a 16-byte prefix (magic "MTNA", format, header length, checksum of all that follows),
 * the header as ASCII JSON with sorted keys, then the arrays in order of name, little-endian, each at a multiple of 8
 * bytes. The bytes do not depend on time, machine or insertion order: equal artefacts give equal bytes.
 *
 * @throws {MatineeError} `BAD_ARTIFACT` when `config` holds what JSON cannot (NaN, functions, …).
 */
export function encodeArtifact(artifact: ModelArtifact): Uint8Array {
  const names = Object.keys(artifact.arrays).sort((a, b) => (a < b ? -1 : 1));
  const header = asciiJson({
    kind: artifact.kind,
    version: artifact.version,
    config: artifact.config,
    arrays: names.map((name) => ({
      name,
      type: typeNameOf(artifact.arrays[name]),
      length: artifact.arrays[name].length,
    })),
  });
  const headerBytes = Uint8Array.from(header, (character) => character.charCodeAt(0));
  let size = align(PREFIX_BYTES + headerBytes.length);
  for (const name of names) size = align(size + artifact.arrays[name].byteLength);

  const bytes = new Uint8Array(size);
  bytes.set(headerBytes, PREFIX_BYTES);
  let offset = align(PREFIX_BYTES + headerBytes.length);
  for (const name of names) {
    const array = artifact.arrays[name];
    bytes.set(littleEndianBytes(array), offset);
    offset = align(offset + array.byteLength);
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setUint32(8, headerBytes.length, true);
  view.setUint32(12, checksum(bytes), true);
  return bytes;
}

/**
 * Reads what {@link encodeArtifact} wrote. The arrays are copies and do not keep `bytes` alive.
 *
 * The checksum detects damage, not tampering: files are authenticated by the sha256 in their release's manifest.
 *
 * @param isVerified Whether the caller has compared a checksum of the bytes, so that it need not be done again: it takes
 * most of the time.
 * @throws {MatineeError} `BAD_ARTIFACT` for bytes that are truncated, too long, altered or not an artefact.
 */
export function decodeArtifact(bytes: Uint8Array, isVerified = false): ModelArtifact {
  const fail = (what: string, cause?: unknown): never => {
    throw new MatineeError('BAD_ARTIFACT', `${what}; train the model again`, { cause });
  };
  if (bytes.length < PREFIX_BYTES) fail(`artefact of ${bytes.length} bytes is too short`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) fail('not a Matinee artefact');
  if (view.getUint32(4, true) !== FORMAT) {
    fail(`artefact of format ${view.getUint32(4, true)}; this program reads ${FORMAT}`);
  }
  const headerLength = view.getUint32(8, true);
  if (PREFIX_BYTES + headerLength > bytes.length) fail('artefact is cut short');
  let header: unknown;
  try {
    const codes = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength);
    header = JSON.parse(Array.from(codes, (code) => String.fromCharCode(code)).join(''));
  } catch (error) {
    return fail('artefact header is damaged', error);
  }
  if (!Value.Check(headerSchema, header)) return fail('artefact header is damaged');

  let size = align(PREFIX_BYTES + headerLength);
  for (const { type, length } of header.arrays) size = align(size + length * ARRAY_TYPES[type].BYTES_PER_ELEMENT);
  if (bytes.length !== size) fail(`artefact must have ${size} bytes; it has ${bytes.length}`);
  if (!isVerified && view.getUint32(12, true) !== checksum(bytes)) {
    fail('artefact is damaged: its checksum does not match');
  }

  const arrays: Record<string, ArtifactArray> = {};
  let offset = align(PREFIX_BYTES + headerLength);
  for (const { name, type, length } of header.arrays) {
    const byteLength = length * ARRAY_TYPES[type].BYTES_PER_ELEMENT;
    // Not `bytes.slice`: on Node's Buffer that is a view.
    const copy = new Uint8Array(byteLength);
    copy.set(bytes.subarray(offset, offset + byteLength));
    arrays[name] = arrayOf(type, copy);
    offset = align(offset + byteLength);
  }
  return { kind: header.kind, version: header.version, config: header.config, arrays };
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (key, held: unknown) => {
    if (typeof held === 'number' && !Number.isFinite(held)) {
      throw new MatineeError('BAD_ARTIFACT', `"${key}" is ${held}; JSON holds finite numbers only`);
    }
    if (held === null || typeof held !== 'object' || Array.isArray(held)) return held;
    return Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** JSON in ASCII, so that its bytes are its characters. */
function asciiJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return sortedJson(value).replace(/[^\x20-\x7e]/g, escaped);
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function typeNameOf(array: ArtifactArray): ArrayTypeName {
  if (array instanceof Float32Array) return 'f32';
  if (array instanceof Float64Array) return 'f64';
  return array instanceof Int32Array ? 'i32' : 'u8';
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The array's bytes, least significant first; a view on little-endian machines. */
function littleEndianBytes(array: ArtifactArray): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return isLittleEndian ? bytes : reverseElements(bytes.slice(), array.BYTES_PER_ELEMENT);
}

/** @param bytes Owns its buffer, so that it starts aligned. */
function arrayOf(type: ArrayTypeName, bytes: Uint8Array<ArrayBuffer>): ArtifactArray {
  const { [type]: Constructor } = ARRAY_TYPES;
  return new Constructor((isLittleEndian ? bytes : reverseElements(bytes, Constructor.BYTES_PER_ELEMENT)).buffer);
}

function reverseElements<Bytes extends Uint8Array>(bytes: Bytes, elementBytes: number): Bytes {
  for (let start = 0; start < bytes.length; start += elementBytes)
    bytes.subarray(start, start + elementBytes).reverse();
  return bytes;
}

/** 32-bit FNV-1a over words of four bytes, without the prefix. The size is always a multiple of 8. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = PREFIX_BYTES; at < bytes.length; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15; // spreads a flip of a word's highest bit to other bits
  }
  return hash >>> 0;
}
