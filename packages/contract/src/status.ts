import { type Static, Type } from 'typebox';
import { TrainingProgress } from './stream.ts';

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
