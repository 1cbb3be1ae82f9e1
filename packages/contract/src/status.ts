import { type Static, Type } from 'typebox';
import { TrainingProgress } from './stream.ts';

/** How far what people turned to in the last week is from what the data set holds; null without any turn. */
const Drift = Type.Object({
  engagementCount: Type.Integer(),
  /** Jensen–Shannon distance of the genres' shares, 0 to 1. */
  genres: Type.Union([Type.Number(), Type.Null()]),
  /** Population stability index over tenths of popularity; beyond 0.25 is a shift. */
  popularity: Type.Union([Type.Number(), Type.Null()]),
});

const Quality = Type.Object({ ndcg: Type.Number(), recall: Type.Number() });

/** A release beside the one that it replaced: what each would have shown before people turned to titles (first 50). */
const Monitoring = Type.Object({
  earlier: Type.String(),
  later: Type.String(),
  /** `kept`: enough was asked; `fallen`: it found less, and the earlier one is back. */
  state: Type.Union([Type.Literal('monitoring'), Type.Literal('kept'), Type.Literal('fallen')]),
  queries: Type.Integer(),
  /** Queries after which it is kept. */
  of: Type.Integer(),
  quality: Type.Object({ earlier: Quality, later: Quality }),
});

/** `GET /api/v1/status` — what is being served. */
export const StatusResponse = Type.Object(
  {
    version: Type.String(),
    generation: Type.String(),
    dataset: Type.Object({
      name: Type.String(),
      userCount: Type.Integer(),
      itemCount: Type.Integer(),
      eventCount: Type.Integer(),
    }),
    /** The next generation, while one is being trained. */
    training: Type.Optional(TrainingProgress),
    /** What is counted of the event log while it grows. */
    online: Type.Object({
      /** Place in the log of the last event that is counted. */
      throughSequence: Type.Integer(),
      /** Likes, watches and clicks that the release was not trained on. */
      engagementsSinceTraining: Type.Integer(),
      drift: Drift,
      /** The last swap, while it is watched and after. */
      monitor: Type.Optional(Monitoring),
    }),
    /** What has been served since the start, the present one last; of very many the latest. */
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
