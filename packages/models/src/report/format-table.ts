import type { Estimate, PairedDifference } from '../evaluation/bootstrap.ts';
import type { SegmentResult } from '../evaluation/evaluate.ts';
import {
  describeProtocol,
  type EvaluationReport,
  formatCount,
  formatPValue,
  formatShare,
} from './evaluation-report.ts';

/** Formats the report for a terminal: protocol, accuracy with intervals, paired differences, list metrics, notes. */
export function formatReport(report: EvaluationReport): string {
  const { dataset, protocol, models } = report;
  const lines = [
    `${dataset.name}: ${formatCount(dataset.interactionCount)} interactions, ${formatCount(dataset.userCount)} users, ${formatCount(dataset.itemCount)} items`,
    `${describeProtocol(report)}`,
    ...protocol.leaks.map((leak) => `! ${leak}`),
    '',
    `All queries; what a model cannot answer is a miss. 95 % intervals over users, of these trainings from seed ${report.seed}.`,
    ...formatView(report, 'all'),
  ];
  const warm = models[0]?.warm;
  if (warm !== undefined && warm.queryCount < (models[0]?.all.queryCount ?? 0)) {
    lines.push(
      '',
      `Warm only: ${formatCount(warm.queryCount)} queries of users with a history, for items that training holds.`,
      ...formatView(report, 'warm'),
    );
  }
  for (const { title, of } of SEGMENT_TABLES) {
    const table = formatSegments(report, of);
    if (table.length > 0) lines.push('', `NDCG@10 ${title}`, ...table);
  }
  lines.push('', 'Lists', ...formatLists(report));
  const differences = formatDifferences(report);
  if (differences.length > 0) {
    lines.push(
      '',
      `Paired differences, all queries (whole users resampled alike); p corrected for ${formatCount(report.differences.length)} comparisons (Holm)`,
      ...differences,
    );
  }
  lines.push(
    '',
    `Ties: ${protocol.tieRule}.`,
    `Seed ${report.seed}, ${formatCount(report.resampleCount)} resamples, data ${dataset.hash.slice(0, 12)}, code ${report.codeVersion.slice(0, 12)}.`,
  );
  return lines.join('\n');
}

const TABLE_METRICS = ['hr@10', 'ndcg@10', 'mrr@10', 'recall@20', 'recall@50', 'recall@100'] as const;

function formatView({ models }: EvaluationReport, view: 'all' | 'warm'): string[] {
  return alignColumns([
    ['model', ...TABLE_METRICS.map((metric) => titleOf(metric))],
    ...models.map((model) => [
      model.name,
      ...TABLE_METRICS.map((metric) => formatEstimate(model[view]?.metrics[metric], metric.endsWith('@10'))),
    ]),
  ]);
}

type ModelOfReport = EvaluationReport['models'][number];

/** The ways in which queries are divided, in the order of their tables. */
const SEGMENT_TABLES: readonly {
  readonly title: string;
  of(model: ModelOfReport): readonly SegmentResult[];
}[] = [
  { title: 'by the length of the history', of: ({ userSegments }) => userSegments },
  { title: 'by the time since the last event', of: ({ waitSegments }) => waitSegments },
  {
    title: 'by the popularity of the target, each target as the only one of its query',
    of: ({ itemSegments }) => itemSegments,
  },
  { title: 'after each cut in time', of: ({ cutSegments }) => cutSegments },
];

/** One column a segment. */
function formatSegments(
  { models }: EvaluationReport,
  of: (model: ModelOfReport) => readonly SegmentResult[],
): string[] {
  const segments = models[0] === undefined ? [] : of(models[0]);
  if (segments.length === 0) return [];
  return alignColumns([
    ['model', ...segments.map(({ name, queryCount }) => `${name} (${formatCount(queryCount)})`)],
    ...models.map((model) => [
      model.name,
      ...segments.map(({ name }) =>
        formatEstimate(of(model).find((each) => each.name === name)?.metrics['ndcg@10'], true),
      ),
    ]),
  ]);
}

function formatLists({ models }: EvaluationReport): string[] {
  return alignColumns([
    [
      'model',
      'coverage@10',
      'Gini@10',
      'novelty@10',
      'diversity@10',
      'miscalibration@10',
      'pop. lift@10',
      'empty',
      'fit',
      'rank',
    ],
    ...models.map(({ name, catalogue, lists, emptyListCount, fitMs, rankMs }) => [
      name,
      formatShare(catalogue['coverage@10'] ?? Number.NaN),
      formatShare(catalogue['gini@10'] ?? Number.NaN),
      formatDecimal(lists['novelty@10']?.value, 2),
      formatDecimal(lists['diversity@10']?.value, 3),
      formatDecimal(lists['miscalibration@10']?.value, 3),
      formatDecimal(catalogue['popularityLift@10'], 2),
      formatCount(emptyListCount),
      `${(fitMs / 1000).toFixed(1)} s`,
      `${(rankMs / 1000).toFixed(1)} s`,
    ]),
  ]);
}

function formatDifferences({ models, differences }: EvaluationReport): string[] {
  const first = models[0]?.name;
  const cell = (model: string, against: string | undefined, metric: string): string => {
    const difference = differences.find(
      (each) => each.model === model && each.against === against && each.metric === metric,
    );
    return difference === undefined ? '' : formatDifference({ ...difference, pValue: difference.correctedPValue });
  };
  if (models.length < 2) return [];
  return alignColumns([
    ['model', 'NDCG@10 against the row above', `NDCG@10 against ${first}`, 'NDCG@10 against the best above'],
    ...models.slice(1).map(({ name }, index) => {
      const best = bestOf(models.slice(0, index + 1));
      return [
        name,
        cell(name, models[index]?.name, 'ndcg@10'),
        cell(name, first, 'ndcg@10'),
        `${cell(name, best, 'ndcg@10')} ${best}`,
      ];
    }),
  ]);
}

/** The model with the highest NDCG@10; the first of equal ones. */
function bestOf(models: EvaluationReport['models']): string | undefined {
  const ndcgOf = (model: EvaluationReport['models'][number]): number => model.all.metrics['ndcg@10']?.value ?? 0;
  return models.toSorted((a, b) => ndcgOf(b) - ndcgOf(a))[0]?.name;
}

export function formatDifference({ value, low, high, pValue }: PairedDifference): string {
  const sign = value >= 0 ? '+' : '';
  return `${sign}${formatShare(value)} [${formatShare(low)}, ${formatShare(high)}] ${formatPValue(pValue)}`;
}

export function formatEstimate(estimate: Estimate | undefined, withInterval: boolean): string {
  if (estimate === undefined) return '–';
  const { value, low, high } = estimate;
  return withInterval ? `${formatShare(value)} [${formatShare(low)}, ${formatShare(high)}]` : formatShare(value);
}

function formatDecimal(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits).replace('-', '−');
}

/** `NDCG@10` of `ndcg@10`. */
export function titleOf(metric: string): string {
  const [name = '', k] = metric.split('@');
  const title =
    { hr: 'HR', ndcg: 'NDCG', mrr: 'MRR', map: 'MAP', gini: 'Gini' }[name] ??
    `${name[0]?.toUpperCase()}${name.slice(1)}`;
  return k === undefined ? title : `${title}@${k}`;
}

export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('   ')
      .trimEnd(),
  );
}
