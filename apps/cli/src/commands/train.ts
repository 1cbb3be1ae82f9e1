import { readFile } from 'node:fs/promises';
import {
  CONFIDENCE_PRESETS,
  type ConfidenceOverrides,
  parseConfidenceRule,
  type Release,
  type TrainV1Config,
  V1_DEFAULTS,
} from '@matinee/models';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { commonArguments, openWorkspace } from '../workspace.ts';
import { openDataset } from './open-dataset.ts';
import { releaseFolder, trainRelease } from './train-release.ts';

export const trainCommand = defineCommand({
  meta: {
    name: 'train',
    description: `Train a release: models, and how to blend them.

Examples:
  matinee train                                    V1 on the bundled MovieLens set
  matinee train --data ~/ml-1m --seed 2            on other data, with another seed
  matinee train --model item-knn,popularity        some of V1's sources only
  matinee train --config train.json                {"confidence": "graded", "v1": {"candidatesPerSource": 500}}

A release that was trained with equal data, configuration and seed is reused; --force trains it again.`,
  },
  args: {
    preset: { type: 'string', description: 'Generation to train: v1', default: 'v1' },
    model: {
      type: 'string',
      description: `Train only these sources, comma-separated: ${Object.keys(V1_DEFAULTS.sources).join(', ')}`,
    },
    data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
    config: {
      type: 'string',
      description: 'JSON file with "confidence" (preset or rule) and "v1" (what differs from the defaults)',
    },
    seed: { type: 'string', description: 'Whole number from 0 up', default: '1' },
    force: { type: 'boolean', description: 'Train even where an equal release is there', default: false },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      if (args.preset !== 'v1') throw new MatineeError('BAD_ARGUMENT', `--preset: "${args.preset}" is none of: v1`);
      const seed = parseSeed(args.seed);
      const config = selectSources(args.config === undefined ? {} : await readConfig(args.config), args.model);
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const release = await trainRelease({ dataset, workspace, progress, seed, config, force: args.force });
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

/** @throws {MatineeError} `BAD_ARGUMENT` */
function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 4294967295) {
    throw new MatineeError('BAD_ARGUMENT', `--seed takes a whole number from 0 to 4294967295; got "${text}"`);
  }
  return seed;
}

/**
 * Reads `{ "confidence": …, "v1": … }`. What stands in "v1" is checked by the training itself.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the file and the field.
 */
async function readConfig(file: string): Promise<TrainV1Config> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MatineeError('NOT_FOUND', `--config ${file} cannot be read`, { cause });
  });
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new MatineeError('BAD_CONFIG', `--config ${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(config)) throw new MatineeError('BAD_CONFIG', `--config ${file} must hold an object`);
  const { confidence, v1, ...others } = config;
  const [unknownField] = Object.keys(others);
  if (unknownField !== undefined) {
    throw new MatineeError('BAD_CONFIG', `--config ${file} has no field "${unknownField}"; it has: confidence, v1`);
  }
  if (v1 !== undefined && !isObject(v1))
    throw new MatineeError('BAD_CONFIG', `--config ${file}: "v1" must be an object`);
  return {
    ...(confidence === undefined ? {} : { confidence: readConfidence(file, confidence) }),
    ...(v1 === undefined ? {} : { v1 }),
  };
}

function readConfidence(file: string, confidence: unknown): NonNullable<TrainV1Config['confidence']> {
  if (typeof confidence === 'string' && Object.hasOwn(CONFIDENCE_PRESETS, confidence)) {
    return CONFIDENCE_PRESETS[confidence as keyof typeof CONFIDENCE_PRESETS];
  }
  if (isObject(confidence)) return parseConfidenceRule(confidence as ConfidenceOverrides);
  throw new MatineeError(
    'BAD_CONFIG',
    `--config ${file}: "confidence" must be a rule or one of: ${Object.keys(CONFIDENCE_PRESETS).join(', ')}`,
  );
}

function selectSources(config: TrainV1Config, model: string | undefined): TrainV1Config {
  if (model === undefined) return config;
  const sources = config.v1?.sources ?? V1_DEFAULTS.sources;
  const chosen = model.split(',').map((name) => name.trim());
  const entries = chosen.map((name) => {
    const source = sources[name];
    if (source === undefined) {
      throw new MatineeError('BAD_ARGUMENT', `--model: "${name}" is none of: ${Object.keys(sources).join(', ')}`);
    }
    return [name, source] as const;
  });
  return { ...config, v1: { ...config.v1, sources: Object.fromEntries(entries) } };
}

function describeRelease(release: Release): string {
  const metrics = release.training?.metrics ?? {};
  const header = `release ${release.version}`;
  const queries = metrics['validation.queries'];
  if (queries === undefined) return `${header}\ntoo little data to learn weights on: all sources count the same`;
  const lines = release.sources.map(({ name, weight }) => {
    const alone = metrics[`validation.ndcg@100.${name}`] ?? 0;
    return `  ${name.padEnd(20)} weight ${weight.toFixed(3)}   NDCG@100 alone ${alone.toFixed(4)}`;
  });
  const blend = metrics['validation.ndcg@100'] ?? 0;
  return [
    header,
    ...lines,
    `  ${'blend'.padEnd(20)} ${' '.repeat(12)}   NDCG@100       ${blend.toFixed(4)}`,
    `On the ${queries} queries that the weights were learned on, so not a test result; for that: matinee evaluate`,
  ].join('\n');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
