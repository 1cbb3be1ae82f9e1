import type { NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { asText, count, fixed, listed, plural, quantity, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import type { RequestTrace } from './trace-request.ts';

const SHOWN = 4;
const SEEDS_SHOWN = 2;

/** Every source's best, and what in the history caused them. */
export async function retrievePart({ trace, link }: PageInput): Promise<PagePart> {
  const { engine, first } = trace;
  const { query, found, pool } = first.found;
  const blocks = await Promise.all(
    found.map(async ({ name, weight, items }) => {
      const source = engine.release.sources.find((each) => each.name === name)!;
      const { notes } = source.model.traits;
      const rows = await Promise.all(
        Array.from(items.itemIndices.subarray(0, SHOWN), async (item, position) => [
          String(position + 1),
          titleOf(trace, item),
          quantity(items.scores[position]!),
          await describeCause(trace, source, query.retrieval, item),
        ]),
      );
      const reading = [
        link(notes.code, 'code'),
        link(notes.card, 'card'),
        ...(notes.paper ? [`[${notes.paper.name}](${notes.paper.url})`] : []),
      ];
      return [
        `**${name}**, ${plural(items.itemIndices.length, 'title')}, weight ${fixed(weight)}. ${notes.summary} (${reading.join(', ')})`,
        table(['rank', 'title', 'score', 'because of'], rows),
      ];
    }),
  );
  const union = new Set(found.flatMap(({ items }) => [...items.itemIndices]));
  return {
    heading: 'Many sources, many opinions',
    blocks: [
      `Scoring every title with the best model one has is too slow for large catalogues, and one model sees one thing. So
the work is cut in two: cheap *sources* narrow the catalogue down, something careful orders what is left
([Covington et al. 2016](https://doi.org/10.1145/2959100.2959190)). This release asks ${plural(found.length, 'source')}. Each gives its best
${count(engine.candidatesPerSource)}; here are the first ${SHOWN} of each. "Because of" names the *contributors*: the titles of the history that raised the
score most, each with its part of it.`,
      ...blocks.flat(),
      `Compare the scores: ${listed(found.map(({ items }) => quantity(items.scores[0] ?? Number.NaN)))} for the first titles. They are on scales of their own and cannot be added
up. Ranks can.`,
      `Together they name ${count(union.size)} different titles; the blend's best ${count(pool.itemIndices.length)} go on. A source that fails or is late is left
out and named in the answer: the page is thinner, never absent. Code: ${link('packages/recommender/src/candidates/retrieve.ts')}.`,
    ],
  };
}

/** Seeds where the score comes from single titles; otherwise what was counted. */
async function describeCause(
  trace: RequestTrace,
  { model }: NamedSource,
  query: RetrievalQuery,
  itemIndex: ItemIndex,
): Promise<string> {
  const evidence = model.evidence?.(query, itemIndex) ?? {};
  if (evidence.genres !== undefined) {
    return evidence.genres.map((genre) => asText(trace.engine.catalogue.genreNames[genre]!)).join(', ');
  }
  const contributors = await model.contributors(query, itemIndex, SEEDS_SHOWN);
  const named = contributors.map(
    (contributor) => `${titleOf(trace, contributor.itemIndex)} (${quantity(contributor.contribution)})`,
  );
  if (evidence.userCount !== undefined) named.unshift(plural(evidence.userCount, 'neighbour'));
  if (evidence.interactionCount !== undefined) {
    named.push(`${plural(evidence.interactionCount, 'person', 'people')} in ${plural(evidence.withinDays!, 'day')}`);
  }
  return named.join('; ') || 'everybody';
}
