export {
  type BlockedOptions,
  type CholeskyFactor,
  denseFactor,
  factorCholesky,
  invertPositiveDefinite,
} from './cholesky.ts';
export { createExactSearch, type ExactSearch, type ExactTopK } from './exact-top-k.ts';
export { gramMatrix } from './gram.ts';
export { createRowProduct, type MatrixView, type ProductKernel } from './product.ts';
export { factorSmall, invertLowerSmall, solveSmall } from './triangular.ts';
