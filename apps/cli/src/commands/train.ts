import { sha256 } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { CONFIDENCE_PRESETS, type ConfidenceOverrides, type Dataset, parseConfidenceRule } from '@matinee/models/data';
import {
  GENERATION_DEFAULTS,
  GENERATION_NAMES,
  type GenerationName,
  MODEL_FAMILIES,
  resolveGeneration,
} from '@matinee/models/generations';
import type { TrainReleaseConfig } from '@matinee/models/release';
import { PROTOCOLS } from '@matinee/models/splits';
import { defined, MatineeError } from '@matinee/numerics';
import { datasetWithLog, withoutKnownItems } from '@matinee/recommender';
import { defineCommand } from 'citty';
import { parseCount, parseProtocolOptions, protocolArguments, requireOneOf } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { runCommand } from '../terminal/run-command.ts';
import { describeRelease } from '../training/describe-release.ts';
import { describeLeftOut } from '../training/refresh-and-compare.ts';
import { releaseFolder, type TrainReleaseOptions, trainAndSaveRelease } from '../training/train-and-save-release.ts';
import { type TrainedModel, trainModel } from '../training/train-model.ts';
import { openRemainingData } from '../workspace/deleted-users.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { isObject, readJsonObject } from '../workspace/read-json-object.ts';
import { commonArguments, eventsFileOf, openWorkspace, type Workspace } from '../workspace/workspace.ts';

export const trainCommand = defineCommand({
  meta: {
    name: 'train',
    description: `Train a release (models and the weights of their blend) or, with --model, one model alone.

Examples:
  matinee train                                    V1 on the bundled MovieLens set
  matinee train --preset v4 --data ~/ml-1m         everything, on other data; a stopped run continues
  matinee train --data ~/ml-1m --seed 2            another seed
  matinee train --preset v2 --with-log             from scratch, with the server's event log
  matinee train --sources item-knn,popularity      some of V1's sources only
  matinee train --config train.json                {"confidence": "graded", "v1": {"candidatesPerSource": 500}}
  matinee train --model sasrec --data ~/ml-1m --protocol leave-one-out    on the data before a protocol's test
  matinee train --model sasrec --config sasrec.json --from DIR            own settings; continue from an earlier model

A release or model trained with equal data, configuration, seed and code is reused; --force trains it again. A training
can be stopped with Ctrl-C: the same command continues from the end of its last epoch.`,
  },
  args: {
    preset: { type: 'string', description: `Generation to train: ${GENERATION_NAMES.join(', ')}`, default: 'v1' },
    model: {
      type: 'string',
      description: `Train one model alone: ${Object.keys(MODEL_FAMILIES).join(', ')}`,
    },
    sources: {
      type: 'string',
      description: `Train a release of these sources only, comma-separated: ${Object.keys(GENERATION_DEFAULTS.v4.sources).join(', ')}`,
    },
    data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
    config: {
      type: 'string',
      description:
        'JSON file of settings that differ from the defaults: "confidence" and "v1", or with --model the fields of the model',
    },
    seed: { type: 'string', description: 'Whole number from 0 up', default: '1' },
    protocol: {
      type: 'string',
      description: `With --model: train on the data before the test of ${Object.keys(PROTOCOLS).join(', ')}`,
      default: 'temporal',
    },
    ...protocolArguments,
    threads: { type: 'string', description: 'Threads to train on (default: one per core)' },
    from: { type: 'string', description: 'With --model: folder of an earlier model of the same kind to continue from' },
    'with-log': {
      type: 'boolean',
      description: 'Train the release on the event log of the data set’s server, too',
      default: false,
    },
    force: { type: 'boolean', description: 'Train even if an equal release or model exists', default: false },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const workspace = openWorkspace(args.home);
      if (args.model !== undefined) {
        const { model } = args;
        requireOneOf('--model', model, Object.keys(MODEL_FAMILIES));
        const options = parseProtocolOptions(args);
        const config = args.config === undefined ? {} : await readJsonObject('--config', args.config);
        const threadCount = args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1);
        const dataset = await openRemainingData({ workspace, data: args.data, progress, signal });
        const trained = await trainModel({
          dataset,
          workspace,
          progress,
          signal,
          model,
          config,
          options,
          threadCount,
          warmStart: args.from,
          force: args.force,
        });
        print({ json: { folder: trained.folder, ...trained.record }, text: describeTrainedModel(trained) });
        return;
      }
      requireOneOf('--preset', args.preset, [...GENERATION_NAMES]);
      const generation = args.preset as GenerationName;
      const seed = parseSeed(args.seed);
      const config = selectSources(
        args.config === undefined ? { generation } : await readConfig(args.config, generation),
        args.sources,
      );
      const threadCount = args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const data = args['with-log'] ? await addLog(dataset, workspace, progress) : { dataset };
      const overrides = resolveGeneration(generation, { interactionCount: dataset.events.count }, config.overrides);
      const release = await trainAndSaveRelease({
        ...data,
        workspace,
        progress,
        seed,
        config: { ...config, overrides },
        force: args.force,
        ...defined({ threadCount }),
      });
      print({
        json: {
          version: release.version,
          folder: releaseFolder(workspace, dataset.name),
          datasetHash: release.datasetHash,
          weights: Object.fromEntries(release.sources.map(({ name, weight }) => [name, weight])),
          ...release.training,
        },
        text: describeRelease(release),
      });
    }),
});

/** The data set joined with the event log, and what a release trained on it serves. */
async function addLog(
  dataset: Dataset,
  workspace: Workspace,
  progress: Progress,
): Promise<Pick<TrainReleaseOptions, 'dataset' | 'serves'>> {
  const stores = openSqliteStores(eventsFileOf(workspace, dataset.name));
  return progress
    .stage('read the event log', async ({ summary }) => {
      const newItems = withoutKnownItems(dataset, await stores.newItems.readAll()).map(({ item }) => item);
      const changes = await stores.newItems.readChanges();
      const joined = await datasetWithLog(dataset, stores.events, sha256, { newItems, changes });
      summary(`${joined.log.eventCount} events${joined.log.leftOut ? describeLeftOut(joined.log.leftOut) : ''}`);
      return { dataset: joined.dataset, serves: { datasetHash: dataset.hash, log: joined.log } };
    })
    .finally(() => stores.close());
}

/** @throws {MatineeError} `BAD_ARGUMENT` */
function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 4294967295) {
    throw new MatineeError('BAD_ARGUMENT', `--seed takes a whole number from 0 to 4294967295; got "${text}"`);
  }
  return seed;
}

/**
 * Reads `{ "confidence": …, "v1": … }`, where the second field is named like the generation. The training checks its
 * contents.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the file and the field.
 */
async function readConfig(file: string, generation: GenerationName): Promise<TrainReleaseConfig> {
  const config = await readJsonObject('--config', file);
  const { confidence, [generation]: overrides, ...others } = config;
  const [unknownField] = Object.keys(others);
  if (unknownField !== undefined) {
    throw new MatineeError(
      'BAD_CONFIG',
      `--config ${file} has no field "${unknownField}"; it has: confidence, ${generation}`,
    );
  }
  if (overrides !== undefined && !isObject(overrides))
    throw new MatineeError('BAD_CONFIG', `--config ${file}: "${generation}" must be an object`);
  return {
    generation,
    ...(confidence === undefined ? {} : { confidence: readConfidence(file, confidence) }),
    ...defined({ overrides }),
  };
}

function readConfidence(file: string, confidence: unknown): NonNullable<TrainReleaseConfig['confidence']> {
  if (typeof confidence === 'string' && Object.hasOwn(CONFIDENCE_PRESETS, confidence)) {
    return CONFIDENCE_PRESETS[confidence as keyof typeof CONFIDENCE_PRESETS];
  }
  if (isObject(confidence)) return parseConfidenceRule(confidence as ConfidenceOverrides);
  throw new MatineeError(
    'BAD_CONFIG',
    `--config ${file}: "confidence" must be a rule or one of: ${Object.keys(CONFIDENCE_PRESETS).join(', ')}`,
  );
}

function selectSources(config: TrainReleaseConfig, names: string | undefined): TrainReleaseConfig {
  if (names === undefined) return config;
  const sources = config.overrides?.sources ?? GENERATION_DEFAULTS[config.generation].sources;
  const chosen = names.split(',').map((name) => name.trim());
  const entries = chosen.map((name) => {
    const source = sources[name];
    if (source === undefined) {
      throw new MatineeError('BAD_ARGUMENT', `--sources: "${name}" is none of: ${Object.keys(sources).join(', ')}`);
    }
    return [name, source] as const;
  });
  return { ...config, overrides: { ...config.overrides, sources: Object.fromEntries(entries) } };
}

function describeTrainedModel({ folder, record, reused }: TrainedModel): string {
  const best = record.epochs.at(-1);
  return [
    folder,
    reused
      ? '  reused: trained before from equal data, configuration, seed and code'
      : `  fitted in ${(record.fitMs / 1000).toFixed(1)} s${record.peakMemoryMiB > 0 ? `, ${record.peakMemoryMiB} MiB` : ''}`,
    ...(best?.bestEpoch === undefined
      ? []
      : [
          `  kept epoch ${best.bestEpoch}: validation ${best.bestValidation?.toFixed(4)} on the part that the fit held out`,
        ]),
    `For a test result: matinee evaluate --models ${record.model} --protocol ${record.options.protocol}`,
  ].join('\n');
}
