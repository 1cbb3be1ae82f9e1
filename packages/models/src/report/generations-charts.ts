import { diversityChart } from './diversity-curve.ts';
import { describeProtocol } from './evaluation-report.ts';
import { type GenerationsReport, STEP_METRICS } from './generations-report.ts';
import type { LineChart } from './line-chart.ts';
import { reportCharts } from './report-charts.ts';

const LIFT_CUTOFFS = [10, 20, 50] as const;

/**
 * Charts by file name: recall and NDCG over k of all generations, and of each with the one before; each generation's
 * gain over the one before; and the cost of diversity.
 */
export function generationsCharts(report: GenerationsReport): Readonly<Record<string, LineChart>> {
  const { recall, ndcg } = reportCharts(report.evaluation);
  const names = report.costs.map(({ generation }) => generation);
  const last = names[names.length - 1];
  const span = names.length === 1 ? names[0] : `${names[0]}_${last}`;
  const pairs = names.slice(1).map((model, index) => [names[index], model] as const);
  return {
    ...Object.fromEntries(pairs.flatMap((pair) => Object.entries(pairCharts(report, pair)))),
    [`recall_${span}`]: recall,
    [`ndcg_${span}`]: ndcg,
    [`diversity_${last}`]: diversityChart(last, report.diversity, settingOf(report)),
    ...Object.fromEntries(
      pairs.map(([before, model]) => [`lift_${model}_${before}`, liftChart(report, model, before)]),
    ),
  };
}

/** `recall_v2_v3` and `ndcg_v2_v3`: a generation beside the one before. */
function pairCharts({ evaluation }: GenerationsReport, pair: readonly string[]): Readonly<Record<string, LineChart>> {
  const models = evaluation.models.filter(({ name }) => pair.includes(name));
  const { recall, ndcg } = reportCharts({ ...evaluation, models });
  return { [`recall_${pair.join('_')}`]: recall, [`ndcg_${pair.join('_')}`]: ndcg };
}

function settingOf({ evaluation }: GenerationsReport, seeds: readonly number[] = [evaluation.seed]): string {
  const trained = seeds.length === 1 ? `Seed ${seeds[0]}` : `Mean of seeds ${seeds.join(', ')}`;
  return `Protocol: ${describeProtocol(evaluation)}. ${trained}, data ${evaluation.dataset.hash.slice(0, 12)}.`;
}

function liftChart(report: GenerationsReport, model: string, against: string): LineChart {
  const { evaluation, meanOfSeeds } = report;
  const { steps } = meanOfSeeds ?? report;
  const metrics = [...new Set(STEP_METRICS.map((metric) => metric.split('@')[0]))];
  return {
    title: `Lift of ${model.toUpperCase()} over ${against.toUpperCase()} on ${evaluation.dataset.name}`,
    xTitle: 'k, length of the list (logarithmic)',
    yTitle: `per cent of what ${against.toUpperCase()} reaches; band: 95 % interval, paired over users${meanOfSeeds ? ' and seeds' : ''}`,
    caption: settingOf(report, meanOfSeeds?.seeds),
    xs: LIFT_CUTOFFS,
    series: metrics.map((metric) => ({
      name: `${metric === 'ndcg' ? 'NDCG' : 'Recall'}@k`,
      points: LIFT_CUTOFFS.map((k) => {
        const step = steps.find((each) => each.model === model && each.metric === `${metric}@${k}`);
        const { value = Number.NaN, low = Number.NaN, high = Number.NaN } = step?.lift ?? {};
        return { value: 100 * value, low: 100 * low, high: 100 * high };
      }),
    })),
  };
}
