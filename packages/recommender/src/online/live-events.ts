import type { NamedSource } from '@matinee/models/blend';
import { type Dataset, DEFAULT_CONFIDENCE_RULE, weightOfFeedback } from '@matinee/models/data';
import { addLater, type ItemActivity, removeLater, withLaterEvents } from '@matinee/models/features';
import type { Release } from '@matinee/models/release';
import { momentOf } from '../log/log-gap.ts';
import { countedEventOf, type LogFold } from '../log/read-log.ts';
import { createLivePopularity, type LivePopularity } from './live-popularity.ts';

/** All engagements since a release was trained, counted into what it serves. */
export interface LiveEvents extends LogFold {
  /** The release; its recent popularity counts along. */
  readonly release: Release;
  /** What the ranker's features read of the items; absent where the release has no ranker. */
  readonly activity?: ItemActivity;
  /** Time of the log's first event, milliseconds since 1970; `undefined` before one was counted. */
  logStartMs(): number | undefined;
  /** Number of engagements that the release was not trained on. */
  engagementCount(): number;
}

/**
 * Continues where the training stopped: the release includes what the log held then, and everything after it is counted
 * here, event by event. A request at a moment reads what came before it, and nothing later.
 *
 * An undo of something the release was trained on takes nothing back here; it does once the release is refreshed.
 */
export function createLiveEvents({ items, events }: Dataset, release: Release): LiveEvents {
  const { vocabulary } = items;
  const datasetEnd = events.timestamps[events.count - 1] ?? release.trainedAsOf;
  const rule = release.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const activity = release.ranking && withLaterEvents(release.ranking.statistics.activity);
  const popularities: LivePopularity[] = [];
  const sources = release.sources.map((source): NamedSource => {
    if (source.model.traits.liveUpdates !== 'fading-sums') return source;
    const popularity = createLivePopularity(source.model, release.trainedAsOf);
    popularities.push(popularity);
    return { ...source, model: popularity.model };
  });
  const trainedThrough = release.log?.throughSequence ?? 0;
  let throughSequence = trainedThrough;
  let engagementCount = 0;
  let logStartMs: number | undefined;
  return {
    release: { ...release, sources },
    ...(activity && { activity }),
    throughSequence: () => throughSequence,
    logStartMs: () => logStartMs,
    engagementCount: () => engagementCount,
    apply(step) {
      throughSequence = step.event.sequence;
      logStartMs = step.logStartMs;
      const counted = countedEventOf(step);
      if (counted === undefined || counted.event.sequence <= trainedThrough) return;
      const { event, sign } = counted;
      const itemIndex = vocabulary.indexOf(event.itemId);
      const weight = weightOfFeedback(event.type, rule);
      if (itemIndex < 0 || !(weight > 0)) return;
      engagementCount += sign;
      const moment = momentOf(event, step, datasetEnd);
      for (const popularity of popularities) popularity.count(itemIndex, weight, moment, sign);
      if (activity === undefined) return;
      if (sign > 0) addLater(activity.later, itemIndex, moment);
      else removeLater(activity.later, itemIndex, moment);
    },
  };
}
