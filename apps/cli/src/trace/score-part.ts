import { featuresOf, NO_RANKER } from './features-part.ts';
import { count, fixed, plural, quantity, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { choosePlaced } from './places.ts';
import type { RequestTrace } from './trace-request.ts';

const SHOWN = 10;
const DIFFERENCES_SHOWN = 6;

/** The ranker's score of one title, taken apart; and why it stands above another. */
export function scorePart({ trace, link }: PageInput): PagePart {
  const heading = 'The ranker: a score and its reasons';
  const { ranking, training } = trace.engine.release;
  if (ranking === undefined || trace.first.found.features === undefined) return { heading, blocks: [NO_RANKER] };
  const { ranker, schema } = ranking;
  const metrics = training?.metrics ?? {};
  const [top, ...others] = choosePlaced(trace.first);
  if (top === undefined) return { heading, blocks: [NO_RANKER] };
  const row = featuresOf(trace, top.candidate.itemIndex)!;
  const contributions = contributionsOf(trace, row);
  const shown = contributions.slice(0, SHOWN);
  const rest = contributions.slice(SHOWN);
  const valueIn = (values: Float32Array, feature: string): string => quantity(values[schema.names.indexOf(feature)]!);
  const sum = (parts: readonly { readonly contribution: number }[]): number =>
    parts.reduce((total, { contribution }) => total + contribution, 0);
  return {
    heading,
    blocks: [
      `The best ${count(ranking.rankDepth)} of the blend are scored by boosted trees, taught on ${plural(metrics['ranker.queries.fit'] ?? 0, 'held-out question')}: candidates of people the sources had
not seen the answer of, and which of them they turned to next. On further questions the ranker's order is worth ${fixed(metrics['ranker.quality'] ?? Number.NaN)} and the blend's
${fixed(metrics['ranker.quality.blend'] ?? Number.NaN)} (mean of NDCG@10 and @100, where the answer was among the candidates). Few questions, so read it as a check and not as a result.`,
      `A score of trees is a sum of leaves, and can be shared out among the features exactly: by Shapley values
([Lundberg et al. 2020](https://doi.org/10.1038/s42256-019-0138-9)). For *${titleOf(trace, top.candidate.itemIndex)}*:`,
      table(
        ['feature', 'its value', 'moves the score by'],
        [
          ['*start: the mean score in training*', '', signed(ranker.expectedScore())],
          ...shown.map(({ feature, contribution }) => [`\`${feature}\``, valueIn(row, feature), signed(contribution)]),
          [`*${plural(rest.length, 'further feature')}*`, '', signed(sum(rest))],
          ['**score**', '', `**${fixed(top.candidate.score)}**`],
        ],
      ),
      `The start is low since hardly any candidate is the one that is chosen; scores count in log-odds, and only their order matters for
a list.`,
      ...others.slice(-1).flatMap((other) => {
        const otherRow = featuresOf(trace, other.candidate.itemIndex)!;
        const own = new Map(contributions.map(({ feature, contribution }) => [feature, contribution]));
        const others = new Map(
          contributionsOf(trace, otherRow).map(({ feature, contribution }) => [feature, contribution]),
        );
        const differences = schema.names
          .map((feature) => ({
            feature,
            contribution: (own.get(feature) ?? 0) - (others.get(feature) ?? 0),
          }))
          .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
        const further = differences.slice(DIFFERENCES_SHOWN);
        return [
          `Why does it stand above *${titleOf(trace, other.candidate.itemIndex)}*? Subtract one account from the other:`,
          table(
            [
              'feature',
              titleOf(trace, top.candidate.itemIndex),
              titleOf(trace, other.candidate.itemIndex),
              'difference',
            ],
            [
              ...differences
                .slice(0, DIFFERENCES_SHOWN)
                .map(({ feature, contribution }) => [
                  `\`${feature}\``,
                  valueIn(row, feature),
                  valueIn(otherRow, feature),
                  signed(contribution),
                ]),
              [`*${plural(further.length, 'further feature')}*`, '', '', signed(sum(further))],
              [
                '**score**',
                fixed(top.candidate.score),
                fixed(other.candidate.score),
                `**${signed(top.candidate.score - other.candidate.score)}**`,
              ],
            ],
          ),
        ];
      }),
      `Code: ${link('packages/models/src/ranking/fit-ranker.ts')}, ${link('packages/models/src/ranking/feature-ranker.ts')},
${link('packages/gbdt/src/prediction/tree-shap.ts')}. Trees: [Ke et al. 2017](https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree); ours are ${link('docs/gbdt.md', 'a library of their own')}.`,
    ],
  };
}

function contributionsOf({ engine }: RequestTrace, row: Float32Array) {
  return engine.release.ranking!.ranker.explain(row, 1, row.length)[0]!;
}
