import { type Static, Type } from 'typebox';
import { ItemIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

/** Query of `GET /api/v1/users/:userIdx/history`. */
export const UserHistoryQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    cursor: Type.Optional(Type.String({ pattern: '^\\d{1,9}$', description: 'From an earlier response' })),
    sort: Type.Union([Type.Literal('newest'), Type.Literal('rating')], {
      default: 'newest',
      description: 'newest = the latest first; rating = the highest first, the latest of equal ones first',
    }),
    region: RULE_PARAMETERS.region,
  },
  { additionalProperties: false },
);
export type UserHistoryQuery = Static<typeof UserHistoryQuery>;

/** What a user's history says of their taste: of the titles that count for them, in the data set and here. */
export const TasteProfile = Type.Object(
  {
    titleCount: Type.Integer(),
    /** Mean of the user's ratings in the data set; null without ratings. */
    meanRating: Type.Union([Type.Number(), Type.Null()]),
    /** Share of the titles with the genre, largest first; a title may have several. */
    genres: Type.Array(Type.Object({ genre: Type.String(), share: Type.Number() })),
    /** Titles by decade (1990 = the 1990s), ascending; without titles of unknown year. */
    decades: Type.Array(Type.Object({ decade: Type.Integer(), count: Type.Integer() })),
    /**
     * How well known the titles are: the mean share of the catalogue with fewer interactions, 0 to 1. Null without
     * titles.
     */
    mainstream: Type.Union([Type.Number(), Type.Null()]),
  },
  { $id: 'TasteProfile' },
);
export type TasteProfile = Static<typeof TasteProfile>;

/** Response of `GET /api/v1/users/:userIdx/history`: what the data set has of the user, who is a member of it. */
export const UserHistoryResponse = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        itemIdx: ItemIdx,
        itemId: Type.String(),
        /** Its id where the catalogue has no title. */
        title: Type.String(),
        year: Type.Union([Type.Integer(), Type.Null()]),
        posterUrl: Type.String(),
        /** Null where the user did something else than rate it. */
        rating: Type.Union([Type.Number(), Type.Null()]),
        /** ISO 8601. */
        at: Type.String(),
        /** Whether it counts for the user's taste, so that a reason may name it. */
        counts: Type.Boolean(),
      }),
    ),
    /** Number of titles in all; 0 for visitors. */
    total: Type.Integer(),
    /** Pass as `cursor` for the next page; null at the end. */
    cursor: Type.Union([Type.String(), Type.Null()]),
    taste: TasteProfile,
  },
  { $id: 'UserHistoryResponse' },
);
export type UserHistoryResponse = Static<typeof UserHistoryResponse>;
