import { MatineeError } from '@matinee/numerics';
import { easeFamily } from '../retrieval/ease.ts';
import { genreAffinityFamily } from '../retrieval/genre-affinity.ts';
import { ialsFamily } from '../retrieval/ials.ts';
import { itemKnnFamily } from '../retrieval/item-knn.ts';
import { popularityFamily } from '../retrieval/popularity.ts';
import { recentPopularityFamily } from '../retrieval/recent-popularity.ts';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { userKnnFamily } from '../retrieval/user-knn.ts';
import { gru4RecFamily } from '../sequence/gru4rec.ts';
import { sasRecFamily } from '../sequence/sasrec.ts';
import { timeTransformerFamily } from '../sequence/time-transformer.ts';
import { twoTowerFamily } from '../two-tower/two-tower.ts';

/** The families whose models can be sources of a blend. */
export const SOURCE_FAMILIES = {
  popularity: popularityFamily,
  'recent-popularity': recentPopularityFamily,
  'genre-affinity': genreAffinityFamily,
  'item-knn': itemKnnFamily,
  'user-knn': userKnnFamily,
  ease: easeFamily,
  ials: ialsFamily,
  'two-tower': twoTowerFamily,
  gru4rec: gru4RecFamily,
  sasrec: sasRecFamily,
  'time-transformer': timeTransformerFamily,
} as const;

/**
 * The family of that name, for names from a command line or a file. Every family checks its own configuration field by
 * field, so any object may be passed to its `fit`.
 *
 * @throws {MatineeError} `BAD_CONFIG` for an unknown name.
 */
export function findSourceFamily(name: string): RetrievalFamily<object> {
  if (!Object.hasOwn(SOURCE_FAMILIES, name)) {
    throw new MatineeError('BAD_CONFIG', `no model "${name}"; there are: ${Object.keys(SOURCE_FAMILIES).join(', ')}`);
  }
  return SOURCE_FAMILIES[name as keyof typeof SOURCE_FAMILIES] as RetrievalFamily<object>;
}
