import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, fitBlendWeights, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { parseConfig } from '../config/parse-config.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import { fitFeatureStatistics, loadFeatureStatistics, saveFeatureStatistics } from '../features/feature-statistics.ts';
import { atClock, collectRankingRows } from '../ranking/collect-ranking-rows.ts';
import { loadFeatureRanker } from '../ranking/feature-ranker.ts';
import { fitRanker } from '../ranking/fit-ranker.ts';
import type { Ranker } from '../ranking/ranker.ts';
import { requirePositiveInteractions } from '../retrieval/check-training-data.ts';
import type { TrainingData } from '../retrieval/retrieval-model.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { type FitSide, fitSources } from './fit-sources.ts';
import {
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationName,
  generationConfigSchema,
} from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import { holdOutQuestions } from './held-out-questions.ts';
import { runStage, type StageContext } from './stages.ts';

export interface FittedGeneration {
  readonly model: GenerationModel;
  /** Absent when the data was too small to hold anything out; all weights are then equal. */
  readonly weighting: BlendWeights | undefined;
}

/**
 * Fits a generation: every source on the earlier part of the data; on the rest, which no source has seen, the blend's
 * weights and then the ranker; then every source again on everything. So neither weights nor ranker were learned on
 * what the sources had seen, and nothing outside `data` is looked at.
 *
 * Where the data is too small to hold anything out, sources count alike and the blend ranks.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the field; `EMPTY_INTERACTIONS`; `CANCELLED`.
 */
export async function fitGeneration(
  name: GenerationName,
  data: TrainingData,
  overrides: Partial<GenerationConfig>,
  context: StageContext,
): Promise<FittedGeneration> {
  const config = parseConfig(name, generationConfigSchema, GENERATION_DEFAULTS[name], overrides);
  requirePositiveInteractions(name, data);
  const { interactions, userCount, items } = data;
  const itemCount = items.vocabulary.ids.length;
  const cut = { cut: config.weightsFrom, ...(config.weightsFrom === 'latest' ? { share: config.latestShare } : {}) };
  const fold = holdOutQuestions({ interactions, userCount, itemCount }, config.weightsFrom, config.latestShare);
  const early: FitSide | undefined = fold && {
    data: { userCount, items, interactions: fold.train, asOf: fold.trainAsOf },
    name: 'without the latest part',
    identity: { without: cut },
  };
  const earlySources = early && (await fitSources(config, early, context));
  const weighting = earlySources && (await learnWeights(earlySources, fold as Fold, config, cut, context));
  const weigh = (sources: readonly UnweightedSource[]): NamedSource[] =>
    sources.map((source, index) => ({ ...source, weight: weighting?.weights[index] ?? 1 / sources.length }));
  const ranker =
    early && config.ranker !== 'none'
      ? await learnRanker(
          config.ranker,
          weigh(earlySources as UnweightedSource[]),
          early,
          fold as Fold,
          config,
          context,
        )
      : undefined;

  const everything: FitSide = {
    data,
    name: 'on everything',
    identity: { without: null, earlier: cut },
    ...(earlySources && { earlier: earlySources }),
  };
  const sources = weigh(await fitSources(config, everything, context));
  const ranking = ranker && {
    schema: schemaOf(config),
    statistics: await countStatistics(everything, context),
    ranker,
    poolSize: config.poolSize,
    clock: config.clock,
  };
  const { candidatesPerSource } = config;
  const parts = { sources, candidatesPerSource, ...(ranking && { ranking }) };
  return { model: createGenerationModel(name, parts, itemCount), weighting };
}

function learnWeights(
  sources: readonly UnweightedSource[],
  fold: Fold,
  config: GenerationConfig,
  cut: object,
  context: StageContext,
): Promise<BlendWeights> {
  const { candidatesPerSource, maxQueries, clock } = config;
  return runStage(context, {
    name: 'learn the blend’s weights',
    identity: { stage: 'blend weights', sources: config.sources, candidatesPerSource, maxQueries, clock, cut },
    async compute({ checkpoint, summary }) {
      const asked = { ...fold, queries: fold.queries.map((query) => atClock(query, clock)) };
      const learned = await fitBlendWeights(sources, asked, { candidatesPerSource, maxQueries, checkpoint });
      summary(sources.map(({ name }, index) => `${name} ${learned.weights[index].toFixed(2)}`).join(', '));
      return learned;
    },
    encode: (learned) => encodeArtifact({ kind: 'blend-weights', version: 1, config: { ...learned }, arrays: {} }),
    decode: (bytes) => decodeArtifact(bytes).config as unknown as BlendWeights,
  });
}

function countStatistics(side: FitSide, context: StageContext) {
  return runStage(context, {
    name: `count what features need ${side.name}`,
    identity: { stage: 'feature statistics', version: 1, side: side.identity },
    compute: ({ checkpoint }) => fitFeatureStatistics(side.data, { ...context, checkpoint }),
    encode: (statistics) => encodeArtifact(saveFeatureStatistics(statistics)),
    decode: (bytes) => loadFeatureStatistics(decodeArtifact(bytes)),
  });
}

function schemaOf({ sources }: GenerationConfig) {
  return createFeatureSchema(Object.entries(sources).map(([name, { family }]) => ({ name, family })));
}

/** One query in so many, by user, only decides when the ranker stops and what it reports of itself. */
const HOLD_OUT_EVERY = 5;
/** Fewer answered queries, of either kind, teach nothing: the blend ranks. */
const MIN_QUERIES = 20;
const NOTHING_LEARNED = 'no-ranker';

async function learnRanker(
  kind: 'trees' | 'ensemble',
  sources: readonly NamedSource[],
  early: FitSide,
  fold: Fold,
  config: GenerationConfig,
  context: StageContext,
): Promise<Ranker | undefined> {
  const schema = schemaOf(config);
  const statistics = await countStatistics(early, context);
  const { candidatesPerSource, poolSize, clock, maxRankerQueries } = config;
  const weights = Object.fromEntries(sources.map(({ name, weight }) => [name, weight]));
  return runStage(context, {
    name: 'learn to rank',
    identity: {
      stage: 'ranker',
      schema: schema.hash,
      sources: config.sources,
      weights,
      candidatesPerSource,
      poolSize,
      clock,
      maxRankerQueries,
      kind,
      side: early.identity,
    },
    async compute({ checkpoint, summary }) {
      const queries = spread(fold.queries, maxRankerQueries);
      const isHeldOut = ({ userIndex }: EvaluationQuery): boolean =>
        context.random.fork(`hold out ${userIndex}`).integer(HOLD_OUT_EVERY) === 0;
      const random = context.random.fork('ranking rows');
      const collect = (part: readonly EvaluationQuery[], before: number) =>
        collectRankingRows(part, fold, {
          sources,
          schema,
          statistics,
          candidatesPerSource,
          poolSize,
          random,
          clock,
          checkpoint: (done) => checkpoint(before + done, queries.length),
        });
      const teaching = queries.filter((query) => !isHeldOut(query));
      const fitRows = await collect(teaching, 0);
      const holdOut = await collect(queries.filter(isHeldOut), teaching.length);
      if (Math.min(fitRows.groupSizes.length, holdOut.groupSizes.length) < MIN_QUERIES) {
        summary('too few queries to learn from; the blend ranks');
        return undefined;
      }
      const fitted = await fitRanker(fitRows, holdOut, {
        kind,
        schema,
        seed: context.random.fork('ranker').integer(2 ** 32),
        ...(context.threadCount === undefined ? {} : { threadCount: context.threadCount }),
        checkpoint,
      });
      summary(describe(fitted));
      return fitted;
    },
    encode: (fitted) => encodeArtifact(fitted?.save() ?? { kind: NOTHING_LEARNED, version: 1, config: {}, arrays: {} }),
    decode(bytes) {
      const artifact = decodeArtifact(bytes);
      return artifact.kind === NOTHING_LEARNED ? undefined : loadFeatureRanker(artifact, schema.hash);
    },
  });
}

function describe({ metrics }: Ranker): string {
  const value = (name: string): string => (metrics[name] ?? Number.NaN).toFixed(4);
  return `${metrics['queries.fit']} queries, ${metrics['rows.fit']} rows; held out: ${value('quality')}, the blend alone ${value('quality.blend')}`;
}

function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
