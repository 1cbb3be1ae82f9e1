/** log2(e), and ln 2 in two parts whose sum is exact to 90 bits (the split of fdlibm's e_exp.c). */
export const LOG2_E = Math.LOG2E;
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;
/**
 * Limit of |x|. The logistic function is practically 0 or 1 long before it, and squares of the results are still
 * finite.
 */
export const EXPONENT_LIMIT = 300;
/** 1/k!. A Taylor series of degree 12 has an error of 2e-16 for |r| ≤ ln 2 / 2. */
export const EXPONENTIAL_TERMS: readonly number[] = Array.from({ length: 13 }, (_, degree) => {
  let factorial = 1;
  for (let factor = 2; factor <= degree; factor++) factorial *= factor;
  return 1 / factorial;
});

/**
 * Returns e^x, with x clamped to |x| ≤ 300, accurate to one or two units in the last place.
 *
 * Writes x = k ln 2 + r, so that e^x = 2^k · Taylor(r).
 */
export function exponential(x: number): number {
  const clamped = Math.min(Math.max(x, -EXPONENT_LIMIT), EXPONENT_LIMIT);
  const k = nearestEven(clamped * LOG2_E);
  const r = clamped - k * LN2_HIGH - k * LN2_LOW;
  let sum = EXPONENTIAL_TERMS[EXPONENTIAL_TERMS.length - 1];
  for (let degree = EXPONENTIAL_TERMS.length - 2; degree >= 0; degree--) sum = sum * r + EXPONENTIAL_TERMS[degree];
  return sum * 2 ** k;
}

/** Rounds to the nearest integer, ties to even, like WebAssembly's `f64.nearest`; for |value| < 2^51. */
function nearestEven(value: number): number {
  const magic = 6755399441055744; // 1.5 · 2^52: adding it drops the fraction bits
  return value + magic - magic;
}
