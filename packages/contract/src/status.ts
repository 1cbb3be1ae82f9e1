import { type Static, Type } from 'typebox';

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
  },
  { $id: 'StatusResponse' },
);
export type StatusResponse = Static<typeof StatusResponse>;
