import { type Estimate, type PairedDifference, pairedDifference } from '../evaluation/bootstrap.ts';
import { type CutLists, evaluateCuts, type MeasureOptions } from '../evaluation/evaluate.ts';
import { withCorrectedPValues } from '../evaluation/holm.ts';
import { rerankRankings } from '../evaluation/rerank-rankings.ts';
import type { ItemSpace } from '../slate/item-space.ts';
import type { LineChart } from './line-chart.ts';

const STRENGTHS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1] as const;

/** Metrics of lists re-ordered with one strength. */
export interface DiversityPoint {
  readonly strength: number;
  readonly ndcg: Estimate;
  /** Paired difference of NDCG@10 from strength 0; below 0 is the cost of diversity. */
  readonly cost: PairedDifference;
  /** The p-value of the cost, corrected for the number of strengths (Holm). */
  readonly correctedPValue: number;
  readonly diversity: Estimate;
  readonly miscalibration: Estimate;
  /** Share of the catalogue among the first ten of at least one list. */
  readonly coverage: number;
}

/** Lists after a cut in time, and the space in which they are re-ordered. */
export interface DiversityCut extends CutLists {
  readonly space: ItemSpace;
}

/**
 * Measures the cost of diversity: the same lists re-ordered as in a request, at each strength; all @10.
 *
 * @param cuts At least one; all queries are measured together.
 */
export function measureDiversity(cuts: readonly DiversityCut[], options: MeasureOptions): readonly DiversityPoint[] {
  const evaluations = STRENGTHS.map((strength) =>
    evaluateCuts(
      cuts.map(({ space, ...cut }) => ({
        ...cut,
        rankings: rerankRankings(cut.rankings, cut.fold.queries, space, strength),
      })),
      options,
    ),
  );
  const points = evaluations.map(({ all, lists, catalogue, bootstraps }, index) => ({
    strength: STRENGTHS[index],
    ndcg: all.metrics['ndcg@10'],
    cost: pairedDifference(bootstraps.all, evaluations[0].bootstraps.all, 'ndcg@10'),
    diversity: lists['diversity@10'],
    miscalibration: lists['miscalibration@10'],
    coverage: catalogue['coverage@10'],
  }));
  return withCorrectedPValues(points, ({ cost }) => cost.pValue);
}

/** A chart of NDCG@10 over diversity strength. */
export function diversityChart(model: string, points: readonly DiversityPoint[], caption: string): LineChart {
  const xs = points.map(({ diversity }) => diversity.value);
  const start = points[0].ndcg.value;
  const [first, last] = [Math.floor(Math.min(...xs) * 20), Math.ceil(Math.max(...xs) * 20)];
  return {
    title: `What diversity costs ${model.toUpperCase()}`,
    xTitle: 'Diversity@10: 1 − cosine of genres, mean over the pairs of a list',
    yTitle: 'NDCG@10; band: 95 % interval of the difference from strength 0, paired over users',
    caption: `Each point is a strength, along the line: ${points.map(({ strength }) => strength).join(', ')}. ${caption}`,
    xs: Array.from({ length: last - first + 1 }, (_, step) => (first + step) / 20),
    xScale: 'linear',
    series: [
      {
        name: model,
        xs,
        points: points.map(({ ndcg, cost }) => ({
          value: ndcg.value,
          low: start + cost.low,
          high: start + cost.high,
        })),
      },
    ],
  };
}
