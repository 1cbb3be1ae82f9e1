import { MovieParams, MovieQuery, MovieResponse } from '@matinee/contract';
import { type Engine, explainTitle } from '@matinee/recommender';
import type { App, Services } from '../app.ts';
import { askedBy } from '../asked-rules.ts';
import { genresOf, posterUrlOf, toExplanationBody, toFeedbackBody } from '../cards.ts';
import { type Asker, requireItem, requireVisible } from '../people.ts';
import { RECOMMEND_CONTEXT } from '../recommend-context.ts';

/** `GET /api/v1/movies/:itemIdx`: one title, and what it is to this user. */
export function addMovieRoute(app: App, { current, gate }: Services): void {
  app.get(
    '/api/v1/movies/:itemIdx',
    {
      ...gate.hooks,
      schema: {
        operationId: 'getMovie',
        summary: 'One title, with its ratings and what it is to a user',
        tags: ['page'],
        params: MovieParams,
        querystring: MovieQuery,
        response: { 200: MovieResponse },
      },
    },
    async (request) => {
      const { itemIdx } = request.params;
      const { userIdx } = request.query;
      const { engine, people } = current();
      requireItem(engine, itemIdx);
      const asker = await people.askerOf(userIdx, askedBy(request));
      requireVisible(engine, asker, itemIdx);
      const { vocabulary, titles, years } = engine.catalogue;
      const ratings = engine.ratings.summarise(itemIdx);
      return {
        itemIdx,
        itemId: vocabulary.ids[itemIdx] ?? '',
        title: titles[itemIdx] ?? null,
        year: years[itemIdx] || null,
        genres: genresOf(engine, itemIdx),
        posterUrl: posterUrlOf(engine, itemIdx),
        ratings: ratings === undefined ? null : { ...ratings, histogram: [...ratings.histogram] },
        yourRating: ratingOf(engine, asker, itemIdx),
        ...(await whyOf(engine, asker, itemIdx)),
        feedback: toFeedbackBody(asker.feedback, itemIdx),
      };
    },
  );

  function ratingOf(engine: Engine, { input }: Asker, itemIdx: number): number | null {
    return input.userIndex < 0 ? null : (engine.ratings.ratingOf(input.userIndex, itemIdx) ?? null);
  }

  /** Only of somebody: a reason is why a title is there for them. */
  async function whyOf(engine: Engine, { person, input }: Asker, itemIdx: number) {
    const explanation = person && (await explainTitle(engine, input, itemIdx, RECOMMEND_CONTEXT));
    return explanation === undefined ? {} : { why: toExplanationBody(engine, explanation) };
  }
}
