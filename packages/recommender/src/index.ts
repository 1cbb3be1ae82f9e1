export { MAX_COST } from './candidates/boost-candidates.ts';
export type { Candidate, CandidateSource } from './candidates/candidate.ts';
export { type Explanation, explainCandidate } from './candidates/explain.ts';
export type { Move, MoveReason } from './candidates/move.ts';
export type { SourceReport } from './candidates/retrieve.ts';
export type { FoundItems, InspectedItems, Trace } from './candidates/trace.ts';
export { createEngine, type Engine, expressionSubjectOf } from './engine/engine.ts';
export type { RatingSummary } from './engine/ratings.ts';
export type { Remembered, StateMemory } from './engine/state-memory.ts';
export { usersByActivity } from './engine/users-by-activity.ts';
export { isCalendarDate } from './facts/calendar-date.ts';
export { changeItemFacts, describeItem, withChanged } from './facts/change-item-facts.ts';
export { genresOfItem, isTasteGenre, orderGenres } from './facts/genre-order.ts';
export {
  createItemFacts,
  growItemFacts,
  type ItemFacts,
  licencePeriodAt,
  maturitySourceOf,
} from './facts/item-facts.ts';
export {
  estimateMaturity,
  MATURITY_LABELS,
  type MaturitySource,
  maturityOfRating,
  type RatedTitle,
  readMaturity,
} from './facts/maturity.ts';
export { FACT_COLUMNS, type FactColumn, readItemFact, textOf } from './facts/read-item-fact.ts';
export type { RecommendedItem } from './lists/explain-items.ts';
export { titlesToAskAbout } from './lists/onboarding.ts';
export { similarTitles } from './lists/similar.ts';
export { changeCatalogue } from './log/change-catalogue.ts';
export { datasetWithLog } from './log/dataset-with-log.ts';
export {
  EMPTY_FEEDBACK,
  type FeedbackState,
  foldFeedback,
  foldStanding,
  type ItemFeedback,
} from './log/feedback-state.ts';
export { type LogFold, type LogStep, readLog } from './log/read-log.ts';
export { type LogSurvey, type SurveyOptions, surveyLog } from './log/survey-log.ts';
export { withoutEventsOf } from './log/without-users.ts';
export { type AttributedEvent, attributeFeedback } from './online/attribute-feedback.ts';
export type { CoView } from './online/co-views.ts';
export {
  compareOnMembers,
  findHarm,
  type MemberComparison,
} from './online/compare-on-members.ts';
export {
  type Comparison,
  compareReleases,
  type FullComparison,
  isSignificantlyWorse,
} from './online/compare-releases.ts';
export { createDriftMeter, type Drift, type DriftMeter } from './online/drift.ts';
export { holdBackEngagements, type LogCut } from './online/hold-back-engagements.ts';
export { createLiveEngine, type LiveEngine } from './online/live-engine.ts';
export type { LiveEvents } from './online/live-events.ts';
export { MONITOR_QUERIES, type MonitorState, monitorRelease, type ReleaseMonitor } from './online/monitor-release.ts';
export {
  createOnlineCounters,
  emptyCounts,
  type ItemCounts,
  type OnlineCounters,
  type RecentEngagements,
} from './online/online-counters.ts';
export { type EngagementScore, type ScoreEngagementContext, scoreEngagement } from './online/score-engagement.ts';
export { withoutKnownItems } from './online/without-known-items.ts';
export { DEFAULT_DIVERSITY } from './page/diversify.ts';
export { explainRow } from './page/explain-row.ts';
export { MIN_ROW_LENGTH, type Placement, ROW_LENGTH, type Section, type SectionKind } from './page/rows/section.ts';
export * from './ports/index.ts';
export {
  explainTitle,
  inspectRequest,
  listWithin,
  recommendList,
  recommendPage,
} from './recommend.ts';
export { DEFAULT_EXPLORATION_SHARE, type Exploration } from './request/exploration.ts';
export type { Failure } from './request/failure.ts';
export { hydrate, type Query, type RecommendInput } from './request/query.ts';
export { PATIENT_CONTEXT, type RecommendContext, type Timeout } from './request/recommend-context.ts';
export type { StagesMs } from './request/stage-timer.ts';
export { applyRules, type Purpose } from './rules/apply-rules.ts';
export { type RequestedRules, type RequestRules, readRequestRules, tabulateFilter } from './rules/request-rules.ts';
export { mayName, maySee } from './rules/unseeable.ts';
export { countRemoved, FILTER_RULES, type FilterRule, ruleAgainst, type Verdicts } from './rules/verdicts.ts';
export { type ViewerRules, viewerRulesOf } from './rules/viewer-rules.ts';
export { type CanonicalWord, canonicalWords } from './titles/canonical-words.ts';
export { normalizeText } from './titles/normalize-text.ts';
export { keyOfText, titleKey } from './titles/title-key.ts';
export { namesOf } from './titles/title-names.ts';
export { tryOut } from './try-out.ts';
