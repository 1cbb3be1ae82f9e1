import { describe, expect, it } from 'vitest';
import { gradient } from '../gradient.ts';
import { constantFill } from '../initializer.ts';
import * as ops from '../operators/index.ts';
import { createSession } from '../session.ts';
import { constant, createGraph, input, parameter } from './graph.ts';
import { buildModel } from './model.ts';

describe('shape errors', () => {
  const graph = createGraph({ training: true });
  const a = input(graph, 'a', [4, 3]);
  const b = input(graph, 'b', [5, 2]);
  const indices = input(graph, 'indices', [7], 'int32');

  it.each([
    ['add', () => ops.add(a, b), 'add: shapes do not broadcast; got [4, 3] and [5, 2]'],
    ['matmul', () => ops.matmul(a, b), 'matmul: inner sizes 3 and 5 differ; got [4, 3] and [5, 2]'],
    ['transposed matmul', () => ops.matmul(a, b, { transposeA: true }), '4 and 5 differ (a transposed)'],
    [
      'linear',
      () => ops.linear(a, b, indices),
      'linear: last axis of x must equal the first of the weight; got [4, 3]',
    ],
    ['reshape', () => ops.reshape(a, [5, -1]), 'reshape: sizes differ; got [4, 3] and [5, -1]'],
    ['transpose', () => ops.transpose(a, [0, 0]), 'transpose: not a permutation of the axes'],
    ['concat', () => ops.concat([a, b], 0), 'concat: shapes differ beside axis 0; got [4, 3] and [5, 2]'],
    ['split', () => ops.split(a, [2, 2], 1), 'split: sizes must add up to axis 1; got [4, 3] and [2, 2]'],
    ['slice', () => ops.slice(a, 0, 3, 9), 'slice: [3, 9) of axis 0 in [4, 3] is empty'],
    ['gather', () => ops.gather(a, b), 'gather: indices must be int32 or int64; got float32'],
    ['layerNorm', () => ops.layerNorm(a, indices, indices), 'layerNorm: gain and bias must have the size of the last'],
    ['crossEntropy', () => ops.crossEntropy(a, indices), 'crossEntropy: needs one number per row; got [4, 3] and [7]'],
    ['linearCrossEntropy', () => ops.linearCrossEntropy(a, b, indices), 'linearCrossEntropy: needs one number per row'],
    ['where', () => ops.where(a, a, a), 'where: mask must be bool; got float32'],
    ['dropout', () => ops.dropout(a, 1), 'dropout: rate must be in [0, 1); got 1'],
    ['reduceSum', () => ops.reduceSum(a, [2]), 'reduceSum: axis 2 is outside [4, 3]'],
    ['mixed types', () => ops.mul(a, indices), 'mul: types differ; got float32 and int32'],
  ])('%s names the operator and what it was given', (_, build, message) => {
    expect(build).toThrow(message);
  });

  it('rejects sizes that are not positive integers, taken names and parameters of two shapes', () => {
    expect(() => input(graph, 'empty', [0])).toThrow('sizes must be positive integers; got [0]');
    expect(() => input(graph, 'a', [1])).toThrow("has a tensor 'a' already");
    parameter(graph, 'weight', [2, 2], constantFill(0));
    expect(() => parameter(graph, 'weight', [2, 3], constantFill(0))).toThrow('got [2, 2] and [2, 3]');
    expect(() => ops.add(a, input(createGraph(), 'other', [4, 3]))).toThrow('belong to two graphs');
  });
});

describe('gradient', () => {
  it('passes nothing through stopGradient', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [3]);
    const [dx] = gradient(ops.reduceSum(ops.mul(x, ops.stopGradient(x))), [x]);
    const session = await createSession(graph, { dx });
    expect((await session.run({ x: Float32Array.of(1, 2, 3) }))['dx']).toEqual(Float32Array.of(1, 2, 3));
  });

  it('throws for a loss that is not a scalar', () => {
    const x = input(createGraph(), 'x', [3]);
    expect(() => gradient(ops.exp(x), [x])).toThrow('the loss must be a scalar; got [3]');
  });
});

describe('buildModel', () => {
  it('leaves out nodes, inputs and constants that no output needs', () => {
    const graph = createGraph();
    const x = input(graph, 'x', [2]);
    const y = ops.exp(x);
    ops.add(input(graph, 'unused', [2]), constant(graph, [1, 2], [2]));
    const model = buildModel(graph, { y });
    expect(model.nodes.map((node) => node.opType)).toEqual(['Exp']);
    expect(model.inputs.map((value) => value.name)).toEqual(['x']);
    expect(model.initializers).toEqual([]);
  });

  it('returns an input, or a tensor requested twice, through a copy', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [2]);
    const y = ops.neg(x);
    const session = await createSession(graph, { same: x, first: y, second: y });
    const values = Float32Array.of(1, -2);
    const negated = Float32Array.of(-1, 2);
    expect(await session.run({ x: values })).toEqual({ same: values, first: negated, second: negated });
  });
});
