import { createRandom, MatineeError } from '@matinee/numerics';
import { sortedJson } from '../artifacts/artifact-bytes.ts';
import { parseConfig } from '../config/parse-config.ts';
import { buildInteractions, type ConfidenceRule, DEFAULT_CONFIDENCE_RULE } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Release, TrainingRecord } from './release.ts';
import { type Digest, describeRelease, versionOf } from './release-parts.ts';
import { findSourceFamily } from './source-families.ts';
import { fitV1, type StageContext, V1_DEFAULTS, type V1Config, v1ConfigSchema } from './v1.ts';

/** Raised when training would give another release than before from equal data, configuration and seed. */
const TRAINER_VERSION = 1;

export interface TrainV1Config {
  /** As `parseConfidenceRule` returns it. */
  readonly confidence?: ConfidenceRule;
  /** What differs from {@link V1_DEFAULTS}. */
  readonly v1?: Partial<V1Config>;
}

export interface TrainV1Context {
  readonly seed: number;
  readonly digest: Digest;
  /** Runs a named step, for progress: `Progress.stage` of the command line fits. */
  readonly stage: StageContext['stage'];
}

/**
 * Trains V1 on everything the data set holds: see {@link fitV1} for how the weights are learned without looking at what
 * the sources learned from.
 *
 * @returns A release whose version is the hash of its artefacts, weights, configuration and data hash: equal input,
 * equal version.
 * @throws {MatineeError} `EMPTY_INTERACTIONS`; `BAD_CONFIG` naming the field; `CANCELLED`.
 */
export async function trainV1(dataset: Dataset, config: TrainV1Config, context: TrainV1Context): Promise<Release> {
  const { confidence, v1 } = completeConfig(config);
  const interactions = buildInteractions(dataset.events, confidence);
  if (interactions.count === 0) {
    throw new MatineeError('EMPTY_INTERACTIONS', `data set "${dataset.name}" has no interactions to train on`);
  }
  const trainedAsOf = interactions.timestamps[interactions.count - 1];
  const { model, weighting } = await fitV1(
    { userCount: dataset.users.ids.length, items: dataset.items, interactions, asOf: trainedAsOf },
    v1,
    {
      random: createRandom(context.seed),
      checkpoint: () => Promise.resolve(),
      stage: context.stage,
    },
  );
  const metrics: Record<string, number> = {};
  if (weighting !== undefined) {
    metrics['validation.queries'] = weighting.queryCount;
    metrics['validation.ndcg@100'] = weighting.ndcg;
    for (const [index, { name }] of model.sources.entries()) {
      metrics[`validation.ndcg@100.${name}`] = weighting.ndcgAlone[index];
    }
  }
  const training: TrainingRecord = {
    confidence,
    config: { ...v1 },
    seed: context.seed,
    counts: {
      users: dataset.users.ids.length,
      items: dataset.items.vocabulary.ids.length,
      events: dataset.events.count,
      interactions: interactions.count,
      dropped: interactions.droppedCount,
    },
    metrics,
  };
  const release: Omit<Release, 'version'> = {
    generation: 'v1',
    sources: model.sources,
    datasetHash: dataset.hash,
    trainedAsOf,
    training,
  };
  const { header } = describeRelease(release, context.digest);
  return { version: versionOf(header, context.digest), ...release };
}

/**
 * What decides the outcome of {@link trainV1}, as one string: equal keys, equal releases. For finding a release that
 * need not be trained again.
 */
export function trainingKey(dataset: Pick<Dataset, 'hash'>, config: TrainV1Config, seed: number): string {
  return sortedJson({ trainer: TRAINER_VERSION, data: dataset.hash, seed, ...completeConfig(config) });
}

/** Fills in every default, the sources' own included: a record that later defaults cannot change. */
function completeConfig({ confidence = DEFAULT_CONFIDENCE_RULE, v1: overrides = {} }: TrainV1Config): {
  confidence: ConfidenceRule;
  v1: V1Config;
} {
  const v1 = parseConfig('v1', v1ConfigSchema, V1_DEFAULTS, overrides);
  const sources = Object.fromEntries(
    Object.entries(v1.sources).map(([name, { family, config }]) => [
      name,
      { family, config: { ...findSourceFamily(family).defaults, ...config } },
    ]),
  );
  return { confidence, v1: { ...v1, sources } };
}
