export { PERSON_WINDOW_DAYS, personWindowOf } from './count-people.ts';
export { defineFamily, type FamilyDefinition, type SourceFamily } from './define-family.ts';
export { easeFamily } from './ease.ts';
export type { FamilyTraits, RowRole, SourceRole } from './family-traits.ts';
export { genreAffinityFamily } from './genre-affinity.ts';
export { ialsFamily } from './ials.ts';
export { itemKnnFamily } from './item-knn.ts';
export { type OrderedScores, orderScores } from './ordered-scores.ts';
export { popularityFamily, retrieveInOrder } from './popularity.ts';
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
export { selectTop } from './select-top.ts';
export { userKnnFamily } from './user-knn.ts';
