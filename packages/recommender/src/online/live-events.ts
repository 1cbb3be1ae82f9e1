import type { NamedSource } from '@matinee/models/blend';
import { type Dataset, DEFAULT_CONFIDENCE_RULE, type ItemIndex, weightOfFeedback } from '@matinee/models/data';
import { addLater, type ItemActivity, removeLater, withLaterEvents } from '@matinee/models/features';
import type { Release } from '@matinee/models/release';
import { isTrusted } from '../log/established.ts';
import { createLogClock, startOfLog } from '../log/log-clock.ts';
import {
  type CountChange,
  createPersonalCounts,
  TASTE_WINDOW_DAYS,
  tasteWindowOf,
  type Weighed,
} from '../log/once-per-person.ts';
import { type LogFold, subjectOf } from '../log/read-log.ts';
import { createLivePopularity, type LivePopularity } from './live-popularity.ts';

/** All engagements since a release was trained, counted into what it serves. */
export interface LiveEvents extends LogFold {
  /** The release; its recent popularity counts along. */
  readonly release: Release;
  /** What the ranker's features read of the items; absent where the release has no ranker. */
  readonly activity?: ItemActivity;
  /**
   * Returns the seconds to subtract from the time of a request, see `LogClock.gapAt`; undefined as long as nothing is
   * known of the log.
   */
  readonly logGapAt: (asOf: number) => number | undefined;
  /** Number of engagements that the release was not trained on. */
  engagementCount(): number;
  /** Number of times that what is counted has changed. */
  changeCount(): number;
}

/**
 * Continues where the training stopped: the release includes what the log held then, and everything after it is counted
 * here, event by event. A request at a moment reads what came before it, and nothing later.
 *
 * One person counts once for an item in {@link TASTE_WINDOW_DAYS}, as in the training: what the release counts of the
 * window in which its training stopped is not counted again. An undo of something the release was trained on takes
 * nothing back here; it does once the release is refreshed. Young visitors count for little in
 * popularity, and for nothing in features.
 */
export function createLiveEvents({ items, events, users }: Dataset, release: Release): LiveEvents {
  const { vocabulary } = items;
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
  const resumeAt = release.log?.window ?? {
    afterSequence: trainedThrough,
    clock: startOfLog(events.timestamps[events.count - 1] ?? release.trainedAsOf),
  };
  const clock = createLogClock(resumeAt.clock);
  const strengthOf = ({ type, share }: Weighed): number => weightOfFeedback(type, rule, share);
  const counts = createPersonalCounts({
    ...{ windowDays: TASTE_WINDOW_DAYS, strengthOf, clock, afterSequence: resumeAt.afterSequence },
  });
  /** Users and items that the release counts in the window in which its training stopped. */
  const trainedPairs = new Set<string>();
  let trainedWindow = Number.NaN;
  let throughSequence = resumeAt.afterSequence;
  let engagementCount = 0;
  let changeCount = 0;
  let isStarted = release.log?.window !== undefined;

  /** Log time of each visitor's first engagement that was seen here. */
  const firstTimes = new Map<string, number>();

  function count({ event, time, sign }: CountChange, itemIndex: ItemIndex, userId: string): void {
    engagementCount += sign;
    changeCount++;
    const isFull = isTrusted(users.indexOf(userId) >= 0, firstTimes.get(userId) ?? time, time);
    const counted = { weight: strengthOf(event), moment: time, isTrusted: isFull };
    for (const popularity of popularities) popularity.count(itemIndex, counted, sign);
    if (activity === undefined || !isFull) return;
    if (sign > 0) addLater(activity.later, itemIndex, time);
    else removeLater(activity.later, itemIndex, time);
  }

  return {
    release: { ...release, sources },
    ...(activity && { activity }),
    throughSequence: () => throughSequence,
    logGapAt: (asOf) => (isStarted ? clock.gapAt(asOf) : undefined),
    engagementCount: () => engagementCount,
    changeCount: () => changeCount,
    apply(step) {
      const { event } = step;
      throughSequence = event.sequence;
      isStarted = true;
      const changes = counts.changesOf(step, clock.advance(event));
      const { userId, itemId } = subjectOf(step);
      const pair = `${userId}\n${itemId}`;
      const itemIndex = vocabulary.indexOf(itemId);
      for (const change of changes) {
        if (!firstTimes.has(userId)) firstTimes.set(userId, change.time);
        const window = tasteWindowOf(change.time);
        if (event.sequence <= trainedThrough) {
          trainedWindow = window;
          if (change.sign > 0) trainedPairs.add(pair);
          else trainedPairs.delete(pair);
        } else if (itemIndex >= 0 && !(window === trainedWindow && trainedPairs.has(pair)))
          count(change, itemIndex, userId);
      }
    },
  };
}
