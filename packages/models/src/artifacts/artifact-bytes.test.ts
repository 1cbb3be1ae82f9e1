import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArtifact, encodeArtifact, sortedJson } from './artifact-bytes.ts';
import type { ModelArtifact } from './model-artifact.ts';

const artifact: ModelArtifact = {
  kind: 'example',
  version: 3,
  config: { shrinkage: 10, name: 'é', nested: { b: 1, a: [1, null] } },
  arrays: {
    weights: Float32Array.of(1.5, Number.NaN, -0),
    empty: new Int32Array(0),
    bytes: Uint8Array.of(1, 2, 3),
    exact: Float64Array.of(Math.PI),
    indices: Int32Array.of(-1, 2 ** 31 - 1),
  },
};

describe('encodeArtifact', () => {
  it('gives the same bytes whatever the order of keys', () => {
    const reordered: ModelArtifact = {
      arrays: Object.fromEntries(Object.entries(artifact.arrays).reverse()),
      config: { nested: { a: [1, null], b: 1 }, name: 'é', shrinkage: 10 },
      version: 3,
      kind: 'example',
    };
    expect(encodeArtifact(reordered)).toEqual(encodeArtifact(artifact));
  });

  it('places every array at a multiple of eight bytes, values little-endian', () => {
    const bytes = encodeArtifact({
      kind: 'k',
      version: 1,
      config: {},
      arrays: { a: Uint8Array.of(7), b: Int32Array.of(1) },
    });
    expect(bytes.length % 8).toBe(0);
    expect([...bytes.subarray(-16)]).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('refuses a configuration that JSON cannot hold', () => {
    expect(() => encodeArtifact({ ...artifact, config: { rate: Number.NaN } })).toThrow(/"rate" is NaN/);
  });
});

describe('decodeArtifact', () => {
  it('returns what was encoded, for any arrays', () => {
    expect(decodeArtifact(encodeArtifact(artifact))).toEqual(artifact);
    fc.assert(
      fc.property(fc.float32Array(), fc.int32Array(), fc.uint8Array(), fc.float64Array(), (a, b, c, d) => {
        const any: ModelArtifact = { kind: 'any', version: 1, config: {}, arrays: { a, b, c, d } };
        expect(decodeArtifact(encodeArtifact(any))).toEqual(any);
      }),
    );
  });

  it('reads bytes that start at an odd offset of their buffer', () => {
    const bytes = encodeArtifact(artifact);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeArtifact(shifted.subarray(3))).toEqual(artifact);
  });

  it('refuses an artefact cut short at any length', () => {
    const bytes = encodeArtifact(artifact);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeArtifact(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'BAD_ARTIFACT' }),
      );
    }
  });

  it('refuses trailing bytes', () => {
    const longer = new Uint8Array(encodeArtifact(artifact).length + 8);
    longer.set(encodeArtifact(artifact));
    expect(() => decodeArtifact(longer)).toThrow(expect.objectContaining({ code: 'BAD_ARTIFACT' }));
  });

  it('refuses an artefact with any one bit flipped', () => {
    const bytes = encodeArtifact(artifact);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeArtifact(flipped)).toThrow(expect.objectContaining({ code: 'BAD_ARTIFACT' }));
    }
  });
});

describe('sortedJson', () => {
  it('sorts keys at every depth and keeps the order of arrays', () => {
    expect(sortedJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
