import { MatineeError } from '@matinee/numerics';
import { SOURCE_FAMILIES } from '../families/source-families.ts';
import { easeFamily } from '../retrieval/ease.ts';
import { IALS_SPACE, ialsFamily } from '../retrieval/ials.ts';
import { BM25_DEFAULTS, COSINE_SPACE, itemKnnFamily } from '../retrieval/item-knn.ts';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { createGenerationFamily } from './generation-families.ts';

/**
 * Every model that can be fitted, evaluated and compared by name: single sources, variants of them that are not the
 * default, then whole generations.
 *
 * Names that end in `-set` ask with the history as a set, as the literature does: their rows compare with published
 * figures, and show what the order of the history is worth.
 */
export const MODEL_FAMILIES = {
  ...SOURCE_FAMILIES,
  'item-knn-bm25': itemKnnFamily.variant(BM25_DEFAULTS, {
    k1: { log: [1, 1000] },
    b: { uniform: [0, 1] },
    maxNeighbors: { logInteger: [50, 500] },
    historyDecay: { uniform: [0, 2] },
  }),
  'item-knn-set': itemKnnFamily.variant(
    {
      maxNeighbors: 100,
      maxTrainingItems: 1_000_000,
      shrinkage: 0,
      userDamping: 0.5,
      historyDecay: 0,
      maxHistoryItems: 10_000,
    },
    { ...COSINE_SPACE, shrinkage: { uniform: [0, 100] } },
  ),
  'ease-set': easeFamily.variant({ maxWeights: 1_000_000, historyDecay: 0 }, { regularization: { log: [20, 5000] } }),
  'ials-set': ialsFamily.variant({ historyDecay: 0 }, IALS_SPACE),
  v1: createGenerationFamily('v1'),
  v2: createGenerationFamily('v2'),
  v3: createGenerationFamily('v3'),
  v4: createGenerationFamily('v4'),
} as const;

/**
 * The family of that name, for names from a command line or a file. Every family checks its own configuration field by
 * field, so any object may be passed to its `fit`.
 *
 * @throws {MatineeError} `BAD_CONFIG` for an unknown name.
 */
export function findModelFamily(name: string): RetrievalFamily<object> {
  if (!Object.hasOwn(MODEL_FAMILIES, name)) {
    throw new MatineeError('BAD_CONFIG', `no model "${name}"; there are: ${Object.keys(MODEL_FAMILIES).join(', ')}`);
  }
  return MODEL_FAMILIES[name as keyof typeof MODEL_FAMILIES] as RetrievalFamily<object>;
}
