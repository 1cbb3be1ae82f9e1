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

/** The lowest age in years that a title is meant for: listed for it, or estimated from its genres. */
export const Maturity = Type.Object({
  age: Type.Integer({ minimum: 0, maximum: 18 }),
  source: Type.Union([Type.Literal('listed'), Type.Literal('estimated')]),
});
export type Maturity = Static<typeof Maturity>;

/** A title as shown in rows, grids and search results. */
export const Card = Type.Object(
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
    why: Type.Optional(Explanation),
    /** Present if the title was drawn at random for its position. */
    propensity: Type.Optional(Propensity),
    /** Present in lists that describe a title and not the viewer: the viewer knows this one already. */
    seen: Type.Optional(Type.Literal(true)),
    feedback: FeedbackState,
  },
  { $id: 'Card' },
);
export type Card = Static<typeof Card>;
