import { type Static, Type } from 'typebox';
import { FeedbackEventName } from './feedback.ts';
import { ItemIdx } from './identifiers.ts';

/** What `GET /api/v1/stream` tells of; each is the name of a server-sent event, with JSON as its data. */
export const STREAM_TOPICS = ['training', 'release', 'feedback'] as const;
export type StreamTopic = (typeof STREAM_TOPICS)[number];

/**
 * `GET /api/v1/stream` — server-sent events. A client that comes back with `Last-Event-ID` gets what it missed; where
 * that is no longer kept, one event `reset` (data `{}`): what the client knows may be old, it reads the state anew.
 */
export const StreamQuery = Type.Object(
  {
    topics: Type.Optional(
      Type.String({
        pattern: '^(training|release|feedback)(,(training|release|feedback))*$',
        description: 'Only these: training, release, feedback, separated by commas; all where absent',
      }),
    ),
  },
  { additionalProperties: false },
);

/** How far the training of the next generation is. */
export const TrainingProgress = Type.Object(
  {
    /** The generation that is being trained. */
    generation: Type.String(),
    stage: Type.String(),
    done: Type.Number(),
    /** What `done` counts up to; 0 = not known. */
    total: Type.Number(),
  },
  { $id: 'TrainingProgress' },
);
export type TrainingProgress = Static<typeof TrainingProgress>;

/** Event `training`: at most a few a second. `done` and `failed` end the training of that generation. */
export const TrainingEvent = Type.Object({
  ...TrainingProgress.properties,
  status: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  message: Type.Optional(Type.String()),
});
export type TrainingEvent = Static<typeof TrainingEvent>;

/** Event `release`: another release answers from now on. */
export const ReleaseEvent = Type.Object({
  version: Type.String(),
  generation: Type.String(),
  /** As measured in its training, on what it held out: not a test result. */
  metrics: Type.Record(Type.String(), Type.Number()),
  /** Set where it was served before, and is back because this one found less of what people turn to. */
  rolledBackFrom: Type.Optional(Type.String()),
});
export type ReleaseEvent = Static<typeof ReleaseEvent>;

/** Event `feedback`: somebody said something, and it is stored. Who it was stays out. */
export const StoredFeedbackEvent = Type.Object({ itemIdx: ItemIdx, type: FeedbackEventName });
export type StoredFeedbackEvent = Static<typeof StoredFeedbackEvent>;

/** Data of each event by its name. */
export interface StreamEvents {
  readonly training: TrainingEvent;
  readonly release: ReleaseEvent;
  readonly feedback: StoredFeedbackEvent;
}
