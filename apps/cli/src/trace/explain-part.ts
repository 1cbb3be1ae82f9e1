import { type Candidate, type CandidateSource, type Explanation, explainCandidate } from '@matinee/recommender';
import { describeReason } from './describe-reason.ts';
import { decimalsOf, plural, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import type { RequestTrace } from './trace-request.ts';

/** Which reason a title is shown with, and that it is true. */
export async function explainPart({ trace, link }: PageInput): Promise<PagePart> {
  const { list, found } = trace.first;
  const onPage = await Promise.all(list.map(({ candidate }) => explainCandidate(trace.engine, found.query, candidate)));
  const named = onPage.findIndex(({ code }) => code === 'because_you_watched');
  return {
    heading: 'The reason shown',
    blocks: [
      `Each title comes with a reason, and a reason must be true. In the list of \`/recommend\` the kinds of the title's sources decide, in this order: a
sequence model, the two-tower model, a source over similar users or items, what is popular. On the page it is asked of the source that contributed
most; where that one has none to give, of the next:`,
      table(
        ['title', 'loudest source', 'its contribution', 'reason in the list', 'reason on the page'],
        list.map(({ candidate, explanation }, at) => [
          titleOf(trace, candidate.itemIndex),
          candidate.sources[0]?.source.name ?? '',
          signed(candidate.sources[0]?.contribution ?? Number.NaN),
          describeReason(trace, explanation),
          describeReason(trace, onPage[at] ?? explanation),
        ]),
      ),
      ...(await seedBlocks(trace, list[named]?.candidate, onPage[named])),
      `"Because you watched X" so means: X is in the history, and it raised this title in a source that put the title there. The ranker has
reasons of its own, as seen above; they order what the sources found, and are for engineers. Tests hold the reasons shown to their word.`,
      `Code: ${link('packages/recommender/src/candidates/explain-by-rule.ts')} for lists, ${link('packages/recommender/src/candidates/explain.ts')} for pages.`,
    ],
  };
}

const SHOWN = 5;

/** The contributors behind one reason: of the loudest source that found the named title among them. */
async function seedBlocks(
  trace: RequestTrace,
  candidate: Candidate | undefined,
  explanation: Explanation | undefined,
): Promise<readonly string[]> {
  const { engine, first } = trace;
  const { retrieval, userIndex } = first.found.query;
  if (candidate === undefined || explanation?.code !== 'because_you_watched') return [];
  for (const from of candidate.sources) {
    const { model, name } = from.source;
    const contributors = await model.contributors(retrieval, candidate.itemIndex, retrieval.history.itemIndices.length);
    if (!contributors.some(({ itemIndex }) => itemIndex === explanation.itemIndex)) continue;
    const decimals = decimalsOf(from.score);
    // Of other families, a contributor's part is what the score loses without it.
    const isSummed = model.traits.explains === 'sum';
    const further = contributors.slice(SHOWN).reduce((sum, { contribution }) => sum + contribution, 0);
    const raised = contributors.reduce((sum, { contribution }) => sum + contribution, 0);
    return [
      `Take *${titleOf(trace, candidate.itemIndex)}*. The loudest source that has a reason is \`${name}\`; ${
        isSummed
          ? 'its score is a sum over the history, so each title’s part in it is known exactly:'
          : 'each title’s part is what the score loses when it is taken out of the history:'
      }`,
      table(
        ['seed', 'rating', 'part of the score'],
        [
          ...contributors
            .slice(0, SHOWN)
            .map(({ itemIndex, contribution }) => [
              titleOf(trace, itemIndex),
              String(engine.ratings.ratingOf(userIndex, itemIndex) ?? '—'),
              signed(contribution, decimals),
            ]),
          [`*${plural(Math.max(0, contributors.length - SHOWN), 'further title')}*`, '', signed(further, decimals)],
          ...(isSummed ? sumRows(from, raised, decimals) : []),
        ],
      ),
      `The first contributor that the user really watched or liked is named: ${describeReason(trace, explanation)}.`,
    ];
  }
  return [];
}

function sumRows({ source, score }: CandidateSource, raised: number, decimals: number): readonly (readonly string[])[] {
  return [
    ['*titles that lowered it*', '', signed(score - raised, decimals)],
    [`**score of ${source.name}**`, '', `**${signed(score, decimals)}**`],
  ];
}
