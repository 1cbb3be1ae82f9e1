import type { Estimate } from '../evaluation/bootstrap.ts';
import type { ViewResult } from '../evaluation/evaluate.ts';
import type { EvaluationReport } from './evaluation-report.ts';

/**
 * Writes every number of the report, one per row: `dataset, protocol, model, view, metric, k, value, low, high,
 * queries, users`. `view` is `all`, `warm`, or a segment; `low` and `high` are empty for a number without an interval.
 */
export function writeMetricsCsv({ dataset, protocol, models }: EvaluationReport): string {
  const rows = ['dataset,protocol,model,view,metric,k,value,low,high,queries,users'];
  const name = `${protocol.name} v${protocol.version}`;
  for (const model of models) {
    const add = (view: string, metric: string, numbers: readonly (number | '')[]): void => {
      const [measure = '', k = ''] = metric.split('@');
      const cells = [dataset.name, name, model.name, view, measure, k, ...numbers.map(String)];
      rows.push(cells.map(quoteCell).join(','));
    };
    const addEstimates = (view: string, metrics: Readonly<Record<string, Estimate>>, of: ViewResult): void => {
      for (const [metric, { value, low, high }] of Object.entries(metrics)) {
        add(view, metric, [value, low, high, of.queryCount, of.userCount]);
      }
    };
    addEstimates('all', model.all.metrics, model.all);
    if (model.warm !== undefined) addEstimates('warm', model.warm.metrics, model.warm);
    addEstimates('all', model.lists, model.all);
    for (const [metric, value] of Object.entries(model.catalogue)) {
      add('all', metric, [value, '', '', model.all.queryCount, model.all.userCount]);
    }
    const { userSegments, waitSegments, itemSegments, cutSegments } = model;
    for (const segment of [...userSegments, ...waitSegments, ...itemSegments, ...cutSegments]) {
      addEstimates(segment.name, segment.metrics, segment);
    }
  }
  return `${rows.join('\n')}\n`;
}

/** Quotes a field that a CSV reader would otherwise split. */
export function quoteCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
