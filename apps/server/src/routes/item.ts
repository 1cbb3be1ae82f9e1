import { MovieParams, MovieQuery, MovieResponse } from '@matinee/contract';
import { type Engine, emptyCounts, explainTitle } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { askedBy } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { type Asker, lookUpVerdicts, requireItem, requireVisible } from '../serving/viewers.ts';
import { genresOf, posterUrlOf, toExplanationBody, toFeedbackBody } from './cards.ts';
import type { Services } from './services.ts';

/** Titles that `turnedToWith` tells of. */
const MAX_TOGETHER = 10;

/** `GET /api/v1/movies/:itemIdx`: one title, and what it is to this user. */
export function addMovieRoute(app: App, { current, counters, gate, clock }: Services): void {
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
        lately: latelyOf(engine, asker, itemIdx),
        yourRating: ratingOf(engine, asker, itemIdx),
        ...(await whyOf(engine, asker, itemIdx)),
        feedback: toFeedbackBody(asker.feedback, itemIdx),
      };
    },
  );

  function latelyOf(engine: Engine, asker: Asker, itemIdx: number) {
    const counts = emptyCounts();
    counters.read(itemIdx, clock(), counts);
    const { likes, skips, ...shown } = counts;
    const rateOf = (count: number): number | null => (counts.impressions > 0 ? count / counts.impressions : null);
    const { codes } = lookUpVerdicts(engine, asker);
    const together = counters.turnedToWith(itemIdx, MAX_TOGETHER).filter(({ itemIndex }) => codes[itemIndex] === 0);
    return {
      ...shown,
      likeRate: rateOf(likes),
      skipRate: rateOf(skips),
      turnedToWith: together.map(({ itemIndex, userCount }) => ({ itemIdx: itemIndex, userCount })),
    };
  }

  function ratingOf(engine: Engine, { input }: Asker, itemIdx: number): number | null {
    return input.userIndex < 0 ? null : (engine.ratings.ratingOf(input.userIndex, itemIdx) ?? null);
  }

  /** Only of somebody: a reason is why a title is there for them. */
  async function whyOf(engine: Engine, { person, input }: Asker, itemIdx: number) {
    const explanation = person && (await explainTitle(engine, input, itemIdx, RECOMMEND_CONTEXT));
    return explanation === undefined ? {} : { why: toExplanationBody(engine, explanation) };
  }
}
