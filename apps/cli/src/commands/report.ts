import path from 'node:path';
import { type FileContent, renderPng, writeReportFiles } from '@matinee/adapters/files';
import {
  type CandidateHit,
  type CandidateRecall,
  createCandidateFinder,
  measureCandidateRecall,
  recallCutoffs,
} from '@matinee/models/candidates';
import type { Dataset } from '@matinee/models/data';
import type { Rankings } from '@matinee/models/evaluation';
import { FEATURE_GROUPS } from '@matinee/models/features';
import {
  GENERATION_NAMES,
  type GenerationConfig,
  type GenerationModel,
  type GenerationName,
  type StageReporter,
} from '@matinee/models/generations';
import {
  compareGenerations,
  createReport,
  drawLineChart,
  formatGenerations,
  type GenerationsReport,
  generationsCharts,
  measureDiversity,
  type ReportedProtocol,
  writeGenerationsHtml,
  writeMetricsCsv,
} from '@matinee/models/report';
import { createItemSpace } from '@matinee/models/slate';
import type { Split } from '@matinee/models/splits';
import { defineCommand } from 'citty';
import { evaluateAtCuts, type ModelAtCuts } from '../evaluation/evaluate-at-cuts.ts';
import { openRankingsCache } from '../evaluation/evaluate-cache.ts';
import { defaultSpec, fitGenerationForTest, type ModelSpec, presetFor } from '../evaluation/evaluate-models.ts';
import {
  type Cut,
  cutOrigins,
  describeCuts,
  lastSplit,
  originsArgument,
  parseOrigins,
} from '../protocol/cut-origins.ts';
import { describeCommand, describeSetting } from '../protocol/evaluate-setting.ts';
import {
  type EvaluateOptions,
  parseEvaluateOptions,
  parseFurtherSeeds,
  protocolArguments,
  requestTimeArgument,
  requireOneOf,
  splitNames,
} from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { runCommand } from '../terminal/run-command.ts';
import { hashRankingCode } from '../training/code-version.ts';
import { openRemainingData } from '../workspace/deleted-users.ts';
import { commonArguments, openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { reportName } from './evaluate.ts';

export const reportCommand = defineCommand({
  meta: {
    name: 'report',
    description: `Compare the generations: each is trained on the data before the test and compared with the one before; the
last one also with its own sources, and with versions of itself that lack one part.

Steps that generations share run once, and results of earlier runs are reused. On ML-1M the first run takes half an
hour, and every ablation some minutes more.

Examples:
  matinee report                                   V1 to V4 on the bundled data, split by time
  matinee report --data ml-1m --no-ablations       without ablations
  matinee report --further-seeds 2,3               also the generations' means over three seeds
  matinee report --targets successive --no-ablations   one query for every event of the test period
  matinee report --origins 3 --no-ablations        three cuts in time, all queries measured together
  matinee report --data ml-1m --charts docs/charts also the charts as SVG files
  matinee report --data ml-1m --protocol leave-one-out --min-item-count 5 --no-request-time
                                                   as the literature measures it: without request time`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    generations: { type: 'string', description: 'Names joined by commas', default: GENERATION_NAMES.join(',') },
    protocol: { type: 'string', description: 'temporal or leave-one-out, and others', default: 'temporal' },
    ...protocolArguments,
    ...requestTimeArgument,
    ...originsArgument,
    ablations: {
      type: 'boolean',
      description: 'Train the last generation again without each source and each group of features',
      negativeDescription: 'Skip the ablations',
      default: true,
    },
    seed: { type: 'string', description: 'Random seed of models, splits and resampling', default: '1' },
    'further-seeds': {
      type: 'string',
      description: 'Further random seeds, joined by commas; the report then holds means over all seeds',
    },
    threads: { type: 'string', description: 'Threads to fit on (default: one per core); changes no result' },
    resamples: { type: 'string', description: 'Bootstrap resamples', default: '1000' },
    charts: { type: 'string', description: 'Folder for additional copies of the charts, as SVG' },
    out: { type: 'string', description: 'Folder for the report (default: below --home)' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const options = parseEvaluateOptions({ ...args, models: args.generations });
      const furtherSeeds = parseFurtherSeeds(args['further-seeds'], options);
      const originCount = parseOrigins(args.origins, options);
      for (const name of splitNames(args.generations)) requireOneOf('--generations', name, [...GENERATION_NAMES]);
      const names = GENERATION_NAMES.filter((name) => options.models.includes(name));
      const workspace = openWorkspace(args.home);
      const dataset = await openRemainingData({ workspace, data: args.data, progress, signal });
      const cuts = await progress.stage(`split: ${options.protocol}`, async () =>
        cutOrigins(dataset, options, originCount),
      );
      const name = nameOf(dataset, describeCuts(cuts), options);
      const own = [
        ['generations', names.join(',')],
        ['further-seeds', furtherSeeds.join(',') || undefined],
        ['origins', args.origins],
      ] as const;
      const command = `${describeCommand('report', args.data, options, own)}${args.ablations ? '' : ' --no-ablations'}`;
      const report = await measureGenerations({
        names,
        furtherSeeds,
        hasAblations: args.ablations,
        dataset,
        cuts,
        options,
        workspace,
        progress,
        command,
      });
      const folder = args.out ?? path.join(workspace.reports, `generations-${name}`);
      await progress.stage('write the report', async (stage) => {
        await writeReportFiles(folder, renderReport(report));
        if (args.charts !== undefined) {
          await writeReportFiles(args.charts, drawCharts(report, `${name}_`));
        }
        stage.summary(path.join(folder, 'report.html'));
      });
      print({ json: report, text: `\n${formatGenerations(report)}\n\n${path.join(folder, 'report.html')}` });
    }),
});

interface GenerationsInput {
  readonly names: readonly GenerationName[];
  readonly furtherSeeds: readonly number[];
  readonly hasAblations: boolean;
  readonly dataset: Dataset;
  readonly cuts: readonly Cut[];
  readonly options: EvaluateOptions;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** The command line that repeats the report. */
  readonly command: string;
}

/** Trains and measures the generations, and the last one's sources and ablations. */
async function measureGenerations(input: GenerationsInput): Promise<GenerationsReport> {
  const { names, furtherSeeds, hasAblations, dataset, cuts, options, workspace, progress, command } = input;
  const codeVersion = await hashRankingCode();
  const cache = openRankingsCache(path.join(workspace.home, 'cache', 'rankings'), codeVersion.slice(0, 16));
  const evaluated = async (specsOf: (split: Split) => readonly ModelSpec[], seed = options.seed) =>
    evaluateAtCuts(specsOf, dataset, cuts, { ...options, seed }, { workspace, progress, cache, codeVersion });
  const specsOf = (split: Split): ModelSpec[] => names.map((name) => defaultSpec(name, split, options));
  const generations = await evaluated(specsOf);
  const fromFurtherSeeds: { readonly seed: number; readonly generations: readonly ModelAtCuts[] }[] = [];
  for (const seed of furtherSeeds) fromFurtherSeeds.push({ seed, generations: await evaluated(specsOf, seed) });
  const last = names[names.length - 1] as GenerationName;
  const presetOf = (split: Split): GenerationConfig => presetFor(last, split, options.requestTime);
  const models: GenerationModel[] = [];
  const unfitted = new Set<string>();
  for (const { split } of cuts) {
    const context = { workspace, progress };
    const fitted = await fitGenerationForTest(last, presetOf(split), dataset, split, options, context);
    models.push(fitted.model);
    for (const { part, cause } of fitted.leftOut) if (cause === 'data') unfitted.add(part);
  }
  const sources = await evaluated((split) =>
    sourcesOf(last, presetOf(split)).filter(({ name }) => !unfitted.has(name)),
  );
  const ceilings = await progress.stage('measure the recall of the sources', (stage) =>
    findCeilings(models, cuts, options, stage),
  );
  const diversity = await progress.stage('measure the cost of diversity', async () => {
    const { rankings } = generations[generations.length - 1] as ModelAtCuts;
    const lists = cuts.map(({ name, meaning, split }, at) => ({
      ...{ name, meaning, fold: split.test },
      rankings: rankings[at] as Rankings,
      space: createItemSpace(dataset.items, (models[at] as GenerationModel).sources),
    }));
    return measureDiversity(lists, {
      items: dataset.items,
      recallOver: lastSplit(cuts).recallOver,
      bootstrap: { resampleCount: options.resampleCount, seed: options.seed },
    });
  });
  const withoutOf = (split: Split) => (hasAblations ? ablationsOf(last, presetOf(split)) : []);
  const ablated = await evaluated(withoutOf);
  const ablations = withoutOf(lastSplit(cuts)).map(({ removed, kind }, index) => ({
    ...(ablated[index] as ModelAtCuts),
    removed,
    kind,
  }));
  const setting = describeSetting(dataset, lastSplit(cuts), options, codeVersion, command);
  return compareGenerations(
    { generations, fromFurtherSeeds, sources, ceilings, diversity, ablations },
    createReport(setting, describeCuts(cuts), generations),
  );
}

/** Recall of each source's list, of their union and of the blend, on the test's queries at all cuts. */
async function findCeilings(
  models: readonly GenerationModel[],
  cuts: readonly Cut[],
  { resampleCount, seed }: EvaluateOptions,
  { checkpoint, summary }: StageReporter,
): Promise<CandidateRecall[]> {
  const [{ sources, candidatesPerSource }] = models as readonly [GenerationModel];
  const names = sources.map(({ name }) => name);
  const queries = cuts.flatMap(({ split }) => split.test.queries);
  const hits: CandidateHit[] = [];
  let before = 0;
  for (const [cut, { split }] of cuts.entries()) {
    const { test } = split;
    const find = createCandidateFinder((models[cut] as GenerationModel).sources, test, {
      candidatesPerSource,
      contributorCount: 0,
      contributorDepth: 0,
    });
    for (const query of test.queries.keys()) {
      await checkpoint(before + query, queries.length);
      for (const row of await find(query)) {
        if (row.isTarget) hits.push({ ...row, query: before + query, source: names[row.source] as string });
      }
    }
    before += test.queries.length;
  }
  summary(`${queries.length.toLocaleString('en')} queries`);
  return measureCandidateRecall(hits, queries, {
    sources: names,
    cutoffs: recallCutoffs(candidatesPerSource),
    recallOver: lastSplit(cuts).recallOver,
    bootstrap: { resampleCount, seed },
  });
}

/** Each source of a generation by itself. */
function sourcesOf(family: GenerationName, config: GenerationConfig): ModelSpec[] {
  return Object.keys(config.sources).map((source) => ({ name: source, family, config, source }));
}

/** The generation without each of its sources, and without each group of features. */
function ablationsOf(family: GenerationName, config: GenerationConfig) {
  const sources = Object.keys(config.sources).map((removed) => {
    const others = Object.fromEntries(Object.entries(config.sources).filter(([name]) => name !== removed));
    return {
      removed,
      kind: 'source',
      name: `without ${removed}`,
      family,
      config: { ...config, sources: others },
    } as const;
  });
  if (config.ranker === 'none') return sources;
  const features = FEATURE_GROUPS.map(
    (removed) =>
      ({
        removed,
        kind: 'features',
        name: `without ${removed} features`,
        family,
        config: { ...config, withheldFeatures: [removed] },
      }) as const,
  );
  return [...sources, ...features];
}

function nameOf(dataset: Dataset, split: ReportedProtocol, { requestTime }: { readonly requestTime: boolean }): string {
  return `${reportName(dataset, split)}${requestTime ? '' : '-no-request-time'}`;
}

/** The files of the report; `report.json` comes last, so that it exists only when all others do. */
function renderReport(report: GenerationsReport): Record<string, FileContent> {
  const svgs = drawCharts(report, '');
  const pngs = Object.entries(svgs).map(([name, svg]) => [name.replace(/svg$/, 'png'), renderPng(svg)]);
  return {
    ...svgs,
    ...(Object.fromEntries(pngs) as Record<string, Uint8Array>),
    'metrics.csv': writeMetricsCsv(report.evaluation),
    'report.html': writeGenerationsHtml(report),
    'report.json': `${JSON.stringify(report, undefined, 1)}\n`,
  };
}

function drawCharts(report: GenerationsReport, prefix: string): Record<string, string> {
  const charts = Object.entries(generationsCharts(report));
  return Object.fromEntries(charts.map(([name, chart]) => [`${prefix}${name}.svg`, drawLineChart(chart)]));
}
