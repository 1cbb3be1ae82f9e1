import { defined } from '@matinee/numerics';
import type { RecommendInput } from '@matinee/recommender';

type SlateParameters = Pick<RecommendInput, 'diversity' | 'exploration'>;

/**
 * How a page is to be put together: by what its request says, and the server's lottery.
 *
 * @param seed Id of the answer that draws, or whose draws are to be repeated; nothing is drawn without one.
 */
export function readSlateParameters(
  { diversity }: { readonly diversity?: number },
  explorationShare: number,
  seed: string | undefined,
): SlateParameters {
  return {
    ...defined({ diversity }),
    ...(explorationShare === 0 || seed === undefined ? {} : { exploration: { share: explorationShare, seed } }),
  };
}
