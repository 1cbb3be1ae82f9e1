import { MovieParams, MovieQuery, MovieResponse } from '@matinee/contract';
import { type Engine, explainTitle } from '@matinee/recommender';
import type { App, Services } from '../app.ts';
import { genresOf, posterUrlOf, toExplanationBody, toFeedbackBody } from '../cards.ts';
import { type PersonState, requireItem } from '../people.ts';
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
      const state = userIdx === undefined ? undefined : await people.stateOf(await people.find(userIdx));
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
        yourRating: ratingOf(engine, state, itemIdx),
        ...(await whyOf(engine, state, itemIdx)),
        feedback: toFeedbackBody(state?.feedback, itemIdx),
      };
    },
  );

  function ratingOf(engine: Engine, state: PersonState | undefined, itemIdx: number): number | null {
    if (state === undefined || state.person.userIndex < 0) return null;
    return engine.ratings.ratingOf(state.person.userIndex, itemIdx) ?? null;
  }

  async function whyOf(engine: Engine, state: PersonState | undefined, itemIdx: number) {
    const explanation = state && (await explainTitle(engine, state.input, itemIdx, RECOMMEND_CONTEXT));
    return explanation === undefined ? {} : { why: toExplanationBody(engine, explanation) };
  }
}
