import path from 'node:path';
import { type FileContent, renderPng, writeReportFiles } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { Rankings } from '@matinee/models/evaluation';
import { MODEL_FAMILIES } from '@matinee/models/generations';
import {
  createReport,
  drawLineChart,
  type EvaluationReport,
  formatReport,
  type ReportedProtocol,
  reportCharts,
  writeListsCsv,
  writeMetricsCsv,
  writeReportHtml,
} from '@matinee/models/report';
import type { Split } from '@matinee/models/splits';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { evaluateAtCuts, type ModelAtCuts } from '../evaluation/evaluate-at-cuts.ts';
import { openRankingsCache } from '../evaluation/evaluate-cache.ts';
import { defaultSpec } from '../evaluation/evaluate-models.ts';
import { cutOrigins, describeCuts, lastSplit, originsArgument, parseOrigins } from '../protocol/cut-origins.ts';
import { describeCommand, describeSetting } from '../protocol/evaluate-setting.ts';
import { parseEvaluateOptions, protocolArguments, requestTimeArgument } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { runCommand } from '../terminal/run-command.ts';
import { hashRankingCode } from '../training/code-version.ts';
import { openRemainingData } from '../workspace/deleted-users.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

export const evaluateCommand = defineCommand({
  meta: {
    name: 'evaluate',
    description: `Compare models on one protocol: full catalogue, no sampled negatives, intervals, paired differences.

Models are fitted on the data before the test. Results of earlier runs are reused. Networks take minutes: use --models to
leave them out.

Examples:
  matinee evaluate                                                     every model on the bundled data, split by time
  matinee evaluate --targets successive                                one query for every event of the test period
  matinee evaluate --origins 5 --models item-knn,ease                  five cuts in time, measured together
  matinee evaluate --data ml-1m --protocol leave-one-out               as the literature does (leaky across users)
  matinee evaluate --data ml-1m --protocol leave-one-out --min-item-count 5   the literature's file of 3,416 items
  matinee evaluate --models popularity,item-knn --lists lists.csv      also write every ranked list`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    models: {
      type: 'string',
      description: `Names joined by commas, of: ${Object.keys(MODEL_FAMILIES).join(', ')}`,
      default: 'all',
    },
    protocol: {
      type: 'string',
      description: 'temporal, leave-one-out, strong-generalisation or user-holdout-per-user',
      default: 'temporal',
    },
    ...protocolArguments,
    ...requestTimeArgument,
    ...originsArgument,
    seed: { type: 'string', description: 'Random seed of models, splits and resampling', default: '1' },
    threads: { type: 'string', description: 'Threads to fit on (default: one per core); changes no result' },
    resamples: { type: 'string', description: 'Bootstrap resamples', default: '1000' },
    lists: {
      type: 'string',
      description: 'CSV file for the targets and the ranked top 100 of every query; one file per model',
    },
    note: { type: 'string', description: 'A sentence for the report that its readers should know about the data' },
    out: { type: 'string', description: 'Folder for the report (default: below --home)' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const options = parseEvaluateOptions(args);
      const originCount = parseOrigins(args.origins, options);
      if (originCount > 1 && args.lists !== undefined) {
        throw new MatineeError('BAD_ARGUMENT', '--lists has the lists of one cut; leave out --origins');
      }
      const workspace = openWorkspace(args.home);
      const dataset = await openRemainingData({ workspace, data: args.data, progress, signal });
      const codeVersion = await hashRankingCode();
      const cache = openRankingsCache(path.join(workspace.home, 'cache', 'rankings'), codeVersion.slice(0, 16));
      const cuts = await progress.stage(`split: ${options.protocol}`, async (stage) => {
        const made = cutOrigins(dataset, options, originCount);
        const counts = made.map(({ split: { test } }) => [test.train.count, test.queries.length]);
        const [train, queries] = [0, 1].map((at) => counts.map((each) => each[at]?.toLocaleString('en')).join(' / '));
        stage.summary(`${train} interactions train, ${queries} queries test`);
        return made;
      });
      const described = describeCuts(cuts);
      const split = args.note === undefined ? described : { ...described, notes: [...described.notes, args.note] };
      const models = await evaluateAtCuts(
        (each) => options.models.map((name) => defaultSpec(name, each, options)),
        dataset,
        cuts,
        options,
        { workspace, progress, cache, codeVersion },
      );
      const command = describeCommand('evaluate', args.data, options, [
        ['models', options.models.join(',')],
        ['origins', args.origins],
      ]);
      const setting = describeSetting(dataset, lastSplit(cuts), options, codeVersion, command);
      const report = createReport(setting, split, models);
      const folder = args.out ?? path.join(workspace.reports, reportName(dataset, split));
      await progress.stage('write the report', async (stage) => {
        await writeReportFiles(folder, renderReport(report));
        stage.summary(path.join(folder, 'report.html'));
      });
      if (args.lists !== undefined) await writeLists(args.lists, models, lastSplit(cuts), dataset, progress);
      print({ json: report, text: `\n${formatReport(report)}\n\n${path.join(folder, 'report.html')}` });
    }),
});

/** The files of the report; `report.json` comes last, so that it exists only when all others do. */
function renderReport(report: EvaluationReport): Record<string, FileContent> {
  const files: Record<string, FileContent> = {};
  for (const [name, chart] of Object.entries(reportCharts(report))) {
    const svg = drawLineChart(chart);
    files[`${name}.svg`] = svg;
    files[`${name}.png`] = renderPng(svg);
  }
  files['metrics.csv'] = writeMetricsCsv(report);
  files['report.html'] = writeReportHtml(report);
  files['report.json'] = `${JSON.stringify(report, undefined, 1)}\n`;
  return files;
}

/** Writes one file per model; with several models, the model's name stands before the file's extension. */
async function writeLists(
  file: string,
  models: readonly ModelAtCuts[],
  { test }: Split,
  { users, items }: Dataset,
  progress: Progress,
): Promise<void> {
  const { dir, name, ext } = path.parse(path.resolve(file));
  await progress.stage('write the lists', async (stage) => {
    const files = models.map((model) => [
      models.length === 1 ? `${name}${ext}` : `${name}.${model.name}${ext}`,
      writeListsCsv(model.rankings[0] as Rankings, test.queries, users, items.vocabulary),
    ]);
    await writeReportFiles(dir, Object.fromEntries(files) as Record<string, FileContent>);
    stage.summary(files.map(([written]) => path.join(dir, String(written))).join(', '));
  });
}

export function reportName(dataset: Dataset, { protocol, config }: ReportedProtocol): string {
  const origins = config['origins'] === undefined ? undefined : 'origins';
  return [dataset.name, protocol, config['targets'], origins].filter((part) => typeof part === 'string').join('-');
}
