import { type ConfidenceRule, weightOfFeedback } from '@matinee/models/data';
import { countedEventOf, readLog } from '../log/read-log.ts';
import type { EventLog } from '../ports/event-log.ts';

/** Where a log is cut for a refresh: what is before it trains, what is behind it asks. */
export interface LogCut {
  /** The last event that may be trained on. */
  readonly throughSequence: number;
  /** Turns to titles behind the release's training, before and behind the cut. */
  readonly trainEngagements: number;
  readonly heldBackEngagements: number;
}

/** Of what is new, the latest so much is held back, and never more turns than this. */
const HELD_BACK_SHARE = 0.2;
const MAX_HELD_BACK = 1000;

/** @param afterSequence What the release in service was trained on. */
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
