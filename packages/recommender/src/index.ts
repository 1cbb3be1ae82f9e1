export type { Candidate, CandidateSource } from './candidate.ts';
export { createEngine, type Engine, expressionSubjectOf } from './engine.ts';
export type { Explanation } from './explain.ts';
export {
  EMPTY_FEEDBACK,
  type FeedbackState,
  findUndoable,
  foldFeedback,
  type ItemFeedback,
  STATE_EVENT_TYPES,
} from './feedback-state.ts';
export { countRemoved, FILTER_RULES, type FilterRule, ruleAgainst, type Verdicts } from './filter.ts';
export type { Move, MoveReason } from './move.ts';
export { titlesToAskAbout } from './onboarding.ts';
export { arrivalsBeside } from './online/arrivals-beside.ts';
export { type AttributedEvent, attributeFeedback } from './online/attribute-feedback.ts';
export type { CoView } from './online/co-views.ts';
export {
  type Comparison,
  compareReleases,
  compareScores,
  isSignificantlyWorse,
} from './online/compare-releases.ts';
export { datasetWithLog } from './online/dataset-with-log.ts';
export { createDriftMeter, type Drift } from './online/drift.ts';
export { holdBackTurns, type LogCut } from './online/hold-back-turns.ts';
export { createLiveEngine, type LiveEngine } from './online/live-engine.ts';
export type { LiveEvents } from './online/live-events.ts';
export { createOnlineCounters, emptyCounts, type ItemCounts, type OnlineCounters } from './online/online-counters.ts';
export { type LogFold, type LogStep, readLog } from './online/read-log.ts';
export { type ReleaseWatch, WATCH_QUESTIONS, type WatchState, watchRelease } from './online/release-watch.ts';
export { type ScoreTurnContext, scoreTurn, type TurnScore } from './online/score-turn.ts';
export type { Arrival, ArrivalStore } from './ports/arrival-store.ts';
export {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  type LoggedEvent,
  type ShownItem,
  type UserEventOptions,
} from './ports/event-log.ts';
export type { FilmFact } from './ports/film-fact.ts';
export type {
  HouseholdStore,
  PinState,
  Profile,
  ProfileChange,
  ProfileRules,
  ProfileSession,
} from './ports/household-store.ts';
export { FIRST_VISITOR_INDEX, type Visitor, type VisitorStore } from './ports/visitor-store.ts';
export { hydrate, type Missing, type Query, type RecommendInput } from './query.ts';
export type { RatingSummary } from './ratings.ts';
export {
  explainTitle,
  type FoundTitles,
  inspectRequest,
  type RecommendContext,
  type RecommendedTitle,
  recommendList,
  recommendPage,
  type Trace,
} from './recommend.ts';
export type { SourceReport, Timeout } from './retrieve.ts';
export { applyRules, type Purpose } from './rules/apply-rules.ts';
export { MAX_COST } from './rules/boost-candidates.ts';
export {
  createFilmFacts,
  type FilmFacts,
  growFilmFacts,
  licencePeriodAt,
  maturitySourceOf,
} from './rules/film-facts.ts';
export { estimateMaturity, MATURITY_LABELS, type MaturitySource, readMaturity } from './rules/maturity.ts';
export { FACT_COLUMNS, type FactColumn, readFilmFact, textOf } from './rules/read-film-fact.ts';
export { type RequestedRules, type RequestRules, readRequestRules } from './rules/request-rules.ts';
export { mayName } from './rules/unseeable.ts';
export { type ViewerRules, viewerRulesOf } from './rules/viewer-rules.ts';
export { MIN_ROW_LENGTH, type Placement, ROW_LENGTH, type Section, type SectionKind } from './section.ts';
export { similarTitles } from './similar.ts';
export { DEFAULT_DIVERSITY } from './slate/diversify.ts';
export { DEFAULT_EXPLORATION_SHARE, type Exploration } from './slate/exploration.ts';
export type { StagesMs } from './stage-timer.ts';
export { tryOut } from './try-out.ts';
