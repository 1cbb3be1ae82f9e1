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
const CORRECTED = 'Corrected: p for the number of rows (Holm). Lift: as a share of what the earlier one reaches.';

function stepsSection(report: GenerationsReport): string[] {
  return [
    `Each generation over the one before, trained from seed ${report.evaluation.seed} alone: intervals over users, of this one training.`,
    CORRECTED,
    ...formatSteps(report),
  ];
}

function meanOfSeedsSection(mean: NonNullable<GenerationsReport['meanOfSeeds']>): string[] {
  return [
    `In the mean of seeds ${mean.seeds.join(', ')}; intervals over users and seeds, so they are about the method`,
    ...alignColumns([
      ['generation', ...STEP_METRICS.map(titleOf)],
      ...mean.generations.map(({ name, metrics }) => [
        name,
        ...STEP_METRICS.map((metric) => formatEstimate(metrics[metric], true)),
      ]),
    ]),
    CORRECTED,
    ...formatSteps(mean),
  ];
}

function overSourcesSection({ overSources }: GenerationsReport): string[] {
  return [
    'The last generation over each of its sources by itself; p corrected for the number of rows (Holm)',
    ...alignColumns([
      ['source', MAIN_TITLE, 'gain of the whole'],
      ...overSources.map(({ source, value, gain, correctedPValue }) => [
        source,
        formatShare(value),
        formatDifference({ ...gain, pValue: correctedPValue }),
      ]),
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
    'What diversity costs: the last generation’s lists re-ordered; all @10; p corrected for the number of rows (Holm)',
    ...alignColumns([
      ['strength', MAIN_TITLE, 'against strength 0', 'diversity', 'miscalibration', 'coverage'],
      ...points.map(({ strength, ndcg, cost, correctedPValue, diversity, miscalibration, coverage }) => [
        String(strength),
        formatShare(ndcg.value),
        formatDifference({ ...cost, pValue: correctedPValue }),
        formatShare(diversity.value),
        formatShare(miscalibration.value),
        formatShare(coverage),
      ]),
    ]),
  ];
}

function ablationsSection({ ablations }: GenerationsReport): string[] {
  return [
    'The last generation without each part, blend and ranker learned again; below 0: the part is of use; p corrected (Holm)',
    ...alignColumns([
      ['without', MAIN_TITLE, 'effect'],
      ...ablations.map(({ removed, kind, value, effect, correctedPValue }) => [
        kind === 'source' ? removed : `${removed} features`,
        formatShare(value),
        formatDifference({ ...effect, pValue: correctedPValue }),
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
