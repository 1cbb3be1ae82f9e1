import { formatShare } from './evaluation-report.ts';
import { alignColumns, formatDifference, formatEstimate, formatReport, titleOf } from './format-table.ts';
import { type GenerationsReport, MAIN_METRIC, STEP_METRICS } from './generations-report.ts';

/**
 * Formats the comparison for a terminal: the evaluation of each generation, then the steps between them and their
 * costs.
 */
export function formatGenerations(report: GenerationsReport): string {
  const main = titleOf(MAIN_METRIC);
  const lines = [formatReport(report.evaluation)];
  if (report.steps.length > 0) {
    lines.push(
      '',
      'Each generation over the one before; lift as a share of what that one reaches',
      ...formatSteps(report),
    );
  }
  if (report.meanOfSeeds) {
    const { seeds, generations } = report.meanOfSeeds;
    lines.push(
      '',
      `In the mean of seeds ${seeds.join(', ')}; intervals over users`,
      ...alignColumns([
        ['generation', ...STEP_METRICS.map(titleOf)],
        ...generations.map(({ name, metrics }) => [
          name,
          ...STEP_METRICS.map((metric) => formatEstimate(metrics[metric], true)),
        ]),
      ]),
      ...formatSteps(report.meanOfSeeds),
    );
  }
  if (report.overSources.length > 0) {
    lines.push(
      '',
      'The last generation over each of its sources by itself',
      ...alignColumns([
        ['source', main, 'gain of the whole'],
        ...report.overSources.map(({ source, value, gain }) => [source, formatShare(value), formatDifference(gain)]),
      ]),
    );
  }
  lines.push(
    '',
    'How much the candidates of the last generation hold of what is asked for',
    ...alignColumns([
      ['candidates of', ...Object.keys(report.ceilings[0]?.recall ?? {}).map(titleOf)],
      ...report.ceilings.map(({ name, recall }) => [
        name,
        ...Object.values(recall).map(({ value }) => formatShare(value)),
      ]),
    ]),
  );
  lines.push(
    '',
    'What diversity costs: the last generation’s lists re-ordered; all @10',
    ...alignColumns([
      ['strength', main, 'against strength 0', 'diversity', 'miscalibration', 'coverage'],
      ...report.diversity.map(({ strength, ndcg, cost, diversity, miscalibration, coverage }) => [
        String(strength),
        formatShare(ndcg.value),
        formatDifference(cost),
        formatShare(diversity.value),
        formatShare(miscalibration.value),
        formatShare(coverage),
      ]),
    ]),
  );
  if (report.ablations.length > 0) {
    lines.push(
      '',
      'The last generation without each part, blend and ranker learned again; below 0: the part is of use',
      ...alignColumns([
        ['without', main, 'effect'],
        ...report.ablations.map(({ removed, kind, value, effect }) => [
          kind === 'source' ? removed : `${removed} features`,
          formatShare(value),
          formatDifference(effect),
        ]),
      ]),
    );
  }
  lines.push(
    '',
    'Cost',
    ...alignColumns([
      ['generation', 'training', 'ranking a query'],
      ...report.costs.map(({ generation, fitMs, msPerQuery }) => [
        generation,
        `${(fitMs / 1000).toFixed(1)} s`,
        `${msPerQuery.toFixed(1)} ms`,
      ]),
    ]),
  );
  return lines.join('\n');
}

function formatSteps({ steps }: Pick<GenerationsReport, 'steps'>): string[] {
  return alignColumns([
    ['step', 'metric', 'difference', 'lift'],
    ...steps.map(({ model, against, metric, difference, lift }) => [
      `${model} over ${against}`,
      titleOf(metric),
      formatDifference(difference),
      `${formatPercent(lift.value)} [${formatPercent(lift.low)}, ${formatPercent(lift.high)}]`,
    ]),
  ]);
}

function formatPercent(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(1)} %`;
}
