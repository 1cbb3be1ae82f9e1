import { formatPValue, formatShare } from './evaluation-report.ts';
import { alignColumns, formatDifference, formatEstimate, formatReport, titleOf } from './format-table.ts';
import { type GenerationsReport, MAIN_METRIC, STEP_METRICS } from './generations-report.ts';

/**
 * Formats the comparison for a terminal: the evaluation of each generation, then the steps between them and their
 * costs.
 */
export function formatGenerations(report: GenerationsReport): string {
  const sections = [
    ...(report.steps.length > 0 ? [stepsSection(report)] : []),
    ...(report.meanOfSeeds ? [meanOfSeedsSection(report.meanOfSeeds)] : []),
    ...(report.overSources.length > 0 ? [overSourcesSection(report)] : []),
    ceilingsSection(report),
    diversitySection(report),
    ...(report.ablations.length > 0 ? [ablationsSection(report)] : []),
    costSection(report),
  ];
  return [formatReport(report.evaluation), ...sections.flatMap((lines) => ['', ...lines])].join('\n');
}

const MAIN_TITLE = titleOf(MAIN_METRIC);

function stepsSection(report: GenerationsReport): string[] {
  return [
    'Each generation over the one before; p corrected for the number of rows (Holm); lift as a share of what that one reaches',
    ...formatSteps(report),
  ];
}

function meanOfSeedsSection(mean: NonNullable<GenerationsReport['meanOfSeeds']>): string[] {
  return [
    `In the mean of seeds ${mean.seeds.join(', ')}; intervals over users`,
    ...alignColumns([
      ['generation', ...STEP_METRICS.map(titleOf)],
      ...mean.generations.map(({ name, metrics }) => [
        name,
        ...STEP_METRICS.map((metric) => formatEstimate(metrics[metric], true)),
      ]),
    ]),
    ...formatSteps(mean),
  ];
}

function overSourcesSection({ overSources }: GenerationsReport): string[] {
  return [
    'The last generation over each of its sources by itself',
    ...alignColumns([
      ['source', MAIN_TITLE, 'gain of the whole'],
      ...overSources.map(({ source, value, gain }) => [source, formatShare(value), formatDifference(gain)]),
    ]),
  ];
}

function ceilingsSection({ ceilings }: GenerationsReport): string[] {
  return [
    'How much the candidates of the last generation hold of what is asked for',
    ...alignColumns([
      ['candidates of', ...Object.keys(ceilings[0]?.recall ?? {}).map(titleOf)],
      ...ceilings.map(({ name, recall }) => [name, ...Object.values(recall).map(({ value }) => formatShare(value))]),
    ]),
  ];
}

function diversitySection({ diversity: points }: GenerationsReport): string[] {
  return [
    'What diversity costs: the last generation’s lists re-ordered; all @10',
    ...alignColumns([
      ['strength', MAIN_TITLE, 'against strength 0', 'diversity', 'miscalibration', 'coverage'],
      ...points.map(({ strength, ndcg, cost, diversity, miscalibration, coverage }) => [
        String(strength),
        formatShare(ndcg.value),
        formatDifference(cost),
        formatShare(diversity.value),
        formatShare(miscalibration.value),
        formatShare(coverage),
      ]),
    ]),
  ];
}

function ablationsSection({ ablations }: GenerationsReport): string[] {
  return [
    'The last generation without each part, blend and ranker learned again; below 0: the part is of use',
    ...alignColumns([
      ['without', MAIN_TITLE, 'effect'],
      ...ablations.map(({ removed, kind, value, effect }) => [
        kind === 'source' ? removed : `${removed} features`,
        formatShare(value),
        formatDifference(effect),
      ]),
    ]),
  ];
}

function costSection({ costs }: GenerationsReport): string[] {
  return [
    'Cost',
    ...alignColumns([
      ['generation', 'training', 'ranking a query'],
      ...costs.map(({ generation, fitMs, msPerQuery }) => [
        generation,
        `${(fitMs / 1000).toFixed(1)} s`,
        `${msPerQuery.toFixed(1)} ms`,
      ]),
    ]),
  ];
}

function formatSteps({ steps }: Pick<GenerationsReport, 'steps'>): string[] {
  return alignColumns([
    ['step', 'metric', 'difference', 'corrected', 'lift'],
    ...steps.map(({ model, against, metric, difference, lift, correctedPValue }) => [
      `${model} over ${against}`,
      titleOf(metric),
      formatDifference(difference),
      formatPValue(correctedPValue),
      `${formatPercent(lift.value)} [${formatPercent(lift.low)}, ${formatPercent(lift.high)}]`,
    ]),
  ]);
}

function formatPercent(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(1)} %`;
}
