import { type Static, Type } from 'typebox';

/**
 * Why a title is there: a code and what fills it. The words are the client's, so that they can be translated.
 *
 * - `because_you_watched`: `itemIdx`, `title` name a title of the user's history that this one is a neighbour of.
 * - `similar_to_your_taste`: `genres` lists the genres of the user's taste that this title has; empty where it is their taste as a
 *   whole that it is like.
 * - `popular_among_similar`: `userCount` people whose history resembles this one turned to it, when counted.
 * - `trending_now`: `interactionCount` recent interactions of everybody, when counted.
 */
export const Explanation = Type.Object(
  {
    code: Type.Union([
      Type.Literal('because_you_watched'),
      Type.Literal('similar_to_your_taste'),
      Type.Literal('popular_among_similar'),
      Type.Literal('trending_now'),
    ]),
    params: Type.Object({
      itemIdx: Type.Optional(Type.Integer()),
      title: Type.Optional(Type.String()),
      genres: Type.Optional(Type.Array(Type.String())),
      userCount: Type.Optional(Type.Integer()),
      interactionCount: Type.Optional(Type.Integer()),
    }),
  },
  { $id: 'Explanation' },
);
export type Explanation = Static<typeof Explanation>;
