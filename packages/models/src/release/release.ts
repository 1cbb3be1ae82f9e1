import type { NamedSource } from '../blend/blend.ts';
import type { ConfidenceRule } from '../data/confidence.ts';
import type { DatasetParts } from '../data/dataset.ts';
import type { GenerationName } from '../generations/generation-config.ts';
import type { LeftOutPart } from '../generations/left-out.ts';
import type { HeldOutUsers } from '../generations/measure-held-out.ts';
import type { Ranking } from '../ranking/ranking.ts';

/** How a release was trained, for its manifest and for reproduction. Part of the release's hash. */
export interface TrainingRecord {
  /** The rule that gave the events their weights: live feedback must use the same one. */
  readonly confidence: ConfidenceRule;
  /** The complete configuration of the training, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Metrics on the fold that the weights were learned on; not a test result. */
  readonly metrics: Readonly<Record<string, number>>;
  /** NDCG@10 by held-out user, to compare releases of one data set and seed; absent in earlier releases. */
  readonly heldOutUsers?: HeldOutUsers;
  /** What the release does not have of its configuration, and why; absent where it has everything. */
  readonly leftOut?: readonly LeftOutPart[];
  /** Why everybody's last items were held out to learn on, in place of the latest part; absent where they were not. */
  readonly heldOutInstead?: string;
}

/** The part of a feedback log that a release was trained on, beside its data set. Part of the release's hash. */
export interface TrainedLog {
  /** Sequence number of the last log event included. */
  readonly throughSequence: number;
  /** Number of training events, without impressions, undos and undone events. */
  readonly eventCount: number;
  /** sha256 of these events, hex. */
  readonly hash: string;
  /**
   * Where the log's window of counts begins in which the training stopped. Absent in releases from before there were
   * windows.
   */
  readonly window?: LogWindow;
  /** What the training left out, so that few people cannot move it much. */
  readonly leftOut?: LeftOutOfTraining;
}

/** A place in the log from which counts can be continued. */
export interface LogWindow {
  /** The last event before it. */
  readonly afterSequence: number;
  /** The clock of the log at that event; see `recommender/log/log-clock.ts`. */
  readonly clock: {
    readonly start: number;
    readonly latest: number;
    readonly offset: number;
    readonly earlierOffset: number;
  };
}

/** Counts of what was left out of a training. */
export interface LeftOutOfTraining {
  /** Visitors who have not come back on a later day, and their events. */
  readonly newPeople: number;
  readonly eventsOfNewPeople: number;
  /** Events of others beyond what one person may contribute. */
  readonly eventsOverLimit: number;
  /** Events of visitors of less than a month beyond the share that these may have, of all events or of an item's. */
  readonly eventsOverShare: number;
}

/** The parts of a data set that a release learned from, with their hashes. */
export type LearnedFrom = Pick<DatasetParts, 'events'> & Partial<DatasetParts>;

/** Everything needed to serve requests: fitted models and how to combine them. Immutable; replaced as a whole. */
export interface Release {
  /** Content hash: equal data, config and seed give an equal version. */
  readonly version: string;
  readonly generation: GenerationName;
  readonly sources: readonly NamedSource[];
  /** Absent: the blended score ranks. */
  readonly ranking?: Ranking;
  /** Hash of the data set it was trained on; item indices are valid for that data set only. */
  readonly datasetHash: string;
  /** What of the data set its models learned from. Absent in releases from before this was recorded. */
  readonly learnedFrom?: LearnedFrom;
  /** Absent = trained on the data set alone. */
  readonly log?: TrainedLog;
  /** Seconds since 1970; all training events are at or before it. */
  readonly trainedAsOf: number;
  /** Absent for a release that was assembled by hand. */
  readonly training?: TrainingRecord;
}
