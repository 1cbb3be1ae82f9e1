import { type Static, Type } from 'typebox';
import { FeedbackEventName } from './feedback.ts';
import { ItemIdx } from './identifiers.ts';

/** Topics of `GET /api/v1/stream`. Each is the name of a server-sent event whose data is JSON. */
export const STREAM_TOPICS = ['training', 'release', 'feedback'] as const;
export type StreamTopic = (typeof STREAM_TOPICS)[number];

/**
 * Query of `GET /api/v1/stream`, a stream of server-sent events. A client that reconnects with `Last-Event-ID` gets the
 * events it missed. If they are no longer stored it gets one event `reset` (data `{}`) and should reload its state.
 */
export const StreamQuery = Type.Object(
  {
    topics: Type.Optional(
      Type.String({
        pattern: '^(training|release|feedback)(,(training|release|feedback))*$',
        description: 'Topics separated by commas: training, release, feedback; all if absent',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Progress of the training of the next generation. */
export const TrainingProgress = Type.Object(
  {
    /** The generation being trained. */
    generation: Type.String(),
    stage: Type.String(),
    done: Type.Number(),
    /** Final value of `done`; 0 = unknown. */
    total: Type.Number(),
  },
  { $id: 'TrainingProgress' },
);
export type TrainingProgress = Static<typeof TrainingProgress>;

/** Event `training`, sent at most a few times a second. `done` and `failed` end the training of that generation. */
export const TrainingEvent = Type.Object({
  ...TrainingProgress.properties,
  status: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  message: Type.Optional(Type.String()),
});
export type TrainingEvent = Static<typeof TrainingEvent>;

/** Event `release`: another release is served from now on. */
export const ReleaseEvent = Type.Object({
  version: Type.String(),
  generation: Type.String(),
  /** Measured during training on the validation set; not a test result. */
  metrics: Type.Record(Type.String(), Type.Number()),
  /** The release that this earlier one replaces again, because it found fewer engagements. */
  rolledBackFrom: Type.Optional(Type.String()),
});
export type ReleaseEvent = Static<typeof ReleaseEvent>;

/** Event `feedback`: a user’s feedback was stored. It does not name the user. */
export const StoredFeedbackEvent = Type.Object({ itemIdx: ItemIdx, type: FeedbackEventName });
export type StoredFeedbackEvent = Static<typeof StoredFeedbackEvent>;

/** The data type of each event by its name. */
export interface StreamEvents {
  readonly training: TrainingEvent;
  readonly release: ReleaseEvent;
  readonly feedback: StoredFeedbackEvent;
}
