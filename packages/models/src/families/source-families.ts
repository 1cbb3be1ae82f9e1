import { easeFamily } from '../retrieval/ease.ts';
import { genreAffinityFamily } from '../retrieval/genre-affinity.ts';
import { ialsFamily } from '../retrieval/ials.ts';
import { itemKnnFamily } from '../retrieval/item-knn.ts';
import { popularityFamily } from '../retrieval/popularity.ts';
import { recentPopularityFamily } from '../retrieval/recent-popularity.ts';
import { userKnnFamily } from '../retrieval/user-knn.ts';
import { gru4RecFamily } from '../sequence/gru4rec.ts';
import { sasRecFamily } from '../sequence/sasrec.ts';
import { timeTransformerFamily } from '../sequence/time-transformer.ts';
import { twoTowerFamily } from '../two-tower/two-tower.ts';

/** The families whose models can be sources of a blend, by the name that artefacts and configurations carry. */
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
