import { createRandom } from '@matinee/numerics';
import type { FitContext } from './fit-context.ts';

/** Returns the least that a fit needs: a seed, and neither progress nor cancellation. */
export function plainContext(seed = 1): FitContext {
  return { random: createRandom(seed), checkpoint: () => Promise.resolve() };
}
