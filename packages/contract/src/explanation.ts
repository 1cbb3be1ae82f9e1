import { type Static, Type } from 'typebox';

/**
 * Why a title is shown: a code and its parameters. The client supplies the wording, so that it can be translated.
 *
 * - `because_you_watched`: `itemIdx` and `title` name a title of the user's history that is a neighbour of this one.
 * - `similar_to_your_taste`: `genres` lists the genres of the user's taste that this title has. It is empty if the
 *   title matches the taste as a whole.
 * - `popular_among_similar`: `userCount` people with a similar history engaged with it; absent if not counted.
 * - `trending_now`: `interactionCount` people engaged with it lately; absent if not counted.
 * - `first_of_series`: it is the first of a series; `itemIdx` and `title` name a later one that stands after it.
 * - `from_the_catalogue`: nothing is known of it but the catalogue's `genres` and `year`; absent where there are none.
 */
export const Explanation = Type.Object(
  {
    code: Type.Union([
      Type.Literal('because_you_watched'),
      Type.Literal('similar_to_your_taste'),
      Type.Literal('popular_among_similar'),
      Type.Literal('trending_now'),
      Type.Literal('first_of_series'),
      Type.Literal('from_the_catalogue'),
    ]),
    params: Type.Object({
      itemIdx: Type.Optional(Type.Integer()),
      title: Type.Optional(Type.String()),
      genres: Type.Optional(Type.Array(Type.String())),
      userCount: Type.Optional(Type.Integer()),
      interactionCount: Type.Optional(Type.Integer()),
      year: Type.Optional(Type.Integer()),
    }),
  },
  { $id: 'Explanation' },
);
export type Explanation = Static<typeof Explanation>;
