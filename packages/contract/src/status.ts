import { type Static, Type } from 'typebox';
import { TrainingProgress } from './stream.ts';

/** Distance between the engagements of the last week and those of the data set; null without engagements. */
const Drift = Type.Object({
  engagementCount: Type.Integer(),
  /** Engagements of visitors who have not come back on a later day: they are not in it. */
  leftOut: Type.Integer(),
  /** Jensen–Shannon distance between the genre shares, 0 to 1. */
  genres: Type.Union([Type.Number(), Type.Null()]),
  /** Population stability index over deciles of popularity; above 0.25 means a shift. */
  popularity: Type.Union([Type.Number(), Type.Null()]),
});

const Quality = Type.Object({ ndcg: Type.Number(), recall: Type.Number() });

/**
 * A release compared with the one that it replaced. Quality measures whether the first 50 items of each contain the
 * next engagements.
 */
const Monitoring = Type.Object({
  earlier: Type.String(),
  later: Type.String(),
  /** `kept`: enough queries were compared. `fallen`: it found less, and the earlier release is served again. */
  state: Type.Union([Type.Literal('monitoring'), Type.Literal('kept'), Type.Literal('fallen')]),
  queries: Type.Integer(),
  /** Engagements of visitors who have not come back on a later day: they are no queries. */
  leftOut: Type.Integer(),
  /** Number of queries after which it is kept. */
  of: Type.Integer(),
  quality: Type.Object({ earlier: Quality, later: Quality }),
});

/** A mean with its 95 % interval over users, for one training. */
export const Estimate = Type.Object({ value: Type.Number(), low: Type.Number(), high: Type.Number() });

/** Whether a generation that was trained takes over, and what that rests on. */
const Takeover = Type.Object({
  generation: Type.String(),
  takesOver: Type.Boolean(),
  /** ISO 8601. */
  at: Type.String(),
  /** NDCG@10 on the same held-out users of both; absent where they could not be compared. */
  comparison: Type.Optional(
    Type.Object({
      against: Type.String(),
      users: Type.Integer(),
      queries: Type.Integer(),
      earlier: Type.Number(),
      later: Type.Number(),
      /** Later minus earlier, paired. */
      difference: Estimate,
    }),
  ),
});

/** Response of `GET /api/v1/status`: what is being served. */
export const StatusResponse = Type.Object(
  {
    version: Type.String(),
    generation: Type.String(),
    /** True if everybody may look at the page as any member of the data set. */
    demo: Type.Boolean(),
    /**
     * NDCG@10 of what is served, on users that nothing of it was learned from. Absent where nobody could be held out.
     */
    heldOut: Type.Optional(Type.Object({ users: Type.Integer(), queries: Type.Integer(), ndcg: Estimate })),
    dataset: Type.Object({
      name: Type.String(),
      userCount: Type.Integer(),
      itemCount: Type.Integer(),
      eventCount: Type.Integer(),
      /** MovieLens data come with terms, which ask for its source to be named. */
      isMovieLens: Type.Boolean(),
    }),
    /** Progress of the next generation while it is being trained. */
    training: Type.Optional(TrainingProgress),
    /** The latest training or refresh that failed, until one succeeds. */
    trainingFailure: Type.Optional(
      Type.Object({
        generation: Type.String(),
        message: Type.String(),
        /** ISO 8601. */
        at: Type.String(),
      }),
    ),
    /** The generations that were trained since the start, the latest of each. */
    takeovers: Type.Array(Takeover),
    /** Live counts over the event log. */
    online: Type.Object({
      /** Sequence number of the last counted event. */
      throughSequence: Type.Integer(),
      /** Likes, watches and clicks since the release was trained. */
      engagementsSinceTraining: Type.Integer(),
      drift: Drift,
      /** The latest swap of releases, during and after its monitoring. */
      monitor: Type.Optional(Monitoring),
    }),
    /** Releases served since the start, the current one last; limited to the latest ones. */
    releases: Type.Array(
      Type.Object({
        version: Type.String(),
        generation: Type.String(),
        /** ISO 8601. */
        since: Type.String(),
      }),
    ),
  },
  { $id: 'StatusResponse' },
);
export type StatusResponse = Static<typeof StatusResponse>;
