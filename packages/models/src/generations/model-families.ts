import { MatineeError } from '@matinee/numerics';
import { easeFamily } from '../retrieval/ease.ts';
import { ialsFamily } from '../retrieval/ials.ts';
import { BM25_DEFAULTS, itemKnnFamily } from '../retrieval/item-knn.ts';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { createGenerationFamily } from './generation-families.ts';
import { SOURCE_FAMILIES } from './source-families.ts';

/**
 * Every model that can be fitted, evaluated and compared by name: single sources, variants of them that are not the
 * default, then whole generations.
 *
 * Names that end in `-set` ask with the history as a set, as the literature does: their rows compare with published
 * figures, and show what the order of the history is worth.
 */
export const MODEL_FAMILIES = {
  ...SOURCE_FAMILIES,
  'item-knn-bm25': { ...itemKnnFamily, defaults: BM25_DEFAULTS },
  'item-knn-set': {
    ...itemKnnFamily,
    defaults: {
      ...itemKnnFamily.defaults,
      maxNeighbors: 100,
      maxTrainingItems: 1_000_000,
      shrinkage: 0,
      userDamping: 0.5,
      historyDecay: 0,
      maxHistoryItems: 10_000,
    },
  },
  'ease-set': {
    ...easeFamily,
    defaults: { ...easeFamily.defaults, maxWeights: 1_000_000, historyDecay: 0 },
  },
  'ials-set': { ...ialsFamily, defaults: { ...ialsFamily.defaults, historyDecay: 0 } },
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
