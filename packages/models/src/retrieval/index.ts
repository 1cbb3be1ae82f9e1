export { easeFamily } from './ease.ts';
export { genreAffinityFamily } from './genre-affinity.ts';
export { ialsFamily } from './ials.ts';
export { itemKnnFamily } from './item-knn.ts';
export { popularityFamily } from './popularity.ts';
export { recentPopularityFamily } from './recent-popularity.ts';
export type {
  Contributor,
  Evidence,
  ItemVectors,
  RetrievalFamily,
  RetrievalModel,
  RetrievalQuery,
  ScoredItems,
  ScoredRetrieval,
} from './retrieval-model.ts';
export { userKnnFamily } from './user-knn.ts';
