export { type DiversityCut, type DiversityPoint, measureDiversity } from './diversity-curve.ts';
export {
  createReport,
  type EvaluationReport,
  type EvaluationSetting,
  type ModelUnderTest,
  type ReportedProtocol,
} from './evaluation-report.ts';
export { formatGenerations } from './format-generations.ts';
export { formatReport } from './format-table.ts';
export { generationsCharts } from './generations-charts.ts';
export { writeGenerationsHtml } from './generations-html.ts';
export { type AblatedModel, compareGenerations, type GenerationsReport, type StageCost } from './generations-report.ts';
export { drawLineChart, type LineChart } from './line-chart.ts';
export { writeListsCsv } from './lists-csv.ts';
export { writeMetricsCsv } from './metrics-csv.ts';
export { reportCharts } from './report-charts.ts';
export { writeReportHtml } from './report-html.ts';
