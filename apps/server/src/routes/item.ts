import { ItemIdParams, ItemParams, ItemQuery, ItemResponse } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { type Engine, emptyCounts, explainTitle, type OnlineCounters } from '@matinee/recommender';
import type { Static } from 'typebox';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import type { ItemReference } from '../serving/references.ts';
import { lookUpVerdicts, requireItem, requireVisible, type Viewer } from '../serving/viewers.ts';
import { genresOf, maturityOf, posterUrlOf, titleOf, toExplanationBody, toFeedbackBody } from './cards.ts';
import type { Services } from './services.ts';

/** Length of `engagedWith`. */
const MAX_TOGETHER = 10;

/** `GET /api/v1/items/:itemIdx` and `/by-id/:itemId`: one item, with what this user did with it. */
export function addItemRoute(app: App, { serving, online, traffic, clock }: Services): void {
  async function answer(item: ItemReference, query: Static<typeof ItemQuery>, parameters: RequestParameters) {
    const { engine, viewers } = await serving.of(query.generation);
    requireItem(engine, item);
    const viewer = await viewers.viewerNamed(query, parameters);
    const itemIdx = requireVisible(engine, viewer, item);
    const { vocabulary, years } = engine.catalogue;
    const ratings = engine.ratings.summarise(itemIdx);
    return {
      itemIdx,
      itemId: vocabulary.ids[itemIdx] ?? '',
      title: titleOf(engine, itemIdx),
      year: years[itemIdx] || null,
      genres: genresOf(engine, itemIdx),
      maturity: maturityOf(engine, itemIdx),
      posterUrl: posterUrlOf(engine, itemIdx),
      ratings: ratings === undefined ? null : { ...ratings, histogram: [...ratings.histogram] },
      lately: recentlyOf(engine, viewer, itemIdx, online.counters, clock()),
      yourRating: ratingOf(engine, viewer, itemIdx),
      ...(await whyOf(engine, viewer, itemIdx)),
      feedback: toFeedbackBody(viewer.feedback, itemIdx),
    };
  }

  const schema = { tags: ['page'], querystring: ItemQuery, response: { 200: ItemResponse } };
  const summary = 'One title, with its ratings and what it is to a user';
  app.get(
    '/api/v1/items/:itemIdx',
    { ...traffic.gate.pageHooks, schema: { operationId: 'getItem', summary, ...schema, params: ItemParams } },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
  app.get(
    '/api/v1/items/by-id/:itemId',
    {
      ...traffic.gate.pageHooks,
      schema: { operationId: 'getItemById', summary: `${summary}, by your own id`, ...schema, params: ItemIdParams },
    },
    (request) => answer(request.params, request.query, readRequestParameters(request)),
  );
}

/** Counts what all users did with the item in recent days. */
function recentlyOf(
  engine: Engine,
  viewer: Viewer,
  itemIdx: ItemIndex,
  counters: Pick<OnlineCounters, 'read' | 'engagedWith'>,
  nowMs: number,
) {
  const counts = emptyCounts();
  counters.read(itemIdx, nowMs, counts);
  const { likes, skips, ...shown } = counts;
  const rateOf = (count: number): number | null => (counts.impressions > 0 ? count / counts.impressions : null);
  const { codes } = lookUpVerdicts(engine, viewer);
  const together = counters.engagedWith(itemIdx, MAX_TOGETHER).filter(({ itemIndex }) => codes[itemIndex] === 0);
  return {
    ...shown,
    likeRate: rateOf(likes),
    skipRate: rateOf(skips),
    engagedWith: together.map(({ itemIndex, userCount }) => ({
      itemIdx: itemIndex,
      itemId: engine.catalogue.vocabulary.ids[itemIndex] ?? '',
      userCount,
    })),
  };
}

function ratingOf(engine: Engine, { input }: Viewer, itemIdx: ItemIndex): number | null {
  return input.userIndex < 0 ? null : (engine.ratings.ratingOf(input.userIndex, itemIdx) ?? null);
}

/** Only for a known person: an explanation is about one user. */
async function whyOf(engine: Engine, { person, input }: Viewer, itemIdx: ItemIndex) {
  const explanation = person && (await explainTitle(engine, input, itemIdx, RECOMMEND_CONTEXT));
  return explanation === undefined ? {} : { why: toExplanationBody(engine, explanation) };
}
