export {
  type AppendResult,
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type FeedbackType,
  type LoggedEvent,
} from './ports/event-log.ts';
export { FIRST_VISITOR_INDEX, type Visitor, type VisitorStore } from './ports/visitor-store.ts';
