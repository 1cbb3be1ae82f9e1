import { featuresOf, NO_RANKER } from './features-part.ts';
import { count, fixed, plural, quantity, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { choosePlaced, type PlacedCandidate } from './places.ts';
import type { RequestTrace } from './trace-request.ts';

const SHOWN = 10;
const DIFFERENCES_SHOWN = 6;

/** A feature's part of a score, or of the difference of two scores. */
interface Contribution {
  readonly feature: string;
  readonly contribution: number;
}

/** The ranker's score of one title split into its parts, and why it ranks above another title. */
export function scorePart({ trace, link }: PageInput): PagePart {
  const heading = 'The ranker: a score and its reasons';
  const { ranking } = trace.engine.release;
  const [top, ...others] = choosePlaced(trace.first);
  if (ranking === undefined || trace.first.found.features === undefined || top === undefined) {
    return { heading, blocks: [NO_RANKER] };
  }
  return {
    heading,
    blocks: [
      describeTraining(trace, ranking.rankDepth),
      `A score of trees is a sum of leaves, and Shapley values share it out among the features exactly
([Lundberg et al. 2020](https://doi.org/10.1038/s42256-019-0138-9)). For *${titleOf(trace, top.candidate.itemIndex)}*:`,
      contributionTable(trace, top),
      `The start is low since hardly any candidate is the one that is chosen. Scores are log-odds, and only their order matters for
a list.`,
      ...others.slice(-1).flatMap((other) => differenceBlocks(trace, top, other)),
      `Code: ${link('packages/models/src/ranking/fit-ranker.ts')}, ${link('packages/models/src/ranking/feature-ranker.ts')},
${link('packages/gbdt/src/prediction/tree-shap.ts')}. Trees: [Ke et al. 2017](https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree); ours are ${link('docs/gbdt.md', 'a library of their own')}.`,
    ],
  };
}

function describeTraining({ engine }: RequestTrace, rankDepth: number): string {
  const metrics = engine.release.training?.metrics ?? {};
  return `Boosted trees score the best ${count(rankDepth)} of the blend. They are trained on ${plural(metrics['queries.fit'] ?? 0, 'held-out query', 'held-out queries')}: candidates for
people whose next events the sources had not seen, labelled by which of them those people engaged with next. On further held-out queries the ranker's
order has a quality of ${fixed(metrics['quality'] ?? Number.NaN)} and the blend's ${fixed(metrics['quality.blend'] ?? Number.NaN)} (the mean of NDCG@10 and @100, over queries whose answer was among the
candidates). These are few queries: read the numbers as a check, not as a result.`;
}

function contributionTable(trace: RequestTrace, { candidate }: PlacedCandidate): string {
  const row = featuresOf(trace, candidate.itemIndex)!;
  const contributions = contributionsOf(trace, row);
  const rest = contributions.slice(SHOWN);
  return table(
    ['feature', 'its value', 'moves the score by'],
    [
      ['*start: the mean score in training*', '', signed(trace.engine.release.ranking!.ranker.expectedScore())],
      ...contributions
        .slice(0, SHOWN)
        .map(({ feature, contribution }) => [
          `\`${feature}\``,
          featureValueOf(trace, row, feature),
          signed(contribution),
        ]),
      [`*${plural(rest.length, 'further feature')}*`, '', signed(sum(rest))],
      ['**score**', '', `**${fixed(candidate.score)}**`],
    ],
  );
}

function differenceBlocks(trace: RequestTrace, top: PlacedCandidate, other: PlacedCandidate): string[] {
  const [upper, lower] = [top, other].map(({ candidate }) => candidate);
  const [upperRow, lowerRow] = [upper!, lower!].map(({ itemIndex }) => featuresOf(trace, itemIndex)!);
  const [upperParts, lowerParts] = [upperRow!, lowerRow!].map(
    (row) => new Map(contributionsOf(trace, row).map(({ feature, contribution }) => [feature, contribution])),
  );
  const differences = trace.engine.release
    .ranking!.schema.names.map((feature) => ({
      feature,
      contribution: (upperParts!.get(feature) ?? 0) - (lowerParts!.get(feature) ?? 0),
    }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const further = differences.slice(DIFFERENCES_SHOWN);
  return [
    `Why does it rank above *${titleOf(trace, lower!.itemIndex)}*? Subtract the parts of one score from those of the other:`,
    table(
      ['feature', titleOf(trace, upper!.itemIndex), titleOf(trace, lower!.itemIndex), 'difference'],
      [
        ...differences
          .slice(0, DIFFERENCES_SHOWN)
          .map(({ feature, contribution }) => [
            `\`${feature}\``,
            featureValueOf(trace, upperRow!, feature),
            featureValueOf(trace, lowerRow!, feature),
            signed(contribution),
          ]),
        [`*${plural(further.length, 'further feature')}*`, '', '', signed(sum(further))],
        ['**score**', fixed(upper!.score), fixed(lower!.score), `**${signed(upper!.score - lower!.score)}**`],
      ],
    ),
  ];
}

function contributionsOf({ engine }: RequestTrace, row: Float32Array): readonly Contribution[] {
  return engine.release.ranking!.ranker.explain(row, 1, row.length)[0]!;
}

function featureValueOf({ engine }: RequestTrace, row: Float32Array, feature: string): string {
  return quantity(row[engine.release.ranking!.schema.names.indexOf(feature)]!);
}

function sum(parts: readonly Contribution[]): number {
  return parts.reduce((total, { contribution }) => total + contribution, 0);
}
