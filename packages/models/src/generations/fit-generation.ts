import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, fitBlendWeights, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { checkFold } from '../evaluation/check-fold.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import { fitFeatureStatistics, loadFeatureStatistics, saveFeatureStatistics } from '../features/feature-statistics.ts';
import { atRequestTime } from '../ranking/collect-ranking-rows.ts';
import type { Ranking } from '../ranking/ranking.ts';
import { requirePositiveInteractions } from '../retrieval/check-training-data.ts';
import type { Fold } from '../splits/split.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { type FitSide, fitSources } from './fit-sources.ts';
import type { GenerationConfig, GenerationName } from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import { type HeldOutCut, holdOutQueries } from './held-out-queries.ts';
import { learnRanker, roleOf } from './learn-ranker.ts';
import { measureHeldOut } from './measure-held-out.ts';
import { runStage, type StageContext } from './stages.ts';

export interface FittedGeneration {
  readonly model: GenerationModel;
  /** Absent when the data was too small to hold anything out; all weights are then equal. */
  readonly weighting: BlendWeights | undefined;
  /** What was measured on held-out queries: of the ranker by itself, and `heldOut.…` of the whole. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Fits a generation: every source on the earlier part of the data; on the rest, which no source has seen, the blend's
 * weights and then the ranker; then every source again on everything. So neither weights nor ranker were learned on
 * what the sources had seen, and nothing outside `data` is looked at.
 *
 * Where the data is too small to hold anything out, sources count alike and the blend ranks.
 *
 * @param config Complete, see `resolveGeneration`.
 * @throws {MatineeError} `BAD_CONFIG` naming a source's family or field; `EMPTY_INTERACTIONS`; `LEAKING_FOLD` when what
 * is to be learned on
 * was trained on; `CANCELLED`.
 */
export async function fitGeneration(
  name: GenerationName,
  data: TrainingData,
  config: GenerationConfig,
  context: StageContext,
): Promise<FittedGeneration> {
  requirePositiveInteractions(name, data);
  const { interactions, userCount, items } = data;
  const itemCount = items.vocabulary.ids.length;
  const cut: HeldOutCut =
    config.weightsFrom === 'latest'
      ? { cut: 'latest', share: config.latestShare }
      : { cut: 'last-items', count: config.lastItems };
  const fold = holdOutQueries({ interactions, userCount, itemCount }, cut);
  // Whatever cut the fold: what is learned on it must not have been seen by what it is learned with.
  if (fold !== undefined) checkFold(fold, itemCount, cut.cut === 'latest');
  const early: FitSide | undefined = fold && {
    data: { userCount, items, interactions: fold.train, asOf: fold.trainAsOf },
    name: 'without the latest part',
    identity: { without: cut },
  };
  const earlySources = early && (await fitSources(config, early, context));
  const weighting = earlySources && (await learnWeights(earlySources, fold as Fold, config, cut, context));
  const weigh = (sources: readonly UnweightedSource[]): NamedSource[] =>
    sources.map((source, index) => ({ ...source, weight: weighting?.weights[index] ?? 1 / sources.length }));
  const learned =
    early && fold && (await learn(name, weigh(earlySources as UnweightedSource[]), early, fold, config, context));

  const everything: FitSide = {
    data,
    name: 'on everything',
    identity: { without: null },
    ...(earlySources && { earlier: { sources: earlySources, without: cut } }),
  };
  const sources = weigh(await fitSources(config, everything, context));
  const ranking = learned?.ranking && {
    ...learned.ranking,
    statistics: await countStatistics(everything, context),
  };
  const parts = { sources, candidatesPerSource: config.candidatesPerSource, ...(ranking && { ranking }) };
  return {
    model: createGenerationModel(name, parts, itemCount),
    weighting,
    metrics: { ...ranking?.ranker.metrics, ...learned?.metrics },
  };
}

/** The ranker, where the generation has one, and how the whole does on queries that nothing of it was fitted on. */
async function learn(
  name: GenerationName,
  sources: readonly NamedSource[],
  side: FitSide,
  fold: Fold,
  config: GenerationConfig,
  context: StageContext,
): Promise<{ readonly ranking: Ranking | undefined; readonly metrics: Readonly<Record<string, number>> }> {
  const { ranker: kind, poolSize, rankDepth, requestTime, candidatesPerSource } = config;
  let ranking: Ranking | undefined;
  if (kind !== 'none') {
    const schema = createFeatureSchema(
      Object.entries(config.sources).map(([source, { family }]) => ({ name: source, family })),
      config.withheldFeatures,
    );
    const statistics = await countStatistics(side, context);
    const input = { kind, fold, sources, schema, statistics, config, side: side.identity };
    const ranker = await learnRanker(input, context);
    if (ranker) ranking = { schema, statistics, ranker, poolSize, rankDepth, requestTime };
  }
  const model = createGenerationModel(
    name,
    { sources, candidatesPerSource, ...(ranking && { ranking }) },
    side.data.items.vocabulary.ids.length,
  );
  return { ranking, metrics: await measureHeldOut(model, fold, context) };
}

function learnWeights(
  sources: readonly UnweightedSource[],
  fold: Fold,
  config: GenerationConfig,
  cut: object,
  context: StageContext,
): Promise<BlendWeights> {
  const { candidatesPerSource, maxQueries, requestTime } = config;
  return runStage(context, {
    name: 'learn the blend’s weights',
    identity: { stage: 'blend weights', sources: config.sources, candidatesPerSource, maxQueries, requestTime, cut },
    ranks: true,
    async compute({ checkpoint, summary }) {
      // Users who measure decide nothing.
      const deciding = fold.queries.filter((query) => roleOf(query, context) !== 'reporting');
      const timedFold = { ...fold, queries: deciding.map((query) => atRequestTime(query, requestTime)) };
      const learned = await fitBlendWeights(sources, timedFold, { candidatesPerSource, maxQueries, checkpoint });
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
    identity: { stage: 'feature statistics', side: side.identity },
    ranks: true,
    compute: ({ checkpoint }) => fitFeatureStatistics(side.data, { ...context, checkpoint }),
    encode: (statistics) => encodeArtifact(saveFeatureStatistics(statistics)),
    decode: (bytes) => loadFeatureStatistics(decodeArtifact(bytes)),
  });
}
