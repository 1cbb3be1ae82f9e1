import { type Static, Type } from 'typebox';

/** Body of every response whose status is not 2xx. */
export const ErrorResponse = Type.Object(
  {
    statusCode: Type.Integer(),
    /** Stable and machine-readable. */
    code: Type.String(),
    /** States the error and how to fix it. */
    message: Type.String(),
  },
  { $id: 'ErrorResponse' },
);
export type ErrorResponse = Static<typeof ErrorResponse>;
