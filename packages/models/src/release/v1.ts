import { MatineeError } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ArtifactArray, ModelArtifact } from '../artifacts/model-artifact.ts';
import { BLEND_ARTIFACT_VERSION, type BlendModel, createBlendModel } from '../blend/blend-model.ts';
import { type BlendWeights, fitBlendWeights, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { parseConfig } from '../config/parse-config.ts';
import { requirePositiveInteractions } from '../retrieval/check-training-data.ts';
import { BM25_DEFAULTS } from '../retrieval/item-knn.ts';
import type { FitContext, RetrievalFamily, TrainingData } from '../retrieval/retrieval-model.ts';
import type { NamedSource } from './release.ts';
import { findSourceFamily } from './source-families.ts';
import { cutWeightingFold } from './weighting-fold.ts';

const KIND = 'v1';

export const v1ConfigSchema = Type.Object(
  {
    /** By name: a family and what differs from its defaults. One family may stand under several names. */
    sources: Type.Record(
      Type.String({ minLength: 1 }),
      Type.Object(
        { family: Type.String(), config: Type.Record(Type.String(), Type.Unknown()) },
        { additionalProperties: false },
      ),
      { minProperties: 1 },
    ),
    /** Candidates asked of each source. */
    candidatesPerSource: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** What the weights are learned on: the latest part of the training data, or every user's last item. */
    weightsFrom: Type.Union([Type.Literal('latest'), Type.Literal('last-item')]),
    /** With `latest`: share of the interactions that are asked about. */
    latestShare: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    /** At most so many queries are asked for learning the weights. */
    maxQueries: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
);

export type V1Config = Static<typeof v1ConfigSchema>;

/** Every hyper-parameter was chosen on validation; docs/models/v1.md has the figures. */
export const V1_DEFAULTS: V1Config = {
  sources: {
    popularity: { family: 'popularity', config: {} },
    'recent-popularity': { family: 'recent-popularity', config: {} },
    'genre-affinity': { family: 'genre-affinity', config: {} },
    'item-knn': { family: 'item-knn', config: {} },
    'item-knn-bm25': { family: 'item-knn', config: { ...BM25_DEFAULTS } },
    'user-knn': { family: 'user-knn', config: {} },
  },
  candidatesPerSource: 300,
  weightsFrom: 'latest',
  latestShare: 0.1,
  maxQueries: 1000,
};

/** Runs the steps of a fit under names, for progress. */
export interface StageContext extends FitContext {
  stage<T>(
    name: string,
    work: (stage: { checkpoint: FitContext['checkpoint']; summary(text: string): void }) => Promise<T>,
  ): Promise<T>;
}

export interface FittedV1 {
  readonly model: BlendModel;
  /** Absent when the data was too small to hold anything out; all weights are then equal. */
  readonly weighting: BlendWeights | undefined;
}

/**
 * Fits V1: every source on the earlier part of the data, the blend's weights on the rest, then every source again on
 * everything. So no weight was learned on what the sources had seen, and nothing outside `data` is looked at.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the field; `EMPTY_INTERACTIONS`.
 */
export async function fitV1(
  data: TrainingData,
  overrides: Partial<V1Config>,
  context: StageContext,
): Promise<FittedV1> {
  const config = parseConfig(KIND, v1ConfigSchema, V1_DEFAULTS, overrides);
  requirePositiveInteractions(KIND, data);
  const { interactions, userCount, items } = data;
  const itemCount = items.vocabulary.ids.length;
  const fold = cutWeightingFold({ interactions, userCount, itemCount }, config.weightsFrom, config.latestShare);
  let weighting: BlendWeights | undefined;
  if (fold !== undefined) {
    const early: TrainingData = { userCount, items, interactions: fold.train, asOf: fold.trainAsOf };
    const sources = await fitSources(early, config, context, 'without the latest part');
    weighting = await context.stage('learn the blend’s weights', async ({ checkpoint, summary }) => {
      const { candidatesPerSource, maxQueries } = config;
      const learned = await fitBlendWeights(sources, fold, { candidatesPerSource, maxQueries, checkpoint });
      summary(sources.map(({ name }, index) => `${name} ${learned.weights[index].toFixed(2)}`).join(', '));
      return learned;
    });
  }
  const sources = await fitSources(data, config, context, 'on everything');
  const weighted = sources.map((source, index) => ({
    ...source,
    weight: weighting?.weights[index] ?? 1 / sources.length,
  }));
  return { model: createBlendModel(KIND, weighted, itemCount, config.candidatesPerSource), weighting };
}

async function fitSources(
  data: TrainingData,
  config: V1Config,
  context: StageContext,
  what: string,
): Promise<UnweightedSource[]> {
  const sources: UnweightedSource[] = [];
  for (const [name, source] of Object.entries(config.sources)) {
    const family = findSourceFamily(source.family);
    const model = await context.stage(`fit ${name} ${what}`, ({ checkpoint }) =>
      family.fit(data, { ...family.defaults, ...source.config }, { random: context.random.fork(name), checkpoint }),
    );
    sources.push({ name, model });
  }
  return sources;
}

const savedSourcesSchema = Type.Object({
  itemCount: Type.Integer({ minimum: 0 }),
  candidatesPerSource: Type.Integer({ minimum: 1 }),
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      weight: Type.Number({ minimum: 0 }),
      kind: Type.String(),
      version: Type.Integer(),
      config: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
});

/**
 * V1 as one model among others: popularity, recent popularity, genre affinity, item-item and user-user neighbours,
 * blended with weights learned on the latest part of whatever it is fitted on.
 *
 * fit: twice the sum of its sources, and one pass of `maxQueries` queries; retrieve: the sum of its sources.
 */
export const v1Family: RetrievalFamily<V1Config> = {
  kind: KIND,
  defaults: V1_DEFAULTS,
  async fit(data, config, context) {
    const stage: StageContext['stage'] = (_name, work) =>
      work({ checkpoint: context.checkpoint, summary: () => undefined });
    return (await fitV1(data, config, { ...context, stage })).model;
  },
  load: loadV1,
};

async function loadV1(artifact: ModelArtifact): Promise<BlendModel> {
  requireArtifact(artifact, KIND, BLEND_ARTIFACT_VERSION);
  const { config } = artifact;
  if (!Value.Check(savedSourcesSchema, config)) {
    throw new MatineeError('BAD_ARTIFACT', 'v1: the list of sources is damaged; train the model again');
  }
  const sources: NamedSource[] = [];
  for (const [index, { name, weight, kind, version, config: sourceConfig }] of config.sources.entries()) {
    const prefix = `${index}.`;
    const arrays: Record<string, ArtifactArray> = {};
    for (const [key, array] of Object.entries(artifact.arrays)) {
      if (key.startsWith(prefix)) arrays[key.slice(prefix.length)] = array;
    }
    const model = await findSourceFamily(kind).load({ kind, version, config: sourceConfig, arrays });
    sources.push({ name, weight, model });
  }
  requireItemCount(sources, config.itemCount);
  return createBlendModel(KIND, sources, config.itemCount, config.candidatesPerSource);
}

/** @throws {MatineeError} `BAD_ARTIFACT` when a source was fitted on another catalogue. */
export function requireItemCount(sources: readonly UnweightedSource[], itemCount: number): void {
  for (const { name, model } of sources) {
    if (model.itemCount !== itemCount) {
      throw new MatineeError(
        'BAD_ARTIFACT',
        `source "${name}" knows ${model.itemCount} items, the others ${itemCount}; train all of them on one data set`,
      );
    }
  }
}
