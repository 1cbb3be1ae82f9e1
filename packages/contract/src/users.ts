import { type Static, Type } from 'typebox';
import { UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

/** `GET /api/v1/users/:userIdx` answers one {@link UserSummary}: the page names whose it is, also after a deep link. */
export const UserParams = Type.Object({ userIdx: UserIdx });

/** A person to look at the page as. */
export const UserSummary = Type.Object(
  {
    userIdx: UserIdx,
    /** The id in the data set, or `visitor-…`. */
    userId: Type.String(),
    kind: Type.Union([Type.Literal('dataset'), Type.Literal('visitor')]),
    /** Interactions in the data set plus feedback given here. */
    interactionCount: Type.Integer(),
    /** Most frequent genres of the history, at most three. */
    topGenres: Type.Array(Type.String()),
    /** Where the user is somebody's profile in a household. */
    profile: Type.Optional(Type.Object({ name: Type.String(), isKids: Type.Boolean() })),
  },
  { $id: 'UserSummary' },
);
export type UserSummary = Static<typeof UserSummary>;

/** `GET /api/v1/users` — users of the data set whose id starts with `query`, and visitors; a spread of them without it. */
export const UsersQuery = Type.Object(
  {
    query: Type.Optional(Type.String({ maxLength: 64 })),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 12 }),
  },
  { additionalProperties: false },
);
export const UsersResponse = Type.Object(
  { users: Type.Array(UserSummary), total: Type.Integer() },
  { $id: 'UsersResponse' },
);
export type UsersResponse = Static<typeof UsersResponse>;

/** `GET /api/v1/users/:userIdx/events` */
export const UserEventsQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 64 })),
    region: RULE_PARAMETERS.region,
  },
  { additionalProperties: false },
);
