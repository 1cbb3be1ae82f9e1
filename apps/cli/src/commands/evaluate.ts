import path from 'node:path';
import { type FileContent, renderPng, writeReportFiles } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import { MODEL_FAMILIES } from '@matinee/models/generations';
import {
  createReport,
  drawLineChart,
  type EvaluationReport,
  formatReport,
  reportCharts,
  writeListsCsv,
  writeMetricsCsv,
  writeReportHtml,
} from '@matinee/models/report';
import type { Split } from '@matinee/models/splits';
import { defineCommand } from 'citty';
import { openRankingsCache } from '../evaluation/evaluate-cache.ts';
import { defaultSpec, type EvaluatedModel, evaluateModels } from '../evaluation/evaluate-models.ts';
import { describeRolling, evaluateRolling, parseOrigins } from '../evaluation/rolling-origin.ts';
import { cutDataset } from '../protocol/cut-dataset.ts';
import { describeCommand, describeSetting } from '../protocol/evaluate-setting.ts';
import { parseEvaluateOptions, protocolArguments, requestTimeArgument } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { runCommand } from '../terminal/run-command.ts';
import { hashRankingCode } from '../training/code-version.ts';
import { openDataset } from '../workspace/open-dataset.ts';
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
    origins: {
      type: 'string',
      description: 'Cuts in time, 2 to 6: fit anew at each, test on the next tenth, measure all queries together',
    },
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
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const codeVersion = await hashRankingCode();
      const cache = openRankingsCache(path.join(workspace.home, 'cache', 'rankings'), codeVersion.slice(0, 16));
      if (args.origins !== undefined) {
        const count = parseOrigins(args.origins, options);
        const rolling = await evaluateRolling(dataset, options, count, { workspace, progress, cache, codeVersion });
        print({ json: rolling, text: `\n${describeRolling(rolling)}` });
        return;
      }
      const cut = await progress.stage(`split: ${options.protocol}`, async (stage) => {
        const made = cutDataset(dataset, options);
        stage.summary(
          `${made.test.train.count.toLocaleString('en')} interactions train, ${made.test.queries.length.toLocaleString('en')} queries test`,
        );
        return made;
      });
      const split = args.note === undefined ? cut : { ...cut, notes: [...cut.notes, args.note] };
      const specs = options.models.map((name) => defaultSpec(name, split, options));
      const models = await evaluateModels(specs, dataset, split, options, { workspace, progress, cache, codeVersion });
      const command = describeCommand('evaluate', args.data, options, [['models', options.models.join(',')]]);
      const report = createReport(describeSetting(dataset, split, options, codeVersion, command), split, models);
      const folder = args.out ?? path.join(workspace.reports, reportName(dataset, split));
      await progress.stage('write the report', async (stage) => {
        await writeReportFiles(folder, renderReport(report));
        stage.summary(path.join(folder, 'report.html'));
      });
      if (args.lists !== undefined) await writeLists(args.lists, models, split, dataset, progress);
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
  models: readonly EvaluatedModel[],
  { test }: Split,
  { users, items }: Dataset,
  progress: Progress,
): Promise<void> {
  const { dir, name, ext } = path.parse(path.resolve(file));
  await progress.stage('write the lists', async (stage) => {
    const files = models.map((model) => [
      models.length === 1 ? `${name}${ext}` : `${name}.${model.name}${ext}`,
      writeListsCsv(model.rankings, test.queries, users, items.vocabulary),
    ]);
    await writeReportFiles(dir, Object.fromEntries(files) as Record<string, FileContent>);
    stage.summary(files.map(([written]) => path.join(dir, String(written))).join(', '));
  });
}

export function reportName(dataset: Dataset, { protocol, config }: Split): string {
  return [dataset.name, protocol, config['targets']].filter((part) => typeof part === 'string').join('-');
}
