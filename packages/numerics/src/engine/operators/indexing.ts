import { MatineeError } from '../../error.ts';
import {
  constant,
  elementCount,
  emit,
  filled,
  record,
  resolveAxis,
  type Shape,
  sameShape,
  shapeError,
  type Tensor,
} from '../graph/graph.ts';
import { emitReshape } from './arithmetic.ts';
import { emitConcat, emitTranspose } from './shape.ts';

/**
 * Looks up rows of a table: table [n, ...row], indices [...any] → [...any, ...row]. This is the embedding lookup.
 *
 * @param indices int32 or int64, each in [0, n). The session rejects others at run time.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  requireIndices('gather', indices);
  const row = table.shape.slice(1);
  const y = emit('Gather', [table, indices], [...indices.shape, ...row], { axis: { int: 0 } }, table.dataType);
  return record('gather', [table, indices], y, (dy) => [emitScatterRows(indices, dy, table.shape)]);
}

/**
 * Adds row i of `rows` to row `indices[i]` of a table of zeros; repeated indices add up. The reverse of {@link gather}.
 *
 * @param rows [...indices.shape, ...row].
 * @returns [rowCount, ...row].
 */
export function scatterAdd(indices: Tensor, rows: Tensor, rowCount: number): Tensor {
  requireIndices('scatterAdd', indices);
  const rank = indices.shape.length;
  if (!sameShape(rows.shape.slice(0, rank), indices.shape)) {
    throw shapeError('scatterAdd', 'rows must start with the shape of the indices', rows.shape, indices.shape);
  }
  const y = emitScatterRows(indices, rows, [rowCount, ...rows.shape.slice(rank)]);
  return record('scatterAdd', [indices, rows], y, (dy) => [
    undefined,
    emit('Gather', [dy, indices], rows.shape, { axis: { int: 0 } }, rows.dataType),
  ]);
}

/** Picks along `axis`: y[..i..] = x[..indices[..i..]..]. All other sizes of `indices` equal those of `x`. */
export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  requireIndices('gatherElements', indices);
  const picked = resolveAxis('gatherElements', x, axis);
  const fits = indices.shape.length === x.shape.length;
  if (!fits || !indices.shape.every((size, position) => position === picked || size === x.shape[position])) {
    throw shapeError(
      'gatherElements',
      `indices must have the shape of x beside axis ${picked}`,
      x.shape,
      indices.shape,
    );
  }
  const y = emit('GatherElements', [x, indices], indices.shape, { axis: { int: picked } }, x.dataType);
  return record('gatherElements', [x, indices], y, (dy) => [
    emit('ScatterElements', [filled(x.graph, x.shape, 0), indices, dy], x.shape, {
      axis: { int: picked },
      reduction: { string: 'add' },
    }),
  ]);
}

/**
 * Selects positions of an axis, in the given order: y[..i..] = x[..positions[i]..].
 *
 * @param positions Distinct, each in [0, size of the axis), at least one. Fixed in the graph.
 * @throws {MatineeError} `BAD_SHAPE` for a position that is repeated or out of range.
 */
export function select(x: Tensor, positions: readonly number[], axis: number): Tensor {
  const { graph, shape } = x;
  const selected = resolveAxis('select', x, axis);
  const size = shape[selected];
  const isSound = positions.every((position) => Number.isInteger(position) && position >= 0 && position < size);
  if (!isSound || new Set(positions).size !== positions.length || positions.length === 0) {
    throw new MatineeError(
      'BAD_SHAPE',
      `select: positions must be distinct, at least one, and below ${size}; got [${positions}]`,
    );
  }
  const y = emitSelect(x, positions, selected);
  return record('select', [x], y, (dy) => {
    // Positions are distinct, so the gradient is a selection too: omitted positions take a column of zeros.
    const origins = Array.from({ length: size }, (_, position) => positions.indexOf(position));
    const zeros = filled(graph, shape.with(selected, 1), 0);
    const sources = origins.map((origin) => (origin < 0 ? positions.length : origin));
    return [emitSelect(emitConcat([dy, zeros], selected), sources, selected)];
  });
}

function emitSelect(x: Tensor, positions: readonly number[], axis: number): Tensor {
  const indices = constant(x.graph, positions, [positions.length], 'int64');
  return emit('Gather', [x, indices], x.shape.with(axis, positions.length), { axis: { int: axis } });
}

/**
 * Adds rows into a table of zeros by ScatterElements, column by column of the transposed table.
 *
 * ScatterND is simpler and takes a tenth of the time, but ONNX Runtime runs it on several threads without protecting a
 * row from concurrent writes. With repeated indices, additions were lost (up to 7% of a gradient's largest entry) and
 * no two runs agreed. ScatterElements runs on one thread: 1.5 ms for 6400 rows of 64 into 3417, 2.5 ms untransposed.
 */
function emitScatterRows(indices: Tensor, rows: Tensor, tableShape: Shape): Tensor {
  const { graph } = rows;
  const [rowCount, ...rowShape] = tableShape;
  const width = elementCount(rowShape);
  const count = elementCount(indices.shape);
  const columns = emitTranspose(emitReshape(rows, [count, width])); // [width, count]
  const target = constant(graph, [width, count], [2], 'int64');
  const repeated = emit('Expand', [emitReshape(indices, [1, count]), target], [width, count]);
  const table = emit('ScatterElements', [filled(graph, [width, rowCount], 0), repeated, columns], [width, rowCount], {
    axis: { int: 1 },
    reduction: { string: 'add' },
  });
  return emitReshape(emitTranspose(table), tableShape);
}

function requireIndices(operator: string, indices: Tensor): void {
  if (indices.dataType !== 'int32' && indices.dataType !== 'int64') {
    throw new MatineeError('BAD_TYPE', `${operator}: indices must be int32 or int64; got ${indices.dataType}`);
  }
}
