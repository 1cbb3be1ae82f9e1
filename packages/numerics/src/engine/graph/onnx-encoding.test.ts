import { describe, expect, it } from 'vitest';
import { encodeOnnxModel } from './onnx-encoding.ts';

describe('encodeOnnxModel', () => {
  it('writes the bytes that protobuf prescribes', () => {
    const bytes = encodeOnnxModel({
      name: 'm',
      nodes: [{ opType: 'Neg', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: -1 } } }],
      inputs: [{ name: 'x', dataType: 'float32', shape: ['n', 300] }],
      outputs: [],
      initializers: [],
    });
    const expected = [
      [0x08, 8], // ir_version: 8
      [0x12, 7, ...ascii('matinee')], // producer_name
      [0x3a, 61], // graph
      [0x0a, 33, 0x0a, 1, ...ascii('x'), 0x12, 1, ...ascii('y'), 0x22, 3, ...ascii('Neg')], // node
      [0x2a, 20, 0x0a, 4, ...ascii('axis'), 0x18, ...Array(9).fill(0xff), 0x01, 0xa0, 0x01, 2], // axis: -1, type INT
      [0x12, 1, ...ascii('m')], // name
      [0x5a, 21, 0x0a, 1, ...ascii('x'), 0x12, 16, 0x0a, 14, 0x08, 1, 0x12, 10], // input: x, tensor of float
      [0x0a, 3, 0x12, 1, ...ascii('n'), 0x0a, 3, 0x08, 0xac, 0x02], // dimensions: n, 300
      [0x42, 2, 0x10, 17], // opset_import: 17
    ];
    expect(Array.from(bytes)).toEqual(expected.flat());
  });
});

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
