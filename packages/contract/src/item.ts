import { type Static, Type } from 'typebox';
import { Card, FeedbackState } from './card.ts';
import { Explanation } from './explanation.ts';
import { ItemIdx, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

export const ItemParams = Type.Object({ itemIdx: ItemIdx });
/** The user for whom `why`, `feedback` and `yourRating` are filled. */
export const ItemQuery = Type.Object(
  { userIdx: Type.Optional(UserIdx), region: RULE_PARAMETERS.region },
  { additionalProperties: false },
);

/** What everybody did with one title lately; the counts are to five minutes. */
const Lately = Type.Object({
  /** Likes, watches and clicks. */
  lastHour: Type.Integer(),
  lastDay: Type.Integer(),
  lastWeek: Type.Integer(),
  /** Times it was seen on a screen in the last week. */
  impressions: Type.Integer(),
  /** Likes and skips of the last week by impression; null without any. */
  likeRate: Type.Union([Type.Number(), Type.Null()]),
  skipRate: Type.Union([Type.Number(), Type.Null()]),
  /** What the same people turned to within hours, most people first. */
  engagedWith: Type.Array(Type.Object({ itemIdx: ItemIdx, userCount: Type.Integer() })),
});

/** `GET /api/v1/items/:itemIdx` */
export const ItemResponse = Type.Object(
  {
    itemIdx: ItemIdx,
    /** The id in the user's own catalogue. */
    itemId: Type.String(),
    title: Type.Union([Type.String(), Type.Null()]),
    year: Type.Union([Type.Integer(), Type.Null()]),
    genres: Type.Array(Type.String()),
    posterUrl: Type.String(),
    /** From the data set's ratings; `histogram` counts each distinct rating value, ascending. Null where nobody rated. */
    ratings: Type.Union([
      Type.Object({
        count: Type.Integer(),
        mean: Type.Number(),
        histogram: Type.Array(Type.Object({ value: Type.Number(), count: Type.Integer() })),
      }),
      Type.Null(),
    ]),
    lately: Lately,
    /** This user's rating in the data set; null where there is none. */
    yourRating: Type.Union([Type.Number(), Type.Null()]),
    /** Why the recommender would show it to this user; absent without `userIdx` or when no source finds it. */
    why: Type.Optional(Explanation),
    feedback: FeedbackState,
  },
  { $id: 'ItemResponse' },
);
export type ItemResponse = Static<typeof ItemResponse>;

/** `GET /api/v1/items/:itemIdx/similar` */
export const SimilarQuery = Type.Object(
  {
    userIdx: Type.Optional(UserIdx),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);
export const SimilarResponse = Type.Object(
  {
    items: Type.Array(Card),
    /** What failed or was too late, as on the home page; usually empty. */
    degraded: Type.Array(Type.String()),
  },
  { $id: 'SimilarResponse' },
);
export type SimilarResponse = Static<typeof SimilarResponse>;
