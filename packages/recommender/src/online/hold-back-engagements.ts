import { type ConfidenceRule, weightOfFeedback } from '@matinee/models/data';
import { countedEventOf, readLog } from '../log/read-log.ts';
import type { EventLog } from '../ports/event-log.ts';

/** Where a log is cut for a refresh: events before it are for training, events after it for evaluation. */
export interface LogCut {
  /** The last event that may be trained on. */
  readonly throughSequence: number;
  /** Engagements since the release's training, before and after the cut. */
  readonly trainEngagements: number;
  readonly heldBackEngagements: number;
}

/** Share of the new engagements that is held back (the latest), and the most engagements held back. */
const HELD_BACK_SHARE = 0.2;
const MAX_HELD_BACK = 1000;

/** @param afterSequence The last event that the release in service was trained on. */
export async function holdBackEngagements(log: EventLog, afterSequence: number, rule: ConfidenceRule): Promise<LogCut> {
  const engagements: number[] = [];
  let last = afterSequence;
  for await (const step of readLog(log, afterSequence)) {
    last = step.event.sequence;
    const counted = countedEventOf(step);
    if (counted !== undefined && counted.sign > 0 && weightOfFeedback(counted.event.type, rule) > 0)
      engagements.push(last);
  }
  const heldBackEngagements = Math.min(MAX_HELD_BACK, Math.floor(HELD_BACK_SHARE * engagements.length));
  const firstHeldBack = engagements[engagements.length - heldBackEngagements];
  return {
    throughSequence: firstHeldBack === undefined ? last : firstHeldBack - 1,
    trainEngagements: engagements.length - heldBackEngagements,
    heldBackEngagements,
  };
}
