import { MatineeError } from '../../error.ts';
import { constant, emit, filled, record, shapeError, type Tensor } from '../graph/graph.ts';
import { emitReshape, mul, neg } from './arithmetic.ts';
import { emitMatmul } from './matmul.ts';

/**
 * Mean cross-entropy of softmax(logits) with one target class per row: −Σ wᵢ log pᵢ[targetᵢ] / Σ wᵢ.
 *
 * @param logits [rows, classes].
 * @param targets int32 [rows].
 * @param weights [rows], ≥ 0 and not all zero; 0 excludes a padding row. All 1 by default.
 * @returns A scalar.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, weights?: Tensor): Tensor {
  const [rowCount] = logits.shape;
  requireRows('crossEntropy', logits, [targets, weights]);
  const share = normalizeWeights(logits, weights); // [rows, 1]
  const logProbabilities = emit('LogSoftmax', [logits], logits.shape, { axis: { int: -1 } });
  const targetColumn = emitReshape(targets, [rowCount, 1]);
  const picked = emit('GatherElements', [logProbabilities, targetColumn], [rowCount, 1], { axis: { int: 1 } });
  return record('crossEntropy', [logits], weightedLoss(picked, share), (dy) => {
    const rowGradient = mul(share, dy); // [rows, 1]
    const probabilities = emit('Exp', [logProbabilities], logits.shape);
    return [
      emit('ScatterElements', [mul(probabilities, rowGradient), targetColumn, neg(rowGradient)], logits.shape, {
        axis: { int: 1 },
        reduction: { string: 'add' },
      }),
    ];
  });
}

/** w / Σ w as a column. */
export function normalizeWeights(like: Tensor, weights: Tensor | undefined): Tensor {
  const { graph } = like;
  const [rowCount] = like.shape;
  if (!weights) return filled(graph, [rowCount, 1], 1 / rowCount);
  const axes = constant(graph, [0], [1], 'int64');
  const total = emit('ReduceSum', [weights, axes], [1], { keepdims: { int: 1 } });
  return emitReshape(emit('Div', [weights, total], [rowCount]), [rowCount, 1]);
}

/** −Σ share · logProbability, a scalar: a product of a row with a column. */
export function weightedLoss(logProbabilities: Tensor, share: Tensor): Tensor {
  return emitReshape(neg(emitMatmul(share, logProbabilities, true, false)), []);
}

/** Checks that the first operand is a matrix, and that targets (int32) and weights have one number per row. */
export function requireRows(operator: string, rows: Tensor, columns: readonly (Tensor | undefined)[]): void {
  if (rows.shape.length !== 2) throw shapeError(operator, 'first operand must be [rows, columns]', rows.shape, []);
  for (const column of columns) {
    if (column && (column.shape.length !== 1 || column.shape[0] !== rows.shape[0])) {
      throw shapeError(operator, 'needs one number per row', rows.shape, column.shape);
    }
  }
  if (columns[0]?.dataType !== 'int32') {
    throw new MatineeError('BAD_TYPE', `${operator}: targets must be int32; got ${columns[0]?.dataType}`);
  }
}
