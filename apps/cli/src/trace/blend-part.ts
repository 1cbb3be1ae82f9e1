import type { Candidate } from '@matinee/recommender';
import { fixed, plural, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';

const SHOWN = 6;

/** From ranks to one score, with the arithmetic for one title. */
export function blendPart({ trace, link }: PageInput): PagePart {
  const { engine, first } = trace;
  const { pool } = first.found;
  const { sources, training } = engine.release;
  const byBlend = candidatesByBlend(trace.first.found.ranked);
  const [best] = byBlend;
  const contributionOf = (candidate: Candidate, name: string): number | undefined =>
    candidate.sources.find(({ source }) => source.name === name)?.contribution;
  return {
    heading: 'The blend: ranks become one score',
    blocks: [
      `A source gives its candidate 61 / (60 + rank): 1 for its first, ½ for its 62nd
([reciprocal rank fusion](https://doi.org/10.1145/1571941.1572114)). That share times the source's weight is its *contribution*, and a candidate's blend score is the
sum. A title that many sources rank well beats one that a single source adores.`,
      training?.metrics['validation.queries'] === undefined
        ? 'This data is too small to learn weights on, so all sources count alike:'
        : `Nobody sets the weights. The latest part of the training data is held out, sources are fitted without it, and weight moves
between them as long as that ranks the held-out events better (${plural(training.metrics['validation.queries'], 'question')}). Then all are fitted again on everything:`,
      table(
        ['source', 'weight', 'NDCG@100 alone, held out'],
        sources.map(({ name, weight }) => [
          name,
          fixed(weight),
          fixed(training?.metrics[`validation.ndcg@100.${name}`] ?? Number.NaN),
        ]),
      ),
      `A good source can have little weight, where another knows the same. The first candidates, with what each source
contributed:`,
      table(
        ['title', ...pool.sourceNames, 'blend score'],
        byBlend
          .slice(0, SHOWN)
          .map((candidate) => [
            titleOf(trace, candidate.itemIndex),
            ...pool.sourceNames.map((name) => signedOrNothing(contributionOf(candidate, name))),
            fixed(candidate.blendScore),
          ]),
      ),
      ...(best === undefined
        ? []
        : [
            `And the sum for *${titleOf(trace, best.itemIndex)}*, step by step:`,
            table(
              ['source', 'rank', 'share', 'weight', 'contribution'],
              [
                ...best.sources.map(({ source, rank, contribution }) => [
                  source.name,
                  String(rank),
                  fixed(contribution / source.weight),
                  fixed(source.weight),
                  signed(contribution),
                ]),
                ['**blend score**', '', '', '', `**${fixed(best.blendScore)}**`],
              ],
            ),
          ]),
      `Code: ${link('packages/models/src/blend/blend-candidates.ts')}, ${link('packages/models/src/blend/fit-blend-weights.ts')}. What was compared:
${link('docs/models/v1.md')}.`,
    ],
  };
}

/** As the blend orders them. */
export function candidatesByBlend(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => b.blendScore - a.blendScore || a.itemIndex - b.itemIndex);
}

function signedOrNothing(contribution: number | undefined): string {
  return contribution === undefined ? '' : signed(contribution);
}
