import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { gradient } from '../gradient.ts';
import { createGraph, input, type Tensor } from '../graph/graph.ts';
import { createSession } from '../session.ts';
import { mul } from './arithmetic.ts';
import { gather, gatherElements, scatterAdd, select } from './indexing.ts';
import { reduceSum } from './reduction.ts';

// Large enough that ONNX Runtime uses both threads, with few table rows so that the threads collide.
const [rowCount, count, width] = [5, 20_000, 16];
const random = createRandom(1);
const indices = Int32Array.from({ length: count }, () => random.integer(rowCount));
const rows = Float32Array.from({ length: count * width }, () => random.integer(7) - 3);
const expected = new Float32Array(rowCount * width);
for (let row = 0; row < count; row++) {
  for (let column = 0; column < width; column++) expected[indices[row] * width + column] += rows[row * width + column];
}

type Build = (graph: ReturnType<typeof createGraph>, indices: Tensor, rows: Tensor) => Tensor;

describe('adding into repeated rows on two threads', () => {
  it.each<[string, Build]>([
    ['scatterAdd', (_, at, values) => scatterAdd(at, values, rowCount)],
    [
      'the gradient of gather',
      (graph, at, values) => {
        const table = input(graph, 'table', [rowCount, width]);
        return gradient(reduceSum(mul(gather(table, at), values)), [table])[0];
      },
    ],
  ])('%s loses no addition', async (_, build) => {
    const graph = createGraph();
    const result = build(graph, input(graph, 'indices', [count], 'int32'), input(graph, 'rows', [count, width]));
    const session = await createSession(graph, { result }, { threadCount: 2, spinning: true });
    const feeds = { indices, rows, table: new Float32Array(rowCount * width) };
    // Sums of small integers are exact in any order, so any difference is a lost addition.
    for (let run = 0; run < 10; run++) expect((await session.run(feeds))['result']).toEqual(expected);
  });

  it('the gradient of gatherElements loses no addition', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [rowCount, width]);
    const at = input(graph, 'at', [count, width], 'int32');
    const weights = input(graph, 'weights', [count, width]);
    const [dx] = gradient(reduceSum(mul(gatherElements(x, at, 0), weights)), [x]);
    const session = await createSession(graph, { dx }, { threadCount: 2, spinning: true });
    const repeated = Int32Array.from({ length: count * width }, (_, element) => indices[Math.floor(element / width)]);
    const feeds = { x: new Float32Array(rowCount * width), at: repeated, weights: rows };
    for (let run = 0; run < 10; run++) expect((await session.run(feeds))['dx']).toEqual(expected);
  });
});

describe('select', () => {
  it('takes columns in the order given', async () => {
    const graph = createGraph();
    const columns = select(input(graph, 'x', [2, 3]), [2, 0], -1);
    const session = await createSession(graph, { columns }, { threadCount: 1 });
    const { columns: values } = await session.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(values).toEqual(Float32Array.of(3, 1, 6, 4));
  });

  it.each([[[]], [[3]], [[-1]], [[1, 1]]])('rejects positions %j of three', (positions) => {
    const graph = createGraph();
    expect(() => select(input(graph, 'x', [2, 3]), positions, 1)).toThrow('distinct, at least one, and below 3');
  });
});
