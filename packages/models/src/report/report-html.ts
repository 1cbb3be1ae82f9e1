import type { SegmentResult } from '../evaluation/evaluate.ts';
import { ACCURACY_METRICS } from '../evaluation/measure.ts';
import { describeProtocol, type EvaluationReport, formatCount, formatPValue } from './evaluation-report.ts';
import { titleOf } from './format-table.ts';
import { estimateCell, factsTable, STYLE, table } from './html-parts.ts';
import { drawLineChart, escapeXml, PAGE_THEME } from './line-chart.ts';
import { reportCharts } from './report-charts.ts';

/**
 * Renders the report as one self-contained page without scripts, fonts or images; light or dark like the system.
 *
 * @param sections HTML of further sections, after the charts.
 */
export function writeReportHtml(report: EvaluationReport, sections: readonly string[] = []): string {
  const { dataset, protocol } = report;
  const charts = reportCharts(report);
  const warm = report.models[0]?.warm;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(`Evaluation: ${dataset.name}, ${protocol.name}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeXml(dataset.name)}: ${escapeXml(protocol.name)}</h1>
<p class="lead">${escapeXml(describeProtocol(report))}.</p>
${protocol.leaks.map((leak) => `<p class="leak"><strong>Not a forecast.</strong> ${escapeXml(leak)}</p>`).join('\n')}
<figure>${drawLineChart(charts.ndcg, PAGE_THEME)}</figure>
<figure>${drawLineChart(charts.recall, PAGE_THEME)}</figure>
${sections.join('\n')}
<h2>Accuracy, all queries</h2>
<p>What a model cannot answer is a miss. 95 % intervals over users, of these trainings from seed ${report.seed}: what another seed would give is not in them.</p>
${accuracyTable(report, 'all')}
${
  warm === undefined
    ? ''
    : `<h2>Accuracy, warm only</h2>
<p>${formatCount(warm.queryCount)} queries of users with a history, and of these the targets that training holds.</p>
${accuracyTable(report, 'warm')}`
}
<h2>Differences</h2>
<p>Row minus column on the same queries; users are resampled alike for both. All queries. Corrected: p for the number of rows (Holm); only that one supports a claim picked from the table.</p>
${differencesTable(report)}
<h2>Lists</h2>
<p>Coverage and Gini over the items that existed at the last query (Gini 0 = every item equally often). Novelty in bits: −log₂ of the share of training users. Diversity: 1 − cosine of genre vectors, mean over pairs. Miscalibration: Steck’s KL to the genres of the history, 0 = kept. Popularity lift against the histories: 0 = as popular.</p>
${listsTable(report)}
<h2>By segment</h2>
${segmentTables(report)}
<h2>Protocol</h2>
<ul>${[...protocol.notes, `Ranking: ${protocol.ranking}.`, `Ties: ${protocol.tieRule}.`].map((note) => `<li>${escapeXml(note)}</li>`).join('')}</ul>
${factsTable(
  'Counts',
  Object.entries(protocol.counts).map(([name, count]) => [name, formatCount(count)]),
)}
${factsTable('Setting', settingFacts(report))}
<p>Again: <code>${escapeXml(report.command)}</code></p>
</main>
</body>
</html>
`;
}

function accuracyTable(report: EvaluationReport, view: 'all' | 'warm'): string {
  const columns = ACCURACY_METRICS.flatMap((metric) => report.cutoffs.map((k) => `${metric}@${k}`));
  return ACCURACY_METRICS.map((metric) => {
    const own = columns.filter((column) => column.startsWith(`${metric}@`));
    return table(
      ['Model', ...own.map(titleOf)],
      report.models.map((model) => [model.name, ...own.map((column) => estimateCell(model[view]?.metrics[column]))]),
    );
  }).join('\n');
}

function differencesTable({ differences }: EvaluationReport): string {
  return table(
    ['Model', 'Against', 'Metric', 'Difference', 'Test', 'Corrected'],
    differences.map(({ model, against, metric, value, low, high, pValue, correctedPValue }) => [
      model,
      against,
      titleOf(metric),
      estimateCell({ value, low, high }),
      formatPValue(pValue),
      formatPValue(correctedPValue),
    ]),
  );
}

function listsTable(report: EvaluationReport): string {
  const columns = ['coverage', 'gini', 'novelty', 'diversity', 'miscalibration', 'popularityLift'];
  const cutoffs = [10, 100];
  return table(
    [
      'Model',
      ...cutoffs.flatMap((k) => columns.map((column) => titleOf(`${column}@${k}`))),
      'Empty lists',
      'Fit',
      'Rank',
    ],
    report.models.map((model) => [
      model.name,
      ...cutoffs.flatMap((k) =>
        columns.map((column) => {
          const value = model.catalogue[`${column}@${k}`] ?? model.lists[`${column}@${k}`]?.value ?? Number.NaN;
          return Number.isNaN(value) ? '–' : value.toFixed(3);
        }),
      ),
      formatCount(model.emptyListCount),
      `${(model.fitMs / 1000).toFixed(1)} s`,
      `${(model.rankMs / 1000).toFixed(1)} s`,
    ]),
  );
}

function segmentTables({ models }: EvaluationReport): string {
  const block = (
    of: (model: EvaluationReport['models'][number]) => readonly SegmentResult[],
    metrics: string[],
  ): string => {
    const segments = models[0] === undefined ? [] : of(models[0]);
    return segments
      .map(
        ({ name, meaning, queryCount, userCount }) =>
          `<h3>${escapeXml(name)}</h3><p>${escapeXml(meaning)}: ${formatCount(queryCount)} queries, ${formatCount(userCount)} users.</p>` +
          table(
            ['Model', ...metrics.map(titleOf)],
            models.map((model) => {
              const segment = of(model).find((each) => each.name === name);
              return [model.name, ...metrics.map((metric) => estimateCell(segment?.metrics[metric]))];
            }),
          ),
      )
      .join('\n');
  };
  const hitMetrics = ['hr@10', 'ndcg@10', 'recall@50', 'recall@100'];
  const cuts = models[0]?.cutSegments ?? [];
  return [
    '<p>By the length of the history:</p>',
    block((model) => model.userSegments, hitMetrics),
    '<p>By the time since the last event:</p>',
    block((model) => model.waitSegments, hitMetrics),
    '<p>By target, each taken as the only one of its query:</p>',
    block((model) => model.itemSegments, ['recall@10', 'ndcg@10', 'recall@50', 'recall@100']),
    ...(cuts.length === 0 ? [] : ['<p>By cut in time:</p>', block((model) => model.cutSegments, hitMetrics)]),
  ].join('\n');
}

function settingFacts(report: EvaluationReport): [string, string][] {
  const { dataset } = report;
  return [
    [
      'data set',
      `${dataset.name}: ${formatCount(dataset.interactionCount)} interactions, ${formatCount(dataset.userCount)} users, ${formatCount(dataset.itemCount)} items`,
    ],
    ['data hash', dataset.hash],
    ['preparation', JSON.stringify(report.preparation)],
    ['protocol', JSON.stringify(report.protocol.config)],
    ['recall over', report.protocol.recallOver],
    ['seed', String(report.seed)],
    ['resamples', formatCount(report.resampleCount)],
    ['code', report.codeVersion],
    ['machine', report.machine],
    ['made', report.createdAt],
    ...report.models.map(({ name, config }): [string, string] => [name, JSON.stringify(config)]),
  ];
}
