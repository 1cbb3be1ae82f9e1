import type { LogSurvey } from '../log/survey-log.ts';

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

/**
 * Cuts the log so that the latest engagements which a training may learn from are held back.
 *
 * @param survey Of the whole log.
 * @param afterSequence The last event that the release in service was trained on.
 * @param isEngagement Whether an event of that type weighs in favour of its item.
 */
export function holdBackEngagements(
  survey: LogSurvey,
  afterSequence: number,
  isEngagement: (type: LogSurvey['events'][number]['event']['type']) => boolean,
): LogCut {
  const engagements = survey.events
    .filter(({ event }) => event.sequence > afterSequence && isEngagement(event.type))
    .map(({ event }) => event.sequence)
    .sort((a, b) => a - b);
  const heldBackEngagements = Math.min(MAX_HELD_BACK, Math.floor(HELD_BACK_SHARE * engagements.length));
  const firstHeldBack = engagements[engagements.length - heldBackEngagements];
  return {
    throughSequence: firstHeldBack === undefined ? survey.throughSequence : firstHeldBack - 1,
    trainEngagements: engagements.length - heldBackEngagements,
    heldBackEngagements,
  };
}
