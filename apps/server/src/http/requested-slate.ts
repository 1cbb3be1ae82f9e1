import { defined } from '@matinee/numerics';
import type { RecommendInput } from '@matinee/recommender';

type SlateParameters = Pick<RecommendInput, 'diversity' | 'exploration'>;

/**
 * Returns the diversity and exploration of a page, from its request and the server's exploration share.
 *
 * @param seed Id of this response, or of the response whose random draws are repeated; without it nothing is drawn.
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
