import { constant, elementCount, emit, emitAll, record, scalar, shapeError, type Tensor } from '../graph/graph.ts';
import { add, div, emitReshape, mul, sub, sumToShape } from './arithmetic.ts';
import { emitMatmul } from './matmul.ts';
import { cast } from './shape.ts';

/**
 * Normalises the last axis to mean 0 and variance 1, then scales and shifts: x [..., d], gain [d], bias [d] → [..., d].
 *
 * @see Ba, Kiros & Hinton (2016), Layer Normalization.
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const { graph, shape } = x;
  const size = shape.at(-1) ?? 1;
  for (const vector of [gain, bias]) {
    if (vector.shape.length !== 1 || vector.shape[0] !== size) {
      throw shapeError('layerNorm', 'gain and bias must have the size of the last axis', shape, vector.shape);
    }
  }
  const rowCount = elementCount(shape) / size;
  const rows = emitReshape(x, [rowCount, size]);
  const [normalized, ...statistics] = emitAll(
    'LayerNormalization',
    [rows, gain, bias],
    [rows.shape, [rowCount, 1], [rowCount, 1]],
    { axis: { int: -1 }, epsilon: { float: epsilon } },
    [x.dataType, 'float32', 'float32'], // ONNX Runtime always computes the statistics in float32
  );
  return record('layerNorm', [x, gain, bias], emitReshape(normalized, shape), (dyShaped) => {
    // With x̂ = (x − mean)/σ and g = dy ⊙ gain:  dx = (g − mean(g) − x̂ mean(g ⊙ x̂)) / σ.
    // The two means are products with gain/d, which costs a third of a reduction.
    const [mean, inverseDeviation] = statistics.map((statistic) => cast(statistic, x.dataType));
    const dy = emitReshape(dyShaped, rows.shape); // [rowCount, size]
    const standardized = mul(sub(rows, mean), inverseDeviation); // x̂
    const dyStandardized = mul(dy, standardized);
    const averageGain = emitReshape(mul(gain, scalar(graph, 1 / size)), [size, 1]);
    const meanGradient = emitMatmul(dy, averageGain, false, false); // [rowCount, 1]
    const meanProduct = emitMatmul(dyStandardized, averageGain, false, false); // [rowCount, 1]
    const centred = sub(sub(mul(dy, gain), meanGradient), mul(standardized, meanProduct));
    return [
      emitReshape(mul(centred, inverseDeviation), shape),
      sumToShape(dyStandardized, gain.shape),
      sumToShape(dy, bias.shape),
    ];
  });
}

/** Scales the last axis to unit Euclidean length: y = x / √(Σ x² + ε). A row of zeros stays zero. */
export function l2Normalize(x: Tensor, epsilon = 1e-12): Tensor {
  const { graph, shape } = x;
  const keptShape = shape.with(-1, 1);
  const axes = constant(graph, [-1], [1], 'int64');
  const sumOverLast = (values: Tensor): Tensor =>
    emit('ReduceSum', [values, axes], keptShape, { keepdims: { int: 1 } });
  const norm = emit('Sqrt', [add(sumOverLast(mul(x, x)), scalar(graph, epsilon))], keptShape);
  const y = emit('Div', [x, norm], shape);
  return record('l2Normalize', [x], y, (dy) => [div(sub(dy, mul(y, sumOverLast(mul(dy, y)))), norm)]);
}
