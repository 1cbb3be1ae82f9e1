import { createGraph, createSession, input, matmul, SERVING_SESSION, type Session } from '@matinee/numerics/engine';

/**
 * Returns a function that multiplies one vector with every row of a table, in ONNX Runtime's kernels. Compiled on first
 * use; the table is shared, not copied.
 *
 * @param table Row-major [rows, width].
 * @returns By row; NaN for a row of NaN.
 */
export function createTableScorer(table: Float32Array, width: number): (vector: Float32Array) => Promise<Float32Array> {
  let session: Promise<Session> | undefined;
  return async (vector) => {
    session ??= compile(table.length / width, width);
    return (await (await session).run({ table, vector }))['scores'] as Float32Array;
  };
}

function compile(rowCount: number, width: number): Promise<Session> {
  const graph = createGraph();
  const table = input(graph, 'table', [rowCount, width]);
  const scores = matmul(input(graph, 'vector', [1, width]), table, { transposeB: true });
  return createSession(graph, { scores }, SERVING_SESSION);
}
