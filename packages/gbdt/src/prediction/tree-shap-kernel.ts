import { MAXIMUM_PAGES, webAssembly } from '../kernels/training-memory.ts';
import {
  assembleModule,
  type BodyWriter,
  defineFunction,
  f64,
  f64x2,
  i32,
  type Local,
  v128,
} from '../kernels/wasm-assembler.ts';

/** Tables of an edge, in order. The values of `ratio…` also encode which of the three applies to a row. */
export const TABLE = {
  ratioPassing: 0,
  ratioFailing: 1,
  /** For a row that passed the split above on the same feature and fails here. */
  ratioTurning: 2,
  weightPassing: 3,
  weightFailing: 4,
  count: 5,
} as const;

/**
 * Size of a node's record.
 *
 * It holds the byte offset of the parent's products, the node above with the same feature, the byte offset of the
 * contribution and whether the node is a right child (int32 each), then the leaf factor and the share (doubles).
 */
export const NODE_RECORD_BYTES = 32;

/**
 * Adds the contributions of one tree to one row, in a downward and an upward pass.
 *
 * Parameters: node count, bytes of one table, records (followed by the tables), products scratch, choices (int32 per
 * node), contributions of the row.
 *
 * Downward: products[node][t] = Π over the path of t o + (1 − t) z, times the leaf's value. Upward: products become
 * sums over the leaves below, and each edge adds (o − z) Σ_t w products / factor to its feature. It subtracts the part
 * that the edge above it with the same feature claims for the same leaves. tree-shap.ts derives the formula; its tests
 * compare the result with the sum over all coalitions.
 */
const explainTree = defineFunction('explainTree', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (body, ...parameters) => {
  const [size, pointBytes, records, products, choices, contributions] = parameters;
  const tableBytes = body.let(i32.mul(pointBytes, TABLE.count));
  const recordsEnd = body.let(i32.add(records, i32.mul(size, NODE_RECORD_BYTES)));
  const product = body.let(products);
  const productEnd = body.let(i32.add(products, pointBytes));
  body.range(product, productEnd, 16, (point) => {
    body.run(v128.store(point, f64x2.splat(f64.load(records, 16))));
  });

  const record = body.let(i32.add(records, NODE_RECORD_BYTES));
  const table = body.let(i32.add(recordsEnd, tableBytes));
  const choice = body.let(i32.add(choices, 4));
  const arrays = { pointBytes, tableBytes, records, recordsEnd, products, choices, contributions };
  const cursors = { record, table, choice, product, productEnd };
  descend(body, arrays, cursors);
  body.set(record, i32.sub(recordsEnd, NODE_RECORD_BYTES));
  ascend(body, arrays, cursors);
  return undefined;
});

/** Locals that keep their values: sizes and the starts of arrays. The tables begin at `recordsEnd`. */
interface TreeArrays {
  readonly pointBytes: Local;
  readonly tableBytes: Local;
  readonly records: Local;
  readonly recordsEnd: Local;
  readonly products: Local;
  readonly choices: Local;
  readonly contributions: Local;
}

/** Locals that move from node to node. */
interface NodeCursors {
  readonly record: Local;
  readonly table: Local;
  readonly choice: Local;
  readonly product: Local;
  readonly productEnd: Local;
}

/** Writes the downward pass: the products of every node, from those of its parent. */
function descend(body: BodyWriter, arrays: TreeArrays, cursors: NodeCursors): void {
  const { pointBytes, tableBytes, recordsEnd, products } = arrays;
  const { record, table, choice, product, productEnd } = cursors;
  body.while(i32.ltU(record, recordsEnd), () => {
    body.set(product, i32.add(product, pointBytes));
    const parent = body.let(i32.add(products, i32.load(record)));
    const ratio = body.let(i32.add(table, i32.mul(i32.load(choice), pointBytes)));
    const leaf = body.let(f64x2.splat(f64.load(record, 16)));
    const target = body.let(product);
    body.set(productEnd, i32.add(product, pointBytes));
    const keep = body.let(f64x2.splat(f64.convertI32(i32.sub(1, i32.load(record, 12)))));
    body.while(i32.ltU(target, productEnd), () => {
      const above = body.let(v128.load(parent));
      body.run(v128.store(target, f64x2.mul(f64x2.mul(above, v128.load(ratio)), leaf)));
      body.run(v128.store(parent, f64x2.mul(above, keep)));
      body.set(parent, i32.add(parent, 16));
      body.set(ratio, i32.add(ratio, 16));
      body.set(target, i32.add(target, 16));
    });
    body.set(record, i32.add(record, NODE_RECORD_BYTES));
    body.set(table, i32.add(table, tableBytes));
    body.set(choice, i32.add(choice, 4));
  });
}

/** Writes the upward pass: the sums over leaves, and the contribution of every edge. */
function ascend(body: BodyWriter, arrays: TreeArrays, cursors: NodeCursors): void {
  const { pointBytes, tableBytes, records, recordsEnd: tables, products, choices, contributions } = arrays;
  const { record, table, choice, product, productEnd } = cursors;
  body.while(i32.ltU(records, record), () => {
    body.set(table, i32.sub(table, tableBytes));
    body.set(choice, i32.sub(choice, 4));
    const isFailing = body.let(i32.ne(i32.load(choice), TABLE.ratioPassing));
    const weight = body.let(i32.add(table, i32.mul(i32.add(isFailing, TABLE.weightPassing), pointBytes)));
    const above = body.let(i32.load(record, 4));
    const aboveFailing = body.let(i32.ne(i32.load(i32.add(choices, i32.shl(above, 2))), TABLE.ratioPassing));
    const aboveTable = body.let(i32.add(tables, i32.mul(above, tableBytes)));
    // The root has no edge and its tables are zero, so an edge with no such edge above it subtracts nothing.
    const aboveWeight = body.let(i32.add(aboveTable, i32.mul(i32.add(aboveFailing, TABLE.weightPassing), pointBytes)));
    const parent = body.let(i32.add(products, i32.load(record)));
    const integral = body.let(f64x2.splat(f64.constant(0)));
    const aboveIntegral = body.let(f64x2.splat(f64.constant(0)));
    const source = body.let(product);
    body.set(productEnd, i32.add(product, pointBytes));
    body.while(i32.ltU(source, productEnd), () => {
      const sum = body.let(v128.load(source));
      body.set(integral, f64x2.add(integral, f64x2.mul(sum, v128.load(weight))));
      body.set(aboveIntegral, f64x2.add(aboveIntegral, f64x2.mul(sum, v128.load(aboveWeight))));
      body.run(v128.store(parent, f64x2.add(v128.load(parent), sum)));
      body.set(source, i32.add(source, 16));
      body.set(parent, i32.add(parent, 16));
      body.set(weight, i32.add(weight, 16));
      body.set(aboveWeight, i32.add(aboveWeight, 16));
    });
    const total = (halves: typeof integral) => f64.add(f64x2.extractLane(halves, 0), f64x2.extractLane(halves, 1));
    const edge = f64.sub(f64.convertI32(i32.sub(1, isFailing)), f64.load(record, 24));
    const aboveRecord = i32.add(records, i32.mul(above, NODE_RECORD_BYTES));
    const aboveEdge = f64.sub(f64.convertI32(i32.sub(1, aboveFailing)), f64.load(aboveRecord, 24));
    const contribution = f64.sub(f64.mul(edge, total(integral)), f64.mul(aboveEdge, total(aboveIntegral)));
    const target = body.let(i32.add(contributions, i32.load(record, 8)));
    body.run(f64.store(target, f64.add(f64.load(target), contribution)));
    body.set(product, i32.sub(product, pointBytes));
    body.set(record, i32.sub(record, NODE_RECORD_BYTES));
  });
}

let compiled: object | undefined;

export function compileShapKernel(): object {
  compiled ??= new webAssembly.Module(assembleModule([explainTree], MAXIMUM_PAGES));
  return compiled;
}
