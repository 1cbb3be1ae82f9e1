import { defined } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, fitBlendWeightsOfParts, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import type { FeatureStatistics } from '../features/feature-statistics.ts';
import { atRequestTime } from '../ranking/collect-ranking-rows.ts';
import type { Ranking } from '../ranking/ranking.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { type ChosenOrder, chooseOrder, FEWEST_USERS, type Order, type UserWorth } from './choose-order.ts';
import { countStatistics } from './count-statistics.ts';
import type { FitSide } from './fit-sources.ts';
import type { GenerationConfig, GenerationName } from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import type { HeldOutCut } from './held-out-queries.ts';
import { learnRanker } from './learn-ranker.ts';
import {
  type HeldOutResult,
  type MeasuredQuery,
  measureQueries,
  spreadOver,
  summarizeQueries,
  worthOfUsers,
} from './measure-held-out.ts';
import { applyPlan, bestSource, planAll, planBestSource, planBlend, type SourcePlan } from './plan-sources.ts';
import { runStage, type StageContext } from './stages.ts';
import { FEW_REPORTING_USERS, type Role, roleOf, USER_FOLDS } from './user-roles.ts';

export interface LearnInput {
  readonly name: GenerationName;
  readonly config: GenerationConfig;
  readonly cut: HeldOutCut;
  /** Fitted without the fold's answers. */
  readonly sources: readonly UnweightedSource[];
  readonly side: FitSide;
  readonly fold: Fold;
  readonly measureFolds: boolean;
}

/** What held-out queries teach. */
export interface Learned {
  readonly weighting: BlendWeights;
  /** The sources to serve. */
  readonly plan: SourcePlan;
  readonly chosen: ChosenOrder;
  /** Absent where the ranker was not chosen, or there is none. */
  readonly ranking: Ranking | undefined;
  /** Whether there was a ranker to choose. */
  readonly hasRanker: boolean;
  /** How the whole does on queries that nothing of it was fitted on. */
  readonly heldOut: HeldOutResult | undefined;
}

/** What one part of the users teaches: weights, the sources they leave, and a ranker of these. */
interface TaughtPart {
  readonly weighting: BlendWeights;
  readonly blend: SourcePlan;
  readonly ranking: Ranking | undefined;
}

/** Learns weights and ranker on the held-out queries, and what of it to serve. */
export async function learnFromHeldOut(input: LearnInput, context: StageContext): Promise<Learned> {
  const { config, sources, side } = input;
  const userFolds = needsFolds(input, context) ? USER_FOLDS : [];
  const [weighting, ...weightingOfFolds] = await learnWeights(input, userFolds, context);
  const statistics = config.ranker === 'none' ? undefined : await countStatistics(side, context);
  const teach = async (weights: BlendWeights, userFold?: number): Promise<TaughtPart> => {
    const blend = config.leaveOut === 'nothing' ? planAll(sources, weights) : planBlend(sources, weights);
    const known = { blend, statistics, ...defined({ userFold }) };
    return { weighting: weights, blend, ranking: await learnRanking(input, known, context) };
  };
  const served = await teach(weighting);
  const folds: TaughtPart[] = [];
  for (const [at, userFold] of userFolds.entries()) folds.push(await teach(weightingOfFolds[at], userFold));

  const hasRanker = served.ranking !== undefined;
  const { chosen, heldOut } =
    folds.length > 0
      ? await chooseByFolds(input, folds, hasRanker, context)
      : await chooseByStopping(input, served, hasRanker, context);
  const best = sources[bestSource(weighting)];
  const plan =
    chosen.order !== 'source' ? served.blend : withReason(planBestSource(sources, weighting), best.name, chosen);
  return {
    weighting,
    plan,
    chosen,
    ranking: chosen.order === 'ranker' ? served.ranking : undefined,
    hasRanker,
    heldOut,
  };
}

/** Adds to the plan of a single source that the blend is left out. */
function withReason(plan: SourcePlan, best: string, { ndcg, userCount }: ChosenOrder): SourcePlan {
  const figures = `NDCG@100 ${ndcg.source.toFixed(4)} and ${ndcg.blend.toFixed(4)} on ${userCount} held-out users`;
  const reason = `${best} alone orders better (${figures}), and the other sources only fill up its list`;
  return { ...plan, leftOut: [{ part: 'blend', cause: 'validation', reason }, ...plan.leftOut] };
}

/** With fewer stopping users, and so few queries that teach that a ranker is learned fast, all users choose. */
const FEW_STOPPING_USERS = 50;
const FEW_TEACHING_QUERIES = 1000;

/** Whether weights and ranker are also learned fold by fold: to measure on all users, or to choose by all of them. */
function needsFolds({ fold, config, measureFolds }: LearnInput, context: StageContext): boolean {
  const usersOf = (role: Role): number =>
    new Set(queriesOf(fold, role, context).map(({ userIndex }) => userIndex)).size;
  if (measureFolds && usersOf('reporting') < FEW_REPORTING_USERS) return true;
  if (config.leaveOut === 'nothing') return false;
  const stopping = usersOf('stopping');
  const isFast = queriesOf(fold, 'teaching', context).length < FEW_TEACHING_QUERIES;
  return stopping < (isFast ? FEW_STOPPING_USERS : FEWEST_USERS);
}

/** Chooses by the users whose queries end the ranker's training, and measures what is chosen on those who report. */
async function chooseByStopping(
  input: LearnInput,
  part: TaughtPart,
  hasRanker: boolean,
  context: StageContext,
): Promise<Pick<Learned, 'chosen' | 'heldOut'>> {
  const { fold } = input;
  const choose = choiceOf(input, hasRanker);
  const chosen = await context.stage('choose what orders the list', async (stage) => {
    const queries = spreadOver(queriesOf(fold, 'stopping', context));
    const choice = choose(worthOfUsers(await measureOrders(input, part, queries, stage)));
    stage.summary(describeChoice(choice, hasRanker));
    return choice;
  });
  const reporting = spreadOver(queriesOf(fold, 'reporting', context));
  if (reporting.length === 0) return { chosen, heldOut: undefined };
  const heldOut = await context.stage('measure on what was held out', async (stage) => {
    const model = modelOf(input, part, chosen.order);
    const result = summarizeQueries(await measureQueries(model, reporting, fold, stage.checkpoint));
    stage.summary(describeResult(result));
    return result;
  });
  return { chosen, heldOut };
}

/**
 * Chooses by all users, each measured with what was learned without them. What is reported of a fold is the order that
 * the users of the other folds choose: nobody's figure takes part in the choice that it measures.
 */
function chooseByFolds(
  input: LearnInput,
  folds: readonly TaughtPart[],
  hasRanker: boolean,
  context: StageContext,
): Promise<Pick<Learned, 'chosen' | 'heldOut'>> {
  return context.stage('measure on what was held out', async (stage) => {
    const shares = folds.map((_, userFold) => queriesOf(input.fold, 'reporting', context, userFold));
    const total = shares.reduce((sum, queries) => sum + queries.length, 0);
    const measured: (readonly MeasuredQuery[])[] = [];
    for (const [at, part] of folds.entries()) {
      measured.push(await measureOrders(input, part, spreadOver(shares[at], total), stage));
    }
    const choose = choiceOf(input, hasRanker);
    const chosen = choose(worthOfUsers(measured.flat()));
    const reported = measured.flatMap((own, at) => {
      const others = worthOfUsers(measured.filter((_, other) => other !== at).flat());
      const { order } = choose(others);
      return own.map((query) => ({ userIndex: query.userIndex, ...query.figures[order] }));
    });
    const heldOut = reported.length === 0 ? undefined : summarizeQueries(reported);
    stage.summary([describeChoice(chosen, hasRanker), ...(heldOut ? [describeResult(heldOut)] : [])].join('; '));
    return { chosen, heldOut };
  });
}

/** How to choose; with nothing to be left out the choice is made, and the figures are only reported. */
function choiceOf({ config }: LearnInput, hasRanker: boolean): (users: readonly UserWorth[]) => ChosenOrder {
  return (users) => {
    const chosen = chooseOrder(users, hasRanker);
    return config.leaveOut === 'nothing' ? { ...chosen, order: hasRanker ? 'ranker' : 'blend' } : chosen;
  };
}

/** Measures ranker, blend and best source on the same queries; without a ranker, the blend stands for it. */
async function measureOrders(
  input: LearnInput,
  part: TaughtPart,
  queries: readonly EvaluationQuery[],
  { checkpoint }: Pick<StageContext, 'checkpoint'>,
): Promise<readonly MeasuredQuery[]> {
  if (queries.length === 0) return [];
  const measure = (order: Order) => measureQueries(modelOf(input, part, order), queries, input.fold, checkpoint);
  const blend = await measure('blend');
  const source = input.sources.length === 1 ? blend : await measure('source');
  const ranker = part.ranking === undefined ? blend : await measure('ranker');
  return queries.map(({ userIndex }, at) => ({
    userIndex,
    figures: { ranker: ranker[at], blend: blend[at], source: source[at] },
  }));
}

/** The whole as it would be served in that order. */
function modelOf({ name, config, sources, side }: LearnInput, part: TaughtPart, order: Order): GenerationModel {
  const { candidatesPerSource } = config;
  const plan = order === 'source' ? planBestSource(sources, part.weighting) : part.blend;
  const ranking = order === 'ranker' ? part.ranking : undefined;
  const parts = { sources: applyPlan(sources, plan), candidatesPerSource, ...(ranking && { ranking }) };
  return createGenerationModel(name, parts, side.data.items.vocabulary.ids.length);
}

function queriesOf({ queries }: Fold, role: Role, context: StageContext, userFold?: number): EvaluationQuery[] {
  return queries.filter((query) => roleOf(query, context, userFold) === role);
}

function describeChoice({ order, ndcg, userCount }: ChosenOrder, hasRanker: boolean): string {
  const names = { ranker: 'the ranker', blend: 'the blend', source: 'the best source alone' };
  if (userCount === 0) return 'the blend orders';
  const figures = (['ranker', 'blend', 'source'] as const)
    .filter((each) => each !== 'ranker' || hasRanker)
    .map((each) => `${names[each]} ${ndcg[each].toFixed(4)}`);
  return `${names[order]} orders (NDCG@100 of ${userCount} users: ${figures.join(', ')})`;
}

function describeResult({ metrics }: HeldOutResult): string {
  const [ndcg, queries, users] = ['ndcg@10', 'queries', 'users'].map((name) => metrics[`heldOut.${name}`]);
  return `NDCG@10 ${ndcg.toFixed(4)} on ${queries} queries of ${users} users`;
}

/** The ranker, where the generation has one and there is enough to learn from. */
async function learnRanking(
  { config, sources, side, fold }: LearnInput,
  {
    blend,
    statistics,
    userFold,
  }: { readonly blend: SourcePlan; readonly statistics?: FeatureStatistics | undefined; readonly userFold?: number },
  context: StageContext,
): Promise<Ranking | undefined> {
  const { ranker: kind, poolSize, rankDepth, requestTime } = config;
  if (kind === 'none' || statistics === undefined) return undefined;
  const served: readonly NamedSource[] = applyPlan(sources, blend);
  const schema = createFeatureSchema(
    served.map(({ name }) => ({ name, family: config.sources[name].family })),
    config.withheldFeatures,
  );
  const input = { kind, fold, sources: served, schema, statistics, config, side: side.identity };
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
