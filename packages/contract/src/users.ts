import { type Static, Type } from 'typebox';
import { UserId, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

/** Parameters of `GET /api/v1/users/:userIdx`, which returns a {@link UserSummary}. */
export const UserParams = Type.Object({ userIdx: UserIdx });

/** Parameters of `GET /api/v1/users/by-id/:userId`. */
export const UserIdParams = Type.Object({ userId: UserId });

/** A user whose page can be viewed. */
export const UserSummary = Type.Object(
  {
    userIdx: UserIdx,
    /** The id in the data set, or `visitor-…`. */
    userId: Type.String(),
    kind: Type.Union([Type.Literal('dataset'), Type.Literal('visitor')]),
    /** Interactions in the data set plus feedback given on this server. */
    interactionCount: Type.Integer(),
    /** Most frequent genres of the history that somebody can have a taste for, at most three. */
    topGenres: Type.Array(Type.String()),
    /** Present if the user belongs to a profile of a household. */
    profile: Type.Optional(Type.Object({ name: Type.String(), isKids: Type.Boolean() })),
  },
  { $id: 'UserSummary' },
);
export type UserSummary = Static<typeof UserSummary>;

/** Response of `POST /api/v1/users`. */
export const NewVisitorResponse = Type.Object(
  {
    ...UserSummary.properties,
    /**
     * The secret that opens this visitor, given once: send it as the header `x-matinee-visitor` with every request for
     * the visitor. Absent if the request brought one, which then opens this visitor too.
     */
    secret: Type.Optional(Type.String()),
  },
  { $id: 'NewVisitor' },
);
export type NewVisitorResponse = Static<typeof NewVisitorResponse>;

/** Query of `GET /api/v1/users`: users and visitors whose id starts with `query`; a varied selection if absent. */
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

/** Query of `GET /api/v1/users/:userIdx/events`. */
export const UserEventsQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 64 })),
    /** Types to list, such as `click,impression`; likes, dislikes, watched and skips if absent. */
    types: Type.Optional(Type.String({ maxLength: 200 })),
    region: RULE_PARAMETERS.region,
  },
  { additionalProperties: false },
);
