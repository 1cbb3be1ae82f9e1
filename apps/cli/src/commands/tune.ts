import path from 'node:path';
import { sha256, writeReportFiles } from '@matinee/adapters/files';
import { sortedJson } from '@matinee/models/artifacts';
import type { Dataset } from '@matinee/models/data';
import { checkFold } from '@matinee/models/evaluation';
import { findModelFamily, MODEL_FAMILIES } from '@matinee/models/generations';
import { PROTOCOLS } from '@matinee/models/splits';
import {
  DEFAULT_SPACES,
  epochStepsOf,
  parseSearchSpace,
  readField,
  type SearchSpace,
  type TuningPlan,
  type ValidationSplit,
  valuesOfDefaults,
  withFields,
  withoutTest,
} from '@matinee/models/tuning';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { defaultSpec } from '../evaluation/evaluate-models.ts';
import { cutDataset } from '../protocol/cut-dataset.ts';
import { protocolArguments, requestTimeArgument } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { runCommand } from '../terminal/run-command.ts';
import { hashRankingCode } from '../training/code-version.ts';
import { configOfTrial, runStudy, sortTrials } from '../tuning/run-study.ts';
import { parseTuneOptions, type TuneOptions } from '../tuning/tune-options.ts';
import { describeStudy } from '../tuning/tune-text.ts';
import { openTuningStudy } from '../tuning/tuning-study.ts';
import { openRemainingData } from '../workspace/deleted-users.ts';
import { readJsonObject } from '../workspace/read-json-object.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

const BEST = 'best.json';

export const tuneCommand = defineCommand({
  meta: {
    name: 'tune',
    description: `Search a model's hyper-parameters on validation within a budget, and record every trial.

The defaults come first, then random configurations, then variations of the best so far. Networks are tried with few epochs
before they are trained in full. Each trial is fitted on the data before validation and measured on validation's queries; the
test is not used. The same command continues where it was stopped, and with a larger budget it adds trials. docs/tuning.md
has the details.

Examples:
  matinee tune --model item-knn --trials 30                      thirty configurations on the bundled data
  matinee tune --model ease --data ml-1m --budget 20m            for twenty minutes
  matinee tune --model sasrec --data ml-1m --protocol leave-one-out --budget 6h
  matinee tune --model v2 --trials 20 --metric recall@50         a generation: what trials share is fitted once
  matinee tune --model ease --trials 20 --space space.json       {"regularization": {"log": [100, 1000]}, "historyDecay": 1}`,
  },
  args: {
    model: { type: 'string', description: `One of ${Object.keys(MODEL_FAMILIES).join(', ')}` },
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    budget: { type: 'string', description: 'Start no trial once all trials together took this long: 90s, 20m, 2h' },
    trials: { type: 'string', description: 'Maximum number of trials, those of earlier runs included' },
    metric: { type: 'string', description: 'What to search for: ndcg@10, recall@100, …', default: 'ndcg@10' },
    space: {
      type: 'string',
      description:
        'JSON file: for each field a value, or {"uniform" | "log" | "integer" | "logInteger": [low, high]}, {"choice": […]}',
    },
    protocol: { type: 'string', description: Object.keys(PROTOCOLS).join(', '), default: 'temporal' },
    ...protocolArguments,
    ...requestTimeArgument,
    seed: { type: 'string', description: 'Random seed of the search, models, splits and resampling', default: '1' },
    threads: { type: 'string', description: 'Threads to fit on (default: one per core); changes no result' },
    resamples: { type: 'string', description: 'Bootstrap resamples', default: '1000' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const options = parseTuneOptions(args);
      const definition = args.space === undefined ? undefined : await readJsonObject('--space', args.space);
      // Checked before the data is read, since reading takes long.
      parseSpace(options, definition, findModelFamily(options.model).defaults);
      const workspace = openWorkspace(args.home);
      const dataset = await openRemainingData({ workspace, data: args.data, progress, signal });
      const split = await cutForValidation(dataset, options, progress);
      const preset = defaultSpec(options.model, split, options).config;
      const space = parseSpace(options, definition, preset);
      const base = withFields(preset, space.fixed);
      const plan = planOf(space, base, options.seed);
      const { model, metric } = options;
      const identity = await identityOf(dataset, split, options, base, plan);
      const key = sha256(Buffer.from(sortedJson(identity))).slice(0, 16);
      const study = await openTuningStudy(path.join(workspace.tuning, dataset.name, `${model}-${key}`), identity);
      const result = await runStudy({ study, plan, base, dataset, split, options, workspace, progress, signal });

      const best = result.best && configOfTrial(base, result.best);
      if (best !== undefined) {
        const changed = differences(findModelFamily(model).defaults, best);
        await writeReportFiles(study.folder, { [BEST]: `${JSON.stringify(changed, undefined, 1)}\n` });
      }
      const trainCommand = best && describeTraining(args.data, options, path.join(study.folder, BEST));
      const { trials, gain, defaults } = result;
      print({
        json: {
          folder: study.folder,
          model,
          metric,
          queryCount: split.validation.queries.length,
          trialCount: trials.length,
          failedCount: trials.filter(({ status }) => status === 'failed').length,
          defaults: defaults ?? null,
          best: result.best ?? null,
          bestConfig: best ?? null,
          gain: gain ?? null,
          top: sortTrials(trials).slice(0, 10),
          trainCommand: trainCommand ?? null,
        },
        text: describeStudy({
          ...result,
          folder: study.folder,
          model,
          metric,
          queryCount: split.validation.queries.length,
          fullEpochs: plan.epochSteps.at(-1),
          trainCommand,
        }),
      });
    }),
});

/** @throws {MatineeError} `LEAKING_FOLD` when the training data holds an answer. */
function cutForValidation(dataset: Dataset, options: TuneOptions, progress: Progress): Promise<ValidationSplit> {
  return progress.stage(`split: ${options.protocol}`, async ({ summary }) => {
    const split = withoutTest(cutDataset(dataset, options));
    const { validation, leaks } = split;
    checkFold(validation, dataset.items.vocabulary.ids.length, leaks.length === 0);
    summary(
      `${validation.train.count.toLocaleString('en')} interactions train, ${validation.queries.length.toLocaleString('en')} queries validation`,
    );
    return split;
  });
}

/** Everything that makes trials comparable: trials of equal identity belong to one study. */
async function identityOf(
  { name, hash }: Dataset,
  { protocolVersion }: ValidationSplit,
  { protocol, protocolConfig, confidence, filter, seed, model, metric }: TuneOptions,
  base: Record<string, unknown>,
  { space, epochSteps }: TuningPlan,
): Promise<object> {
  return {
    model,
    metric,
    data: { name, hash },
    protocol: { name: protocol, version: protocolVersion, config: protocolConfig },
    confidence,
    filter,
    seed,
    base,
    space,
    epochSteps,
    codeVersion: await hashRankingCode(),
  };
}

/**
 * @throws {MatineeError} `BAD_ARGUMENT` for a model without hyper-parameters; `BAD_CONFIG` naming the file and the
 *   field.
 */
function parseSpace(
  { model }: TuneOptions,
  definition: Record<string, unknown> | undefined,
  config: object,
): SearchSpace {
  if (definition === undefined && Object.keys(DEFAULT_SPACES[model]).length === 0) {
    throw new MatineeError('BAD_ARGUMENT', `--model ${model} has no hyper-parameters to tune`);
  }
  return parseSearchSpace(
    definition === undefined ? model : `--space for ${model}`,
    definition ?? DEFAULT_SPACES[model],
    config,
  );
}

function planOf(space: SearchSpace, base: Record<string, unknown>, seed: number): TuningPlan {
  const { maxEpochs } = base;
  // A search over the number of epochs needs every trial in full.
  const isInSteps = typeof maxEpochs === 'number' && space.dimensions['maxEpochs'] === undefined;
  return {
    space,
    defaults: valuesOfDefaults(space, (field) => readField(base, field)),
    seed,
    epochSteps: isInSteps ? epochStepsOf(maxEpochs) : [],
  };
}

/** The fields of `config` that differ from `defaults`, in the form that `matinee train --config` takes. */
function differences(defaults: object, config: Record<string, unknown>): Record<string, unknown> {
  const known = defaults as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(config).filter(([field, value]) => sortedJson({ value }) !== sortedJson({ value: known[field] })),
  );
}

/** The command that trains the best configuration on the data before the test. */
function describeTraining(data: string | undefined, options: TuneOptions, config: string): string {
  const { model, protocol, protocolConfig, confidence, filter, seed } = options;
  const targets = [protocolConfig['targets'], protocolConfig['hits'] === 'positive' ? 'positive' : undefined];
  const named: [string, unknown][] = [
    ['model', model],
    ['config', config],
    ['data', data],
    ['protocol', protocol],
    ['targets', targets.filter((part) => part !== undefined).join(',') || undefined],
    ['max-history', protocolConfig['maxHistory']],
    ['confidence', confidence],
    ['min-item-count', filter.minItemCount || undefined],
    ['min-user-count', filter.minUserCount || undefined],
    ['seed', seed],
  ];
  const parts = named
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${quote(String(value))}`);
  return ['matinee train', ...parts, ...(filter.positiveOnly ? ['--positive-only'] : [])].join(' ');
}

/** The text as one argument of a POSIX shell. */
function quote(text: string): string {
  return /^[\w./:@,+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
