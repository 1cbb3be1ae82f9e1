export type { ApiKeyStore, StoredApiKey } from './api-key-store.ts';
export {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  isSameEvent,
  type LoggedEvent,
  MAX_EVENTS_OF_PAIR,
  MAX_IMPRESSIONS_READ,
  type ReplayedEvent,
  type ShownItem,
  type StandingFeedback,
  UNDOABLE,
  UNDOABLE_BY_NAME,
  type UserEventOptions,
} from './event-log.ts';
export type {
  HouseholdStore,
  PinAttempts,
  PinState,
  Profile,
  ProfileChange,
  ProfileRules,
  ProfileSession,
  StoredSession,
} from './household-store.ts';
export type { ItemFact } from './item-fact.ts';
export type { ItemChange, ItemDescription, NewItemRecord, NewItemStore } from './new-item-store.ts';
export type { SweepStep } from './sweep.ts';
export { FIRST_VISITOR_IDX, type Visitor, type VisitorStore } from './visitor-store.ts';
