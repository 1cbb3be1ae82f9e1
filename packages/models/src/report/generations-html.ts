import type { PairedDifference } from '../evaluation/bootstrap.ts';
import { formatCount, formatPValue, formatShare } from './evaluation-report.ts';
import { titleOf } from './format-table.ts';
import { generationsCharts } from './generations-charts.ts';
import { type GenerationsReport, MAIN_METRIC, STEP_METRICS } from './generations-report.ts';
import { type Cell, estimateCell, table } from './html-parts.ts';
import { drawLineChart, PAGE_THEME } from './line-chart.ts';
import { writeReportHtml } from './report-html.ts';

const MAIN_TITLE = titleOf(MAIN_METRIC);

/** Renders the comparison as one self-contained page: the steps, their costs, then the complete evaluation. */
export function writeGenerationsHtml(report: GenerationsReport): string {
  return writeReportHtml(report.evaluation, [
    ...chartsOf(report, 'lift_'),
    '<h2>Each generation over the one before</h2>',
    `<p>Trained from seed ${report.evaluation.seed} alone. Paired on the same queries; whole users are resampled alike for both, so the
intervals are about this one training and other users. Corrected: for the number of rows (Holm). Lift as a share of the earlier one.</p>`,
    stepsTable(report),
    ...(report.meanOfSeeds ? meanOfSeeds(report.meanOfSeeds) : []),
    ...optional(report.overSources.length > 0, overSources(report)),
    ...ceilings(report),
    ...diversity(report),
    ...optional(report.ablations.length > 0, ablations(report)),
    ...costs(report),
  ]);
}

function chartsOf(report: GenerationsReport, kind: string): readonly string[] {
  return Object.entries(generationsCharts(report))
    .filter(([name]) => name.startsWith(kind))
    .map(([, chart]) => `<figure>${drawLineChart(chart, PAGE_THEME)}</figure>`);
}

function overSources(report: GenerationsReport): readonly string[] {
  return [
    '<h2>The whole over each of its sources</h2>',
    `<p>${MAIN_TITLE} of each source of the last generation, asked by itself, and what the generation adds to it. p corrected for the number of rows (Holm).</p>`,
    table(
      ['Source', MAIN_TITLE, 'Gain of the whole', 'Test'],
      report.overSources.map(({ source, value, gain, correctedPValue }) => [
        source,
        formatShare(value),
        ...effectCells(gain, correctedPValue),
      ]),
    ),
  ];
}

function ceilings(report: GenerationsReport): readonly string[] {
  return [
    '<h2>How much the sources find</h2>',
    '<p>Recall of each list of candidates, of their union and of the blend: no ranker finds what stands in none of them.</p>',
    table(
      ['Candidates of', ...Object.keys(report.ceilings[0]?.recall ?? {}).map(titleOf)],
      report.ceilings.map(({ name, recall }) => [name, ...Object.values(recall).map(estimateCell)]),
    ),
  ];
}

function diversity(report: GenerationsReport): readonly string[] {
  return [
    '<h2>What diversity costs</h2>',
    `<p>The last generation’s lists, re-ordered as a request with <code>diversity</code> re-orders them. Cost: against strength 0, on the
same queries; p corrected for the number of rows (Holm). All @10.</p>`,
    ...chartsOf(report, 'diversity_'),
    table(
      ['Strength', MAIN_TITLE, 'Cost', 'Test', 'Diversity', 'Miscalibration', 'Coverage'],
      report.diversity.map((point) => [
        String(point.strength),
        estimateCell(point.ndcg),
        ...effectCells(point.cost, point.correctedPValue),
        estimateCell(point.diversity),
        estimateCell(point.miscalibration),
        formatShare(point.coverage),
      ]),
    ),
  ];
}

function ablations(report: GenerationsReport): readonly string[] {
  return [
    '<h2>What each part is worth</h2>',
    `<p>The last generation without one source, or with one group of features withheld: blend and ranker were learned
again without it. ${MAIN_TITLE}, and its difference from the whole: below 0 means that the part was of use. p corrected
for the number of rows (Holm).</p>`,
    table(
      ['Without', 'Kind', MAIN_TITLE, 'Effect', 'Test'],
      report.ablations.map(({ removed, kind, value, effect, correctedPValue }) => [
        removed,
        kind,
        formatShare(value),
        ...effectCells(effect, correctedPValue),
      ]),
    ),
  ];
}

function costs(report: GenerationsReport): readonly string[] {
  return [
    '<h2>Cost</h2>',
    '<p>Each step when it was computed; generations share the steps that they have in common. Bytes of its result.</p>',
    table(
      ['Generation', 'Training', 'Ranking one query'],
      report.costs.map(({ generation, fitMs, msPerQuery }) => [
        generation,
        `${(fitMs / 1000).toFixed(1)} s`,
        `${msPerQuery.toFixed(1)} ms`,
      ]),
    ),
    table(
      ['Step of the last generation', 'Time', 'KiB'],
      (report.costs.at(-1)?.stages ?? []).map(({ name, ms, bytes }) => [
        name,
        `${(ms / 1000).toFixed(1)} s`,
        formatCount(Math.round(bytes / 1024)),
      ]),
    ),
  ];
}

function stepsTable({ steps }: Pick<GenerationsReport, 'steps'>): string {
  return table(
    ['Generation', 'Over', 'Metric', 'Difference', 'Test', 'Corrected', 'Lift'],
    steps.map(({ model, against, metric, difference, lift, correctedPValue }) => [
      model,
      against,
      titleOf(metric),
      ...effectCells(difference),
      formatPValue(correctedPValue),
      estimateCell(lift),
    ]),
  );
}

function meanOfSeeds(mean: NonNullable<GenerationsReport['meanOfSeeds']>): readonly string[] {
  return [
    `<h2>In the mean of seeds ${mean.seeds.join(', ')}</h2>`,
    `<p>Every generation trained from each of these seeds and asked the same. Intervals hold the spread between users and that
between seeds, so they are about the method: what other users and another seed would give. Steps are paired by user and
by seed.</p>`,
    table(
      ['Generation', ...STEP_METRICS.map(titleOf)],
      mean.generations.map(({ name, metrics }) => [
        name,
        ...STEP_METRICS.map((metric) => estimateCell(metrics[metric])),
      ]),
    ),
    stepsTable(mean),
  ];
}

function effectCells(effect: PairedDifference, pValue = effect.pValue): [Cell, string] {
  return [estimateCell(effect), formatPValue(pValue)];
}

function optional(condition: boolean, lines: readonly string[]): readonly string[] {
  return condition ? lines : [];
}
