import { count, day, fixed, listed, plural, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';

const SHOWN = 10;

/** From events to a question: what the models are asked with. */
export function historyPart({ trace, link }: PageInput): PagePart {
  const { engine, first, userId } = trace;
  const { base, retrieval, intentItems, userIndex, tasteGenres } = first.found.query;
  const length = base.itemIndices.length;
  const newest = Array.from({ length: Math.min(SHOWN, length) }, (_, back) => length - 1 - back);
  const rows = newest.map((at) => [
    day(base.timestamps[at]!),
    titleOf(trace, base.itemIndices[at]!),
    String(engine.ratings.ratingOf(userIndex, base.itemIndices[at]!) ?? '—'),
    fixed(base.weights[at]!, 2),
  ]);
  const against = retrieval.history.weights.filter((weight) => weight < 0).length;
  return {
    heading: 'A user becomes a question',
    blocks: [
      `User ${userId} has turned to ${plural(length, 'title')}. These are the last, newest first:`,
      table(['when', 'title', 'rating', 'weight'], rows),
      `The first stage, *hydrate*, makes a question of that: a history (items, moments, weights; oldest first) and the
moment of asking, here ${day(retrieval.asOf)}, when the data ends. What the user says on the page is folded in from the log; so
far it says nothing. The weight is what an event tells of taste, and one rule gives it offline and online alike.
${against === 0 ? 'Here every rating counts 1, a low one too: *that* somebody watched a film tells more than how they rated it' : `${plural(against, 'of them counts', 'of them count')} against its title`}
(${link('docs/confidence.md')} has the measurement).`,
      `Two short forms go along. *Recent intent* is the last few titles they wanted: ${listed(intentItems.map((item) => titleOf(trace, item)))}.
*Taste* is the genres that the history speaks for: ${count(tasteGenres.size)} of ${count(engine.catalogue.genreNames.length)}.`,
      `No model is ever asked about "user ${userId}". All are asked with a history, so somebody who came a minute ago is served
by the same code.`,
      `Code: ${link('packages/recommender/src/request/query.ts')}, ${link('packages/models/src/data/confidence.ts')}. Why:
${link('docs/decisions/0002-one-score-contract-for-known-and-new-users.md', 'decision 0002')}.`,
    ],
  };
}
