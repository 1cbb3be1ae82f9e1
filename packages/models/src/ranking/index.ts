export { fitDeepRanker } from './deep-ranker.ts';
export { type FeatureContribution, NO_FURTHER_GOALS, type Ranker, type RankingGoals } from './ranker.ts';
export { type Ranking, rankPool } from './ranking.ts';
export type { RankingTable } from './ranking-table.ts';
