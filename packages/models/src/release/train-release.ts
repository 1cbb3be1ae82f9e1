import { createRandom, defined, MatineeError } from '@matinee/numerics';
import { sortedJson } from '../artifacts/artifact-bytes.ts';
import { buildInteractions, type ConfidenceRule, DEFAULT_CONFIDENCE_RULE } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import { fitGeneration } from '../generations/fit-generation.ts';
import type { GenerationConfig, GenerationName } from '../generations/generation-config.ts';
import { needsInteractions } from '../generations/needs-interactions.ts';
import { completeSources, resolveGeneration } from '../generations/resolve-generation.ts';
import type { StageContext } from '../generations/stages.ts';
import { learnedFrom, willLearnFrom, withoutEarlierContent } from './learned-from.ts';
import type { LearnedFrom, Release, TrainedLog, TrainingRecord } from './release.ts';
import { type Digest, disassembleRelease, versionOf } from './release-parts.ts';

/** Raised when equal data, configuration and seed give another release than before. */
const TRAINER_VERSION = 4;

/** The generation to train, with overrides of its defaults. */
export interface TrainReleaseConfig {
  readonly generation: GenerationName;
  /** As `parseConfidenceRule` returns it. */
  readonly confidence?: ConfidenceRule;
  readonly overrides?: Partial<GenerationConfig>;
}

export interface TrainReleaseContext extends Omit<StageContext, 'random'> {
  readonly seed: number;
  readonly digest: Digest;
  /**
   * Set when the data set includes a log: the hash of the data set without it, which the release serves, and the log.
   */
  readonly serves?: { readonly datasetHash: string; readonly log: TrainedLog };
}

/**
 * Trains a release on everything the data set holds: {@link fitGeneration} learns weights and ranker on data that the
 * sources were not fitted on. Sources that fit a catalogue alone need no event; the release then finds what people do
 * from the first one on.
 *
 * @returns A release whose version is the hash of its artefacts, weights, configuration and data hash: equal input,
 * equal version.
 * @throws {MatineeError} `EMPTY_INTERACTIONS` when the generation needs an event; `BAD_CONFIG` naming the field; `CANCELLED`.
 */
export async function trainRelease(
  dataset: Dataset,
  config: TrainReleaseConfig,
  context: TrainReleaseContext,
): Promise<Release> {
  const { generation, confidence, settings } = completeConfig(config);
  const interactions = buildInteractions(dataset.events, confidence);
  if (needsInteractions(settings) && !interactions.weights.some((weight) => weight > 0)) {
    throw new MatineeError(
      'EMPTY_INTERACTIONS',
      `${generation} learns from what people did, and data set "${dataset.name}" has no event that speaks for a title: ` +
        'begin with v1, which needs titles alone, and train this one with --with-log once people have used it',
    );
  }
  const trainedAsOf = interactions.timestamps[interactions.count - 1] ?? 0;
  const { seed, digest, serves, ...stages } = context;
  const {
    model,
    weighting,
    metrics: heldOut,
    heldOutUsers,
    leftOut,
    heldOutInstead,
  } = await fitGeneration(
    generation,
    { userCount: dataset.users.ids.length, items: dataset.items, interactions, asOf: trainedAsOf },
    settings,
    { ...stages, random: createRandom(seed) },
    { measureFolds: true },
  );
  const metrics: Record<string, number> = {};
  if (weighting !== undefined) {
    metrics['validation.queries'] = weighting.queryCount;
    metrics['validation.ndcg@100'] = weighting.ndcg;
    for (const [index, name] of weighting.sourceNames.entries()) {
      metrics[`validation.ndcg@100.${name}`] = weighting.ndcgAlone[index];
    }
  }
  Object.assign(metrics, heldOut);
  const training: TrainingRecord = {
    confidence,
    config: { ...settings },
    seed,
    counts: {
      users: dataset.users.ids.length,
      items: dataset.items.vocabulary.ids.length,
      events: dataset.events.count,
      interactions: interactions.count,
      dropped: interactions.droppedCount,
    },
    metrics,
    ...(heldOutUsers && { heldOutUsers }),
    ...(leftOut.length > 0 && { leftOut }),
    ...defined({ heldOutInstead }),
  };
  const release: Omit<Release, 'version'> = {
    generation,
    sources: model.sources,
    ...(model.ranking && { ranking: model.ranking }),
    datasetHash: serves?.datasetHash ?? dataset.hash,
    ...defined({
      learnedFrom: learnedFrom(
        dataset,
        model.sources.map((source) => source.model),
        model.ranking !== undefined,
      ),
    }),
    ...(serves && { log: serves.log }),
    trainedAsOf,
    training,
  };
  const { header } = disassembleRelease(release, digest);
  return { version: versionOf(header, digest), ...release };
}

/** What decides a release, beside code. */
export interface TrainingIdentity {
  readonly dataset: Pick<Dataset, 'hash' | 'parts'>;
  readonly config: TrainReleaseConfig;
  readonly seed: number;
  /** Of the log that the data set includes, if it does. */
  readonly logHash?: string | undefined;
}

/**
 * Returns all inputs of {@link trainRelease} as one string: equal keys give equal models. What the generation does not
 * learn from is not in it. Used to find a release that need not be trained again.
 */
export function trainingKey(identity: TrainingIdentity): string {
  return keyOf(identity, (learned) => learned);
}

/**
 * As {@link trainingKey}, without what may change under a release that is served: of two releases of one key, one may
 * have learned from an earlier text.
 */
export function servingKey(identity: TrainingIdentity): string {
  return keyOf(identity, withoutEarlierContent);
}

function keyOf(
  { dataset, config, seed, logHash }: TrainingIdentity,
  select: (learned: LearnedFrom) => LearnedFrom,
): string {
  const complete = completeConfig(config);
  const learned = willLearnFrom(dataset, complete.settings);
  const data = learned === undefined ? dataset.hash : { ...select(learned), log: logHash ?? null };
  return sortedJson({ trainer: TRAINER_VERSION, data, seed, ...complete });
}

/** Fills in every default, those of the sources included. */
function completeConfig({ generation, confidence = DEFAULT_CONFIDENCE_RULE, overrides }: TrainReleaseConfig): {
  generation: GenerationName;
  confidence: ConfidenceRule;
  settings: GenerationConfig;
} {
  return { generation, confidence, settings: completeSources(resolveGeneration(generation, {}, overrides)) };
}
