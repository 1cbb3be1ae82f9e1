import { type Static, Type } from 'typebox';
import { Card, FeedbackState, Maturity } from './card.ts';
import { Explanation } from './explanation.ts';
import { GENERATION_PARAMETER } from './generation.ts';
import { ItemIdx, UserId, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

export const ItemParams = Type.Object({ itemIdx: ItemIdx });
/** Query of `GET /api/v1/items/:itemIdx`. `why`, `feedback` and `yourRating` of the response are for `userIdx`. */
export const ItemQuery = Type.Object(
  {
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    region: RULE_PARAMETERS.region,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);

/** Recent activity of all users with one title; the counts are exact to five minutes. */
const Lately = Type.Object({
  /** Likes, watches and clicks. */
  lastHour: Type.Integer(),
  lastDay: Type.Integer(),
  lastWeek: Type.Integer(),
  /** Number of times it was visible on a screen in the last week. */
  impressions: Type.Integer(),
  /** Likes and skips per impression in the last week; null without impressions. */
  likeRate: Type.Union([Type.Number(), Type.Null()]),
  skipRate: Type.Union([Type.Number(), Type.Null()]),
  /** Titles that the same people engaged with within hours, most people first. */
  engagedWith: Type.Array(Type.Object({ itemIdx: ItemIdx, itemId: Type.String(), userCount: Type.Integer() })),
});

/** Response of `GET /api/v1/items/:itemIdx`. */
export const ItemResponse = Type.Object(
  {
    itemIdx: ItemIdx,
    /** The id in your own catalogue. */
    itemId: Type.String(),
    /** Its id where the catalogue has no title. */
    title: Type.String(),
    year: Type.Union([Type.Integer(), Type.Null()]),
    /** The most telling first. */
    genres: Type.Array(Type.String()),
    /** Null where it is unknown. */
    maturity: Type.Union([Maturity, Type.Null()]),
    posterUrl: Type.String(),
    /** Ratings of the data set; `histogram` counts each distinct value, ascending. Null without ratings. */
    ratings: Type.Union([
      Type.Object({
        count: Type.Integer(),
        mean: Type.Number(),
        histogram: Type.Array(Type.Object({ value: Type.Number(), count: Type.Integer() })),
      }),
      Type.Null(),
    ]),
    lately: Lately,
    /** This user's rating in the data set; null if there is none. */
    yourRating: Type.Union([Type.Number(), Type.Null()]),
    /** Why the recommender would show it to this user; absent without `userIdx` or if no source finds it. */
    why: Type.Optional(Explanation),
    feedback: FeedbackState,
  },
  { $id: 'ItemResponse' },
);
export type ItemResponse = Static<typeof ItemResponse>;

/** Query of `GET /api/v1/items/:itemIdx/similar`. */
export const SimilarQuery = Type.Object(
  {
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export const SimilarResponse = Type.Object(
  {
    items: Type.Array(Card),
    /** Parts that failed or missed the deadline, as on the home page; usually empty. */
    degraded: Type.Array(Type.String()),
  },
  { $id: 'SimilarResponse' },
);
export type SimilarResponse = Static<typeof SimilarResponse>;
