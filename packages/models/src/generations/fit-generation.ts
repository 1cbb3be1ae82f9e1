import { defined } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, fitBlendWeightsOfParts, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { checkFold } from '../evaluation/check-fold.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import {
  type FeatureStatistics,
  fitFeatureStatistics,
  loadFeatureStatistics,
  saveFeatureStatistics,
} from '../features/feature-statistics.ts';
import { atRequestTime } from '../ranking/collect-ranking-rows.ts';
import type { Ranking } from '../ranking/ranking.ts';
import { requirePositiveInteractions } from '../retrieval/check-training-data.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { type FitSide, fitSources } from './fit-sources.ts';
import type { GenerationConfig, GenerationName } from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import { type HeldOutCut, holdOutQueries } from './held-out-queries.ts';
import { learnRanker } from './learn-ranker.ts';
import { type HeldOutResult, type HeldOutUsers, type MeasuredPart, measureHeldOut } from './measure-held-out.ts';
import { needsInteractions } from './needs-interactions.ts';
import { runStage, type StageContext } from './stages.ts';
import { foldsFor, roleOf } from './user-roles.ts';

export interface FittedGeneration {
  readonly model: GenerationModel;
  /** Absent when the data was too small to hold anything out; all weights are then equal. */
  readonly weighting: BlendWeights | undefined;
  /** What was measured on held-out queries: of the ranker by itself, and `heldOut.…` of the whole. */
  readonly metrics: Readonly<Record<string, number>>;
  /** `heldOut.ndcg@10` by user; absent when nothing could be held out. */
  readonly heldOutUsers?: HeldOutUsers;
}

/**
 * Fits a generation: every source on the earlier part of the data; on the rest, which no source has seen, the blend's
 * weights and then the ranker; then every source again on everything. So neither weights nor ranker were learned on
 * what the sources had seen, and nothing outside `data` is looked at.
 *
 * Where the data is too small to hold anything out, sources count alike and the blend ranks.
 *
 * @param config Complete, see `resolveGeneration`.
 * @param options.measureFolds Whether a generation with few reporting users is measured on all users, fold by fold, which
 * learns weights and ranker once more in each.
 * @throws {MatineeError} `BAD_CONFIG` naming a source's family or field; `EMPTY_INTERACTIONS`; `LEAKING_FOLD` when what
 * is to be learned on
 * was trained on; `CANCELLED`.
 */
export async function fitGeneration(
  name: GenerationName,
  data: TrainingData,
  config: GenerationConfig,
  context: StageContext,
  { measureFolds = false }: { readonly measureFolds?: boolean } = {},
): Promise<FittedGeneration> {
  if (needsInteractions(config)) requirePositiveInteractions(name, data);
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
  const learned =
    early &&
    fold &&
    earlySources &&
    (await learn({ name, config, cut, sources: earlySources, side: early, fold, measureFolds }, context));

  const everything: FitSide = {
    data,
    name: 'on everything',
    identity: { without: null },
    ...(earlySources && { earlier: { sources: earlySources, without: cut } }),
  };
  const sources = weigh(await fitSources(config, everything, context), learned?.weighting);
  const ranking = learned?.ranking && {
    ...learned.ranking,
    statistics: await countStatistics(everything, context),
  };
  const parts = { sources, candidatesPerSource: config.candidatesPerSource, ...(ranking && { ranking }) };
  return {
    model: createGenerationModel(name, parts, itemCount),
    weighting: learned?.weighting,
    metrics: { ...ranking?.ranker.metrics, ...learned?.heldOut?.metrics },
    ...(learned?.heldOut && { heldOutUsers: learned.heldOut.users }),
  };
}

/** Sources with their learned weights; alike without any. */
function weigh(sources: readonly UnweightedSource[], weighting: BlendWeights | undefined): NamedSource[] {
  return sources.map((source, index) => ({ ...source, weight: weighting?.weights[index] ?? 1 / sources.length }));
}

interface LearnInput {
  readonly name: GenerationName;
  readonly config: GenerationConfig;
  readonly cut: HeldOutCut;
  /** Fitted without the fold's answers. */
  readonly sources: readonly UnweightedSource[];
  readonly side: FitSide;
  readonly fold: Fold;
  readonly measureFolds: boolean;
}

/** What is learned on the held-out queries, and how the whole does on queries that nothing of it was fitted on. */
async function learn(
  input: LearnInput,
  context: StageContext,
): Promise<{
  readonly weighting: BlendWeights;
  readonly ranking: Ranking | undefined;
  readonly heldOut: HeldOutResult | undefined;
}> {
  const { name, config, sources, side, fold } = input;
  const userFolds = input.measureFolds ? foldsFor(fold.queries, context) : [];
  const [weighting, ...weightingOfFolds] = await learnWeights(input, userFolds, context);
  const statistics = config.ranker === 'none' ? undefined : await countStatistics(side, context);
  const rankingOf = (weights: BlendWeights, userFold?: number) =>
    statistics && learnRanking(input, { weights, statistics, ...defined({ userFold }) }, context);
  const ranking = await rankingOf(weighting);
  const partOf = (userFold: number | undefined, weights: BlendWeights, ranker: Ranking | undefined): MeasuredPart => ({
    model: createGenerationModel(
      name,
      {
        sources: weigh(sources, weights),
        candidatesPerSource: config.candidatesPerSource,
        ...(ranker && { ranking: ranker }),
      },
      side.data.items.vocabulary.ids.length,
    ),
    queries: fold.queries.filter((query) => roleOf(query, context, userFold) === 'reporting'),
  });
  const parts: MeasuredPart[] = [];
  for (const [at, userFold] of userFolds.entries()) {
    const weights = weightingOfFolds[at];
    parts.push(partOf(userFold, weights, await rankingOf(weights, userFold)));
  }
  const measured = parts.length > 0 ? parts : [partOf(undefined, weighting, ranking)];
  const hasPlaces = config.weightsFrom === 'last-items';
  return { weighting, ranking, heldOut: await measureHeldOut(measured, fold, context, { hasPlaces }) };
}

/** The ranker, where the generation has one and there is enough to learn from. */
async function learnRanking(
  { config, sources, side, fold }: LearnInput,
  {
    weights,
    statistics,
    userFold,
  }: { readonly weights: BlendWeights; readonly statistics: FeatureStatistics; readonly userFold?: number },
  context: StageContext,
): Promise<Ranking | undefined> {
  const { ranker: kind, poolSize, rankDepth, requestTime } = config;
  if (kind === 'none') return undefined;
  const schema = createFeatureSchema(
    Object.entries(config.sources).map(([source, { family }]) => ({ name: source, family })),
    config.withheldFeatures,
  );
  const input = { kind, fold, sources: weigh(sources, weights), schema, statistics, config, side: side.identity };
  const ranker = await learnRanker({ ...input, ...defined({ userFold }) }, context);
  return ranker && { schema, statistics, ranker, poolSize, rankDepth, requestTime };
}

/** Weights for what is served, then those of each fold of users. Users who report decide nothing. */
function learnWeights(
  { sources, fold, config, cut }: LearnInput,
  userFolds: readonly number[],
  context: StageContext,
): Promise<BlendWeights[]> {
  const { candidatesPerSource, maxQueries, requestTime } = config;
  return runStage(context, {
    name: 'learn the blend’s weights',
    identity: {
      stage: 'blend weights of parts',
      sources: config.sources,
      candidatesPerSource,
      maxQueries,
      requestTime,
      cut,
      userFolds,
    },
    ranks: true,
    async compute({ checkpoint, summary }) {
      const timedFold = { ...fold, queries: fold.queries.map((query) => atRequestTime(query, requestTime)) };
      const parts = [undefined, ...userFolds].map(
        (userFold) => (query: EvaluationQuery) => roleOf(query, context, userFold) !== 'reporting',
      );
      const learned = await fitBlendWeightsOfParts(sources, timedFold, parts, {
        candidatesPerSource,
        maxQueries,
        checkpoint,
      });
      summary(sources.map(({ name }, index) => `${name} ${learned[0].weights[index].toFixed(2)}`).join(', '));
      return learned;
    },
    encode: (parts) => encodeArtifact({ kind: 'blend-weights', version: 2, config: { parts }, arrays: {} }),
    decode: (bytes) => decodeArtifact(bytes).config['parts'] as BlendWeights[],
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
