import { constant, emit, filled, record, scalar, shapeError, type Tensor } from '../graph/graph.ts';

import { emitReshape, mul, sub } from './arithmetic.ts';
import { normalizeWeights, requireRows, weightedLoss } from './cross-entropy.ts';
import { scatterAdd } from './indexing.ts';
import { emitScan } from './scan.ts';
import { emitConcat, emitSplit } from './shape.ts';

/** Options of {@link linearCrossEntropy}. */
export interface LinearCrossEntropyOptions {
  /** [rows], ≥ 0 and not all zero; 0 excludes a padding row. All 1 by default. */
  readonly weights?: Tensor;
  /**
   * [classes], added to the logits of every row's other classes; a row's own target keeps its logit. For logQ
   * corrections: an item is among the classes by chance, a row's own target with certainty. It receives no gradient.
   */
  readonly logitOffsets?: Tensor;
  /** Number of rows whose logits exist at a time. Affects only speed and memory. */
  readonly tileRows?: number;
}

/**
 * Number of logits held at a time by default: 4 MB, but at least 128 rows.
 *
 * CPU time of a step with 6400 rows, 3417 classes and width 64 on one thread: 56 ms in tiles of 160–320 rows, 65 ms in
 * tiles of 1600, 78 ms in one tile. With 2048 rows and 20,000 classes: 131 ms in tiles of 128 to 2048 rows, 151 ms in
 * tiles of 64, 175 ms in tiles of 32.
 */
const TILE_LOGITS = 2 ** 20;
const MIN_TILE_ROWS = 128;

/**
 * Cross-entropy of softmax(hidden · classesᵀ + offsets), without storing rows × classes logits.
 *
 * This is the loss of every model whose output layer is its item table:
 *
 * loss = −Σ wᵢ log softmax(hᵢ Cᵀ + oᵢ)[targetᵢ] / Σ wᵢ
 *
 * where oᵢ are the logit offsets, with 0 at the target.
 *
 * With P the softmax and H the hidden rows, the gradients are dH = w ⊙ (P C − C[target]) and dC = Pᵀ (w ⊙ H) −
 * scatterAdd(target, w ⊙ H). Nothing of the size of P is scaled, exponentiated twice or scattered into. P is needed
 * only once per tile of rows, so a training graph computes loss and gradients of a tile together and then discards its
 * P.
 *
 * A row's loss is capped near 87 (float32), where its target's probability leaves the normal range.
 *
 * @param hidden [rows, d].
 * @param classes [classes, d].
 * @param targets int32 [rows], each in [0, classes).
 * @returns A scalar.
 */
export function linearCrossEntropy(
  hidden: Tensor,
  classes: Tensor,
  targets: Tensor,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  const { graph } = hidden;
  const [rowCount, width] = hidden.shape;
  const [classCount] = classes.shape;
  const { logitOffsets, tileRows = Math.max(MIN_TILE_ROWS, Math.floor(TILE_LOGITS / classCount)) } = options;
  requireRows('linearCrossEntropy', hidden, [targets, options.weights]);
  if (classes.shape.length !== 2 || classes.shape[1] !== width) {
    throw shapeError(
      'linearCrossEntropy',
      'hidden and classes must share their last axis',
      hidden.shape,
      classes.shape,
    );
  }
  if (logitOffsets && (logitOffsets.shape.length !== 1 || logitOffsets.shape[0] !== classCount)) {
    throw shapeError('linearCrossEntropy', 'needs one offset per class', classes.shape, logitOffsets.shape);
  }
  const share = normalizeWeights(hidden, options.weights); // [rows, 1], sums to 1
  const tiles = (withGradient: boolean): Tiles => {
    return computeTiles({ hidden, classes, targets, logitOffsets, share }, Math.min(tileRows, rowCount), withGradient);
  };
  const forward = tiles(graph.training);
  const smallest = hidden.dataType === 'float32' ? 1.2e-38 : 2.3e-308;
  const clamped = emit('Max', [forward.picked, scalar(graph, smallest)], [rowCount, 1]);
  const loss = weightedLoss(emit('Log', [clamped], [rowCount, 1]), share);

  return record('linearCrossEntropy', [hidden, classes], loss, (dy) => {
    const { gradient } = forward.gradient ? forward : tiles(true);
    if (!gradient) return [];
    const targetClasses = emit('Gather', [classes, targets], hidden.shape, { axis: { int: 0 } });
    const fromTargets = scatterAdd(targets, mul(hidden, share), classCount);
    return [
      mul(sub(gradient.expectedClasses, targetClasses), mul(share, dy)),
      mul(sub(gradient.classSums, fromTargets), dy),
    ];
  });
}

interface TileInputs {
  readonly hidden: Tensor;
  readonly classes: Tensor;
  readonly targets: Tensor;
  readonly logitOffsets: Tensor | undefined;
  readonly share: Tensor;
}

interface Tiles {
  /** Probability of each row's target, [rows, 1]. */
  readonly picked: Tensor;
  readonly gradient?: {
    /** P C, [rows, d]. */
    readonly expectedClasses: Tensor;
    /** Pᵀ (share ⊙ H), [classes, d]. */
    readonly classSums: Tensor;
  };
}

/** Builds a loop over tiles of rows. Each step holds the logits and probabilities of its tile. */
function computeTiles(inputs: TileInputs, tileRows: number, withGradient: boolean): Tiles {
  const { hidden, classes, targets, logitOffsets, share } = inputs;
  const [rowCount, width] = hidden.shape;
  const tileCount = Math.ceil(rowCount / tileRows);
  const size = Math.ceil(rowCount / tileCount); // equal tiles; the end of the last one may be padding
  const padding = tileCount * size - rowCount;
  const cut = (column: Tensor): Tensor => {
    const { graph, shape, dataType } = column;
    const zeros = (): Tensor => constant(graph, new Float64Array(padding * shape[1]), [padding, shape[1]], dataType);
    const padded = padding ? emitConcat([column, zeros()], 0) : column;
    return emitReshape(padded, [tileCount, size, shape[1]]);
  };
  const join = (tiled: Tensor): Tensor => {
    const rows = emitReshape(tiled, [tileCount * size, tiled.shape[2]]);
    return padding ? emitSplit(rows, [rowCount, padding], 0)[0] : rows;
  };
  const { states, outputs } = emitScan({
    captured: logitOffsets ? [classes, logitOffsets] : [classes],
    states: withGradient ? [filled(classes.graph, classes.shape, 0)] : [],
    slices: [
      cut(hidden),
      cut(emitReshape(targets, [rowCount, 1])),
      cut(share),
      ...(logitOffsets ? [cut(emitReshape(emitOffsetsTakenBack(logitOffsets, targets), [rowCount, 1]))] : []),
    ],
    step: ([table, ...offsets], [classSums], [rows, rowTargets, rowShares, takenBack]) => {
      const shape = [size, table.shape[0]];
      const all = emit('Gemm', [rows, table, ...offsets], shape, { transB: { int: 1 } });
      const logits = takenBack
        ? emit('ScatterElements', [all, rowTargets, takenBack], shape, {
            axis: { int: 1 },
            reduction: { string: 'add' },
          })
        : all;
      const P = emit('Softmax', [logits], shape, { axis: { int: -1 } });
      const picked = emit('GatherElements', [P, rowTargets], [size, 1], { axis: { int: 1 } });
      if (!withGradient) return { states: [], outputs: [picked] };
      const expected = emit('Gemm', [P, table], [size, width]);
      // Gemm adds its third operand, so the sum over tiles needs no extra pass.
      const sums = emit('Gemm', [P, mul(rows, rowShares), classSums], table.shape, { transA: { int: 1 } });
      return { states: [sums], outputs: [picked, expected] };
    },
  });
  const [picked, expected] = outputs;
  if (!withGradient) return { picked: join(picked) };
  return { picked: join(picked), gradient: { expectedClasses: join(expected), classSums: states[0] } };
}

/** −offset of each row's target, [rows]. */
function emitOffsetsTakenBack(logitOffsets: Tensor, targets: Tensor): Tensor {
  const own = emit('Gather', [logitOffsets, targets], targets.shape, { axis: { int: 0 } }, logitOffsets.dataType);
  return emit('Neg', [own], targets.shape);
}
