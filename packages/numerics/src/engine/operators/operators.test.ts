import { describe, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { constant, type Shape, type Tensor } from '../graph/graph.ts';
import { checkGradient, type GradientCase } from '../testing/gradient-check.ts';
import * as ops from './index.ts';

/** Draws random shapes and values; `size()` is 1–4. */
type Sizes = () => number;
type CaseFactory = (size: Sizes, pick: (bound: number) => number) => GradientCase;

const unary = (build: (x: Tensor) => Tensor, extra: Partial<GradientCase> = {}): CaseFactory => {
  return (size) => ({ shapes: [[size(), size(), size()]], build: ([x]) => build(x), ...extra });
};
const binary = (build: (a: Tensor, b: Tensor) => Tensor, extra: Partial<GradientCase> = {}): CaseFactory => {
  return (size, pick) => {
    const shape = [size(), size(), size()];
    // The second operand lacks leading axes or has size 1 in some, which covers every kind of broadcast.
    const narrow = shape.map((length) => (pick(2) ? 1 : length)).slice(pick(3));
    const shapes: Shape[] = pick(2) ? [shape, narrow] : [narrow, shape];
    return { shapes, build: ([a, b]) => build(a, b), ...extra };
  };
};
const positive = { draw: (random: { next(): number }) => 0.5 + random.next() };
// Values on both sides of 0, further away than any difference step.
const awayFromZero = {
  draw: (random: { next(): number }) => {
    const value = 2 * random.next() - 1;
    return value + Math.sign(value) * 0.1;
  },
};
const integers = (length: number, bound: number, pick: (bound: number) => number): number[] =>
  Array.from({ length }, () => pick(bound));

const cases: Record<string, CaseFactory> = {
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div, positive),
  neg: unary(ops.neg),
  scale: unary((x) => ops.scale(x, -2.5)),
  addScalar: unary((x) => ops.mul(ops.addScalar(x, 3), x)),
  exp: unary(ops.exp),
  log: unary(ops.log, positive),
  sqrt: unary(ops.sqrt, positive),
  clip: unary((x) => ops.clip(x, -0.05, 0.05), awayFromZero),
  'clip inside': unary((x) => ops.clip(x, -5, 5)),
  where: binary((a, b) => {
    const mask = constant(a.graph, [1, 0], [2, 1, 1, 1], 'bool');
    return ops.where(mask, a, b);
  }),
  relu: unary(ops.relu, awayFromZero),
  gelu: unary(ops.gelu, { floatTypes: ['float32'] }),
  sigmoid: unary(ops.sigmoid),
  silu: unary(ops.silu),
  tanh: unary(ops.tanh),
  softplus: unary(ops.softplus, { floatTypes: ['float32'] }),
  symlog: unary((x) => ops.symlog(ops.scale(x, 3)), awayFromZero),
  softmax: unary(ops.softmax),
  logSoftmax: unary(ops.logSoftmax),
  l2Normalize: unary((x) => ops.l2Normalize(x), { draw: (random) => 1 + random.normal() }),
  layerNorm: (size) => {
    const width = 2 + size();
    return {
      shapes: [[size(), size(), width], [width], [width]],
      build: ([x, gain, bias]) => ops.layerNorm(x, gain, bias, 1e-3),
    };
  },
  'matmul of matrices': (size, pick) => {
    const [m, k, n] = [size(), size(), size()];
    const [transposeA, transposeB] = [pick(2) === 1, pick(2) === 1];
    return {
      shapes: [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]],
      build: ([a, b]) => ops.matmul(a, b, { transposeA, transposeB, alpha: 0.5 }),
    };
  },
  'matmul of batches': (size, pick) => {
    const [m, k, n, outer, inner] = [size(), size(), size(), size(), size()];
    const [transposeA, transposeB] = [pick(2) === 1, pick(2) === 1];
    const batchB = [[outer, inner], [inner], [1, inner]][pick(3)];
    return {
      shapes: [
        [outer, inner, ...(transposeA ? [k, m] : [m, k])],
        [...batchB, ...(transposeB ? [n, k] : [k, n])],
      ],
      build: ([a, b]) => ops.matmul(a, b, { transposeA, transposeB, ...(pick(2) ? { alpha: 2 } : {}) }),
    };
  },
  'matmul of a batch with a matrix': (size, pick) => {
    const [m, k, n, batch] = [size(), size(), size(), size()];
    const transposeB = pick(2) === 1;
    return {
      shapes: [[batch, m, k], transposeB ? [n, k] : [k, n]],
      build: ([a, b]) => ops.matmul(a, b, { transposeB }),
    };
  },
  linear: (size) => {
    const [inputSize, outputSize] = [size(), size()];
    return {
      shapes: [[size(), size(), inputSize], [inputSize, outputSize], [outputSize]],
      build: ([x, weight, bias]) => ops.linear(x, weight, bias),
    };
  },
  gather: (size, pick) => {
    const rows = size();
    const indexShape = [size(), size()];
    const indices = integers(indexShape[0] * indexShape[1], rows, pick);
    return {
      shapes: [[rows, size()]],
      build: ([table], graph) => ops.gather(table, constant(graph, indices, indexShape, 'int32')),
    };
  },
  gatherElements: (size, pick) => {
    const shape = [size(), size(), size()];
    const indexShape = [shape[0], size() + 2, shape[2]];
    const indices = integers(indexShape[0] * indexShape[1] * indexShape[2], shape[1], pick);
    return {
      shapes: [shape],
      build: ([x], graph) => ops.gatherElements(x, constant(graph, indices, indexShape, 'int32'), 1),
    };
  },
  scatterAdd: (size, pick) => {
    const [count, rowCount] = [size() + 2, size()];
    const indices = integers(count, rowCount, pick);
    return {
      shapes: [[count, size()]],
      build: ([rows], graph) => ops.scatterAdd(constant(graph, indices, [count], 'int32'), rows, rowCount),
    };
  },
  reshape: unary((x) => ops.reshape(x, [-1, x.shape[0]])),
  transpose: unary((x) => ops.transpose(x, [2, 0, 1])),
  concat: (size) => {
    const [a, b] = [size(), size()];
    return {
      shapes: [
        [a, size(), b],
        [a, size(), b],
        [a, size(), b],
      ],
      build: (parts) => ops.concat(parts, 1),
    };
  },
  split: (size) => {
    const sizes = [size(), size(), size()];
    return {
      shapes: [[size(), sizes[0] + sizes[1] + sizes[2]]],
      // The middle part is unused, so its gradient is zero.
      build: ([x]) => {
        const [first, , last] = ops.split(x, sizes, -1);
        return ops.concat([ops.mul(last, last), first], 1);
      },
    };
  },
  select: (size, pick) => {
    const [kept, rest] = [size(), pick(3)];
    const positions = Array.from({ length: kept }, (_, index) => kept + rest - 1 - index);
    return { shapes: [[size(), kept + rest, size()]], build: ([x]) => ops.select(x, positions, 1) };
  },
  'where NaN is absent': unary((x) => ops.where(ops.nanMask(x), ops.exp(x), x)),
  slice: (size, pick) => {
    const [from, kept, rest] = [pick(3), size(), pick(3)];
    return { shapes: [[size(), from + kept + rest]], build: ([x]) => ops.slice(x, 1, from, from + kept) };
  },
  broadcastTo: (size) => {
    const width = size();
    return { shapes: [[1, width]], build: ([x]) => ops.broadcastTo(x, [size(), size(), width]) };
  },
  cast: unary((x) => ops.cast(ops.cast(x, 'float64'), 'float32'), { floatTypes: ['float32'] }),
  reduceSum: unary((x) => ops.mul(x, ops.reduceSum(x, [0, -1], true))),
  reduceMean: unary((x) => ops.mul(x, ops.reduceMean(x, [1]).shape.length ? ops.reduceMean(x, [1], true) : x)),
  'reduceSum of everything': unary((x) => ops.reduceSum(ops.mul(x, x))),
  'a tensor used three times': unary((x) => ops.add(ops.mul(x, x), ops.exp(x))),
  gru: (size) => {
    const [length, batch, inputSize, width] = [size(), size(), size(), size()];
    return {
      shapes: [[length, batch, inputSize], [batch, width], [3 * width, inputSize], [3 * width, width], [6 * width]],
      build: ([x, state, inputWeight, recurrent, bias]) => ops.gru(x, state, { input: inputWeight, recurrent, bias }),
      draw: (random) => 0.7 * random.normal(),
      floatTypes: ['float32'],
    };
  },
  crossEntropy: (size, pick) => {
    const [rows, classes] = [size() + 1, size() + 1];
    const targets = integers(rows, classes, pick);
    const weights = targets.map((_, row) => (row === 0 ? 0 : 1 + pick(3)));
    return {
      shapes: [[rows, classes]],
      build: ([logits], graph) =>
        ops.crossEntropy(logits, constant(graph, targets, [rows], 'int32'), constant(graph, weights, [rows])),
    };
  },
  linearCrossEntropy: (size, pick) => {
    const [rows, classes, width] = [size() + 2, size() + 1, size()];
    const targets = integers(rows, classes, pick);
    const weights = targets.map((_, row) => (row === 0 ? 0 : 1 + pick(3)));
    return {
      shapes: [
        [rows, width],
        [classes, width],
      ],
      build: ([hidden, table], graph) =>
        ops.linearCrossEntropy(hidden, table, constant(graph, targets, [rows], 'int32'), {
          ...(pick(2) ? { weights: constant(graph, weights, [rows]) } : {}),
          ...(pick(2) ? { logitOffsets: constant(graph, integers(classes, 3, pick), [classes]) } : {}),
          tileRows: 1 + pick(3),
        }),
    };
  },
};

describe('gradients of operators', () => {
  it.each(Object.keys(cases))('%s agrees with finite differences on random shapes', async (name) => {
    for (let round = 0; round < 4; round++) {
      // A case must draw the same values for both float types, so shapes are drawn before building.
      const random = createRandom(1000 + round).fork(name);
      const makeCase = (): GradientCase => {
        const draws = random.fork(`${round}`);
        return cases[name](
          () => 1 + draws.integer(4),
          (bound) => draws.integer(bound),
        );
      };
      const { shapes, build: _, ...rest } = makeCase();
      await checkGradient(round, {
        shapes,
        ...rest,
        build: (inputs, graph) => makeCase().build(inputs, graph),
      });
    }
  });
});
