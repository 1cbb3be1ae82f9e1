/** Points and weights of a quadrature rule on [0, 1]. */
export interface Quadrature {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Returns the Gauss–Legendre quadrature on [0, 1], which is exact for polynomials of degree 2n − 1.
 *
 * The roots of the Legendre polynomial are found by Newton's method from Tricomi's estimate. The three-term recurrence
 * gives the value and the derivative.
 */
export function gaussLegendre(pointCount: number): Quadrature {
  const points = new Float64Array(pointCount);
  const weights = new Float64Array(pointCount);
  for (let index = 0; index < pointCount; index++) {
    let x = Math.cos((Math.PI * (index + 0.75)) / (pointCount + 0.5));
    let slope = 0;
    for (let round = 0; round < 100; round++) {
      let previous = 1;
      let current = x;
      for (let degree = 2; degree <= pointCount; degree++) {
        [previous, current] = [current, ((2 * degree - 1) * x * current - (degree - 1) * previous) / degree];
      }
      if (pointCount === 1) [previous, current] = [1, x];
      slope = (pointCount * (x * current - previous)) / (x * x - 1);
      const step = current / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    points[index] = (1 - x) / 2;
    weights[index] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
