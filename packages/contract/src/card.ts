import { type Static, Type } from 'typebox';
import { Explanation } from './explanation.ts';
import { ItemIdx } from './identifiers.ts';
import { Propensity } from './slate.ts';

/** The user’s current feedback on a title, after all undos. `taste` is the later of like and dislike. */
export const FeedbackState = Type.Object(
  {
    taste: Type.Union([Type.Literal('like'), Type.Literal('dislike'), Type.Null()]),
    watched: Type.Boolean(),
    skipped: Type.Boolean(),
  },
  { $id: 'FeedbackState' },
);
export type FeedbackState = Static<typeof FeedbackState>;

/** A title as shown in rows, grids and search results. */
export const Card = Type.Object(
  {
    itemIdx: ItemIdx,
    /** The id in your own catalogue. */
    itemId: Type.String(),
    /** Its id where the catalogue has no title. */
    title: Type.String(),
    year: Type.Union([Type.Integer(), Type.Null()]),
    genres: Type.Array(Type.String()),
    posterUrl: Type.String(),
    why: Type.Optional(Explanation),
    /** Present if the title was drawn at random for its position. */
    propensity: Type.Optional(Propensity),
    feedback: FeedbackState,
  },
  { $id: 'Card' },
);
export type Card = Static<typeof Card>;
