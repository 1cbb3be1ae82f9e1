import { count, day, fixed, listed, plural, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';

const SHOWN = 10;

/** From events to a query: the history that the models read. */
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
    heading: 'A user becomes a query',
    blocks: [
      `User ${userId} has engaged with ${plural(length, 'title')}. These are the latest, newest first:`,
      table(['when', 'title', 'rating', 'weight'], rows),
      `The first stage, *hydrate*, makes a query of that: a history (items, times, weights; oldest first) and the
request time, here ${day(retrieval.asOf)}, when the data ends. Feedback on the page is folded in from the log, which is empty so
far. The weight says how strongly an event speaks for taste; one rule sets it, offline and online.
${against === 0 ? 'Here every rating counts 1, a low one too: *that* somebody watched a title says more than how they rated it' : `${plural(against, 'of them counts', 'of them count')} against its title`}
(${link('docs/confidence.md')} has the measurement).`,
      `The query also holds two summaries. *Recent intent* is the last few titles they wanted: ${listed(intentItems.map((item) => titleOf(trace, item)))}.
*Taste* is the genres that are frequent in the history: ${count(tasteGenres.size)} of ${count(engine.catalogue.genreNames.length)}.`,
      `No model ever receives "user ${userId}". All of them receive a history, so the same code serves a visitor who arrived a
minute ago.`,
      `Code: ${link('packages/recommender/src/request/query.ts')}, ${link('packages/models/src/data/confidence.ts')}. Why:
${link('docs/decisions/0002-one-score-contract-for-known-and-new-users.md', 'decision 0002')}.`,
    ],
  };
}
