import { type Static, Type } from 'typebox';

/** The body of every answer that is not 2xx. */
export const ErrorResponse = Type.Object(
  {
    statusCode: Type.Integer(),
    /** Stable and machine-readable. */
    code: Type.String(),
    /** Says what is wrong and what to do about it. */
    message: Type.String(),
  },
  { $id: 'ErrorResponse' },
);
export type ErrorResponse = Static<typeof ErrorResponse>;
