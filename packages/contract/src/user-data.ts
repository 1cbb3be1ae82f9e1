import { type Static, Type } from 'typebox';
import { UserId, UserIdx } from './identifiers.ts';

/** Response of `DELETE /api/v1/users/:userIdx`. */
export const DeletedUser = Type.Object(
  {
    userId: Type.String(),
    /** Number of events that were deleted from the log. */
    events: Type.Integer(),
    /** When the rest goes: what models have learned of the user. */
    derived: Type.String(),
  },
  { $id: 'DeletedUser' },
);
export type DeletedUser = Static<typeof DeletedUser>;

/** Body of `POST /api/v1/users/:userIdx/merge`: the visitor, one of the two, whose events the user gets. */
export const MergeBody = Type.Object(
  { from: Type.Optional(UserIdx), fromId: Type.Optional(UserId) },
  { additionalProperties: false },
);

export const MergedUser = Type.Object(
  {
    userIdx: UserIdx,
    userId: Type.String(),
    /** Number of events that were moved; 0 where the visitor was merged before. */
    events: Type.Integer(),
  },
  { $id: 'MergedUser' },
);
export type MergedUser = Static<typeof MergedUser>;
