import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { OnnxModel, OnnxNode, OnnxValue } from '../engine/graph/onnx-encoding.ts';
import { createNativeSession, type SessionOptions } from '../engine/session.ts';

/** A row-major float32 matrix. `data` may be a view into a larger array. */
export interface MatrixView {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly data: Float32Array;
}

/** Computes matrix products of any size. `output` must not overlap an operand. */
export interface ProductKernel {
  run(operands: Readonly<Record<string, MatrixView>>, output: MatrixView): Promise<void>;
  release(): Promise<void>;
}

/** Creates the kernel out = addend − leftᵀ right, for left [k, m], right [k, n], addend and out [m, n]. */
export function createSubtractProduct(options: SessionOptions): Promise<ProductKernel> {
  const inputs = [matrix('left', 'k', 'm'), matrix('right', 'k', 'n'), matrix('addend', 'm', 'n')];
  const attributes = { transA: { int: 1 }, alpha: { float: -1 } };
  return createKernel(
    inputs,
    { opType: 'Gemm', inputs: ['left', 'right', 'addend'], outputs: ['out'], attributes },
    options,
  );
}

/** Creates the kernel out = left rightᵀ, for left [m, k], right [n, k] and out [m, n]. */
export function createRowProduct(options: SessionOptions): Promise<ProductKernel> {
  const inputs = [matrix('left', 'm', 'k'), matrix('right', 'n', 'k')];
  const attributes = { transB: { int: 1 } };
  return createKernel(inputs, { opType: 'Gemm', inputs: ['left', 'right'], outputs: ['out'], attributes }, options);
}

/** Returns rows [from, to) of a matrix, sharing its memory. */
export function rowsOf(view: MatrixView, from: number, to: number): MatrixView {
  const { columnCount, data } = view;
  return { rowCount: to - from, columnCount, data: data.subarray(from * columnCount, to * columnCount) };
}

/** Returns a matrix of zeros. */
export function zeroMatrix(rowCount: number, columnCount: number): MatrixView {
  return { rowCount, columnCount, data: new Float32Array(rowCount * columnCount) };
}

async function createKernel(
  inputs: readonly OnnxValue[],
  node: OnnxNode,
  options: SessionOptions,
): Promise<ProductKernel> {
  // Sizes are symbolic, so one session with one thread pool serves every block shape. Several pools would spin against
  // each other.
  const outputs = [matrix('out', 'm', 'n')];
  const model: OnnxModel = { name: 'product', nodes: [node], inputs, outputs, initializers: [] };
  const session = await createNativeSession(model, options);
  const wrap = ({ rowCount, columnCount, data }: MatrixView): OrtTensor =>
    new OrtTensor('float32', data, [rowCount, columnCount]);
  return {
    async run(operands, output) {
      const feeds = Object.fromEntries(inputs.map(({ name }) => [name, wrap(operands[name])]));
      await session.run(feeds, { out: wrap(output) });
    },
    release: () => session.release(),
  };
}

function matrix(name: string, rows: string, columns: string): OnnxValue {
  return { name, dataType: 'float32', shape: [rows, columns] };
}
