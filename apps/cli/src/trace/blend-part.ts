import type { Candidate } from '@matinee/recommender';
import { fixed, plural, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import type { RequestTrace } from './trace-request.ts';

const SHOWN = 6;

/** From ranks to one score, with the arithmetic for one title. */
export function blendPart({ trace, link }: PageInput): PagePart {
  const byBlend = candidatesByBlend(trace.first.found.ranked);
  const [best] = byBlend;
  return {
    heading: 'The blend: ranks become one score',
    blocks: [
      `A source gives its candidate 61 / (60 + rank): 1 for its first, ½ for its 62nd
([reciprocal rank fusion](https://doi.org/10.1145/1571941.1572114)). That share times the source's weight is its *contribution*, and a candidate's blend score is the
sum. A title that many sources rank well beats one that only a single source ranks first.`,
      ...weightBlocks(trace),
      `A good source can have little weight when another one finds the same titles. The first candidates, with what each
source contributed:`,
      candidateTable(trace, byBlend.slice(0, SHOWN)),
      ...(best === undefined ? [] : sumBlocks(trace, best)),
      `Code: ${link('packages/models/src/blend/blend-candidates.ts')}, ${link('packages/models/src/blend/fit-blend-weights.ts')}. What was compared:
${link('docs/models/v1.md')}.`,
    ],
  };
}

/** The candidates in the order of the blend. */
export function candidatesByBlend(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => b.blendScore - a.blendScore || a.itemIndex - b.itemIndex);
}

function weightBlocks({ engine }: RequestTrace): string[] {
  const { sources, training } = engine.release;
  return [
    training?.metrics['validation.queries'] === undefined
      ? 'This data is too small to learn weights on, so all sources count alike:'
      : `The weights are learned. The latest part of the training data is held out and the sources are fitted without it. Weight then moves
between them for as long as that ranks the held-out events better (${plural(training.metrics['validation.queries'], 'query', 'queries')}). Finally all sources are fitted again on everything:`,
    table(
      ['source', 'weight', 'NDCG@100 alone, held out'],
      sources.map(({ name, weight }) => [
        name,
        fixed(weight),
        fixed(training?.metrics[`validation.ndcg@100.${name}`] ?? Number.NaN),
      ]),
    ),
  ];
}

function candidateTable(trace: RequestTrace, candidates: readonly Candidate[]): string {
  const { sourceNames } = trace.first.found.pool;
  return table(
    ['title', ...sourceNames, 'blend score'],
    candidates.map((candidate) => [
      titleOf(trace, candidate.itemIndex),
      ...sourceNames.map((name) => {
        const found = candidate.sources.find(({ source }) => source.name === name);
        return found === undefined ? '' : signed(found.contribution);
      }),
      fixed(candidate.blendScore),
    ]),
  );
}

function sumBlocks(trace: RequestTrace, best: Candidate): string[] {
  return [
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
  ];
}
