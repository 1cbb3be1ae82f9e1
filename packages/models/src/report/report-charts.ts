import type { EvaluationReport } from './evaluation-report.ts';
import { describeProtocol } from './evaluation-report.ts';
import type { LineChart } from './line-chart.ts';

/** The charts of a report by file name: recall and NDCG over the cutoffs, all queries. */
export function reportCharts(report: EvaluationReport): Readonly<Record<'recall' | 'ndcg', LineChart>> {
  return { recall: chartOf(report, 'recall', 'Recall'), ndcg: chartOf(report, 'ndcg', 'NDCG') };
}

function chartOf(report: EvaluationReport, metric: string, name: string): LineChart {
  return {
    title: `${name}@k on ${report.dataset.name}`,
    xTitle: 'k, length of the list (logarithmic)',
    yTitle: `${name}@k, mean over queries; band: 95 % bootstrap interval over users`,
    caption: `Protocol: ${describeProtocol(report)}. Seed ${report.seed}, data ${report.dataset.hash.slice(0, 12)}.`,
    xs: report.cutoffs,
    series: report.models.map((model) => ({
      name: model.name,
      points: report.cutoffs.map(
        (k) => model.all.metrics[`${metric}@${k}`] ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN },
      ),
    })),
  };
}
