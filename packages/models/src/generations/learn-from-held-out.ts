import { defined } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, fitBlendWeightsOfParts, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import type { FeatureStatistics } from '../features/feature-statistics.ts';
import { atRequestTime } from '../ranking/collect-ranking-rows.ts';
import type { Ranking } from '../ranking/ranking.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { type ChosenOrder, chooseOrder, FEWEST_USERS, ORDERS, type Order } from './choose-order.ts';
import { countStatistics } from './count-statistics.ts';
import type { FitSide } from './fit-sources.ts';
import type { GenerationConfig, GenerationName } from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import type { HeldOutCut } from './held-out-queries.ts';
import { learnRanker } from './learn-ranker.ts';
import {
  findPlaces,
  type HeldOutResult,
  type MeasuredQuery,
  measureQueries,
  spreadOver,
  summarizeQueries,
  worthOfUsers,
} from './measure-held-out.ts';
import {
  applyPlan,
  bestSource,
  isCounted,
  planAll,
  planBestSource,
  planBlend,
  planCounted,
  type SourcePlan,
} from './plan-sources.ts';
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

/** The weights that one part of the users teaches. */
interface TaughtWeights {
  readonly all: BlendWeights;
  /** Learned for the counted sources alone. */
  readonly counted: BlendWeights;
}

/** What one part of the users teaches: weights, and a ranker of the sources that they leave. */
interface TaughtPart extends TaughtWeights {
  /** The order before there is a ranker, which decides the candidates that it orders. */
  readonly base: Order;
  readonly ranking: Ranking | undefined;
}

/** Learns weights and ranker on the held-out queries, and what of it to serve. */
export async function learnFromHeldOut(input: LearnInput, context: StageContext): Promise<Learned> {
  const { config, sources, side } = input;
  const userFolds = needsFolds(input, context) ? USER_FOLDS : [];
  const [served, ...folds] = await learnWeights(input, userFolds, context);
  const statistics = config.ranker === 'none' ? undefined : await countStatistics(side, context);
  const work = { ...input, statistics };
  const { part, chosen, heldOut } =
    folds.length > 0
      ? await chooseByFolds(work, served, folds, context)
      : await chooseByStopping(work, served, context);
  const plan = planOf(input, part, chosen.order);
  const best = sources[bestSource(served.all)];
  return {
    weighting: served.all,
    plan: chosen.order === 'source' ? withReason(plan, best.name, chosen) : plan,
    chosen,
    ranking: chosen.order === 'ranker' ? part.ranking : undefined,
    hasRanker: part.ranking !== undefined,
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

/** What is needed to choose and to learn a ranker. */
interface ChooseInput extends LearnInput {
  /** Absent where there is no ranker to learn. */
  readonly statistics: FeatureStatistics | undefined;
}

/** What is chosen, and the part of it that is served. */
type Choice = Pick<Learned, 'chosen' | 'heldOut'> & { readonly part: TaughtPart };

/** Chooses by the users whose queries end the ranker's training, and measures what is chosen on those who report. */
async function chooseByStopping(input: ChooseInput, weights: TaughtWeights, context: StageContext): Promise<Choice> {
  const { fold } = input;
  const queries = spreadOver(queriesOf(fold, 'stopping', context));
  const measured = await context.stage('choose a blend', async (stage) => {
    const found = await measureBlends(input, weights, queries, stage);
    stage.summary(describeChoice(choose(input, found, false), input, false));
    return found;
  });
  const part = await teach(input, weights, choose(input, measured, false).order, undefined, context);
  const hasRanker = part.ranking !== undefined;
  const { chosen, heldOut } = await context.stage('measure on what was held out', async (stage) => {
    const whole = await withRanker(input, part, measured, queries, stage);
    const choice = choose(input, whole, hasRanker);
    const reporting = spreadOver(queriesOf(fold, 'reporting', context));
    const model = modelOf(input, part, choice.order);
    const figures = await measureQueries(model, reporting, fold, stage.checkpoint);
    const places = placesOf(input);
    const result = summarizeQueries(figures.map((query, row) => ({ ...query, place: places?.get(reporting[row]) })));
    stage.summary(describeMeasure(choice, input, hasRanker, result));
    return { chosen: choice, heldOut: result };
  });
  return { part, chosen, heldOut };
}

/**
 * Chooses by all users, each measured with what was learned without them. What is reported of a fold is the order that
 * the users of the other folds choose: nobody's figure takes part in the choice that it measures.
 */
async function chooseByFolds(
  input: ChooseInput,
  weights: TaughtWeights,
  folds: readonly TaughtWeights[],
  context: StageContext,
): Promise<Choice> {
  const all = folds.map((_, userFold) => queriesOf(input.fold, 'reporting', context, userFold));
  const total = all.reduce((sum, queries) => sum + queries.length, 0);
  const shares = all.map((queries) => spreadOver(queries, total));
  const others = <T>(values: readonly (readonly T[])[], at: number): T[] =>
    values.filter((_, other) => other !== at).flat();
  const measured = await context.stage('choose a blend', async (stage) => {
    const found: (readonly MeasuredQuery[])[] = [];
    for (const [at, own] of folds.entries()) found.push(await measureBlends(input, own, shares[at], stage));
    stage.summary(describeChoice(choose(input, found.flat(), false), input, false));
    return found;
  });
  const part = await teach(input, weights, choose(input, measured.flat(), false).order, undefined, context);
  const hasRanker = part.ranking !== undefined;
  const parts: TaughtPart[] = [];
  for (const [at, own] of folds.entries()) {
    const { order } = choose(input, others(measured, at), false);
    parts.push(hasRanker ? await teach(input, own, order, at, context) : { ...own, base: order, ranking: undefined });
  }
  return context.stage('measure on what was held out', async (stage) => {
    const whole: (readonly MeasuredQuery[])[] = [];
    for (const [at, own] of parts.entries()) {
      whole.push(await withRanker(input, own, measured[at], shares[at], stage));
    }
    const chosen = choose(input, whole.flat(), hasRanker);
    const places = placesOf(input);
    const reported = whole.flatMap((own, at) => {
      const { order } = choose(input, others(whole, at), hasRanker);
      return own.map(({ userIndex, figures }, row) => ({
        ...figures[order],
        userIndex,
        place: places?.get(shares[at][row]),
      }));
    });
    const heldOut = summarizeQueries(reported);
    stage.summary(describeMeasure(chosen, input, hasRanker, heldOut));
    return { part, chosen, heldOut };
  });
}

/** Places of the queries, where they are for everybody's last items. */
function placesOf({ cut, fold }: LearnInput): ReadonlyMap<EvaluationQuery, number> | undefined {
  return cut.cut === 'last-items' ? findPlaces(fold.queries) : undefined;
}

/** Chooses the order; with nothing to be left out that is always the most there is. */
function choose(input: LearnInput, measured: readonly MeasuredQuery[], hasRanker: boolean): ChosenOrder {
  const chosen = chooseOrder(worthOfUsers(measured), { hasRanker, hasNetworks: hasNetworks(input) });
  return input.config.leaveOut === 'nothing' ? { ...chosen, order: hasRanker ? 'ranker' : 'blend' } : chosen;
}

/** Whether there are both networks and counted sources, and so two blends. */
function hasNetworks({ sources }: LearnInput): boolean {
  const count = sources.filter(isCounted).length;
  return count > 0 && count < sources.length;
}

/** Learns the ranker of one part of the users. */
async function teach(
  input: ChooseInput,
  weights: TaughtWeights,
  base: Order,
  userFold: number | undefined,
  context: StageContext,
): Promise<TaughtPart> {
  const part = { ...weights, base, ranking: undefined };
  return { ...part, ranking: await learnRanking(input, part, userFold, context) };
}

/** Measures both blends and the best source on the same queries; the blend stands for the ranker. */
async function measureBlends(
  input: LearnInput,
  weights: TaughtWeights,
  queries: readonly EvaluationQuery[],
  { checkpoint }: Pick<StageContext, 'checkpoint'>,
): Promise<readonly MeasuredQuery[]> {
  const part: TaughtPart = { ...weights, base: 'blend', ranking: undefined };
  const measure = (order: Order) => measureQueries(modelOf(input, part, order), queries, input.fold, checkpoint);
  const isChosen = input.config.leaveOut !== 'nothing';
  const blend = await measure('blend');
  const counted = isChosen && hasNetworks(input) ? await measure('counted') : blend;
  const source = isChosen && input.sources.length > 1 ? await measure('source') : blend;
  return queries.map(({ userIndex }, at) => ({
    userIndex,
    figures: { ranker: blend[at], blend: blend[at], counted: counted[at], source: source[at] },
  }));
}

/** Adds what the ranker finds; without one, what the order before it finds stands for it. */
async function withRanker(
  input: LearnInput,
  part: TaughtPart,
  measured: readonly MeasuredQuery[],
  queries: readonly EvaluationQuery[],
  { checkpoint }: Pick<StageContext, 'checkpoint'>,
): Promise<readonly MeasuredQuery[]> {
  const ranked =
    part.ranking && (await measureQueries(modelOf(input, part, 'ranker'), queries, input.fold, checkpoint));
  return measured.map(({ userIndex, figures }, at) => ({
    userIndex,
    figures: { ...figures, ranker: ranked?.[at] ?? figures[part.base] },
  }));
}

/** The sources of that order with their weights. The ranker orders the blend that was chosen before it. */
function planOf({ sources, config }: LearnInput, { all, counted, base }: TaughtPart, order: Order): SourcePlan {
  if (config.leaveOut === 'nothing') return planAll(sources, all);
  if (order === 'source') return planBestSource(sources, all);
  return order === 'counted' || (order === 'ranker' && base === 'counted')
    ? planCounted(sources, counted)
    : planBlend(sources, all);
}

/** The whole as it would be served in that order. */
function modelOf(input: LearnInput, part: TaughtPart, order: Order): GenerationModel {
  const { name, config, sources, side } = input;
  const { candidatesPerSource } = config;
  const ranking = order === 'ranker' ? part.ranking : undefined;
  const served = applyPlan(sources, planOf(input, part, order));
  const parts = { sources: served, candidatesPerSource, ...(ranking && { ranking }) };
  return createGenerationModel(name, parts, side.data.items.vocabulary.ids.length);
}

function queriesOf({ queries }: Fold, role: Role, context: StageContext, userFold?: number): EvaluationQuery[] {
  return queries.filter((query) => roleOf(query, context, userFold) === role);
}

const ORDER_NAMES: Readonly<Record<Order, string>> = {
  ranker: 'the ranker',
  blend: 'the blend',
  counted: 'the blend without networks',
  source: 'the best source alone',
};

function describeChoice({ order, ndcg, userCount }: ChosenOrder, input: LearnInput, hasRanker: boolean): string {
  if (userCount === 0) return 'no user to choose by: the blend orders';
  const isThere = { ranker: hasRanker, blend: true, counted: hasNetworks(input), source: true };
  const figures = ORDERS.filter((each) => isThere[each]).map((each) => `${ORDER_NAMES[each]} ${ndcg[each].toFixed(4)}`);
  return `${ORDER_NAMES[order]} orders (NDCG@100 of ${userCount} users: ${figures.join(', ')})`;
}

function describeMeasure(
  chosen: ChosenOrder,
  input: LearnInput,
  hasRanker: boolean,
  result: HeldOutResult | undefined,
): string {
  const choice = describeChoice(chosen, input, hasRanker);
  if (result === undefined) return choice;
  const [ndcg, queries, users] = ['ndcg@10', 'queries', 'users'].map((name) => result.metrics[`heldOut.${name}`]);
  return `${choice}; NDCG@10 ${ndcg.toFixed(4)} on ${queries} queries of ${users} users`;
}

/** The ranker, where the generation has one and there is enough to learn from. */
async function learnRanking(
  input: ChooseInput,
  part: TaughtPart,
  userFold: number | undefined,
  context: StageContext,
): Promise<Ranking | undefined> {
  const { config, sources, side, fold, statistics } = input;
  const { ranker: kind, poolSize, rankDepth, requestTime } = config;
  if (kind === 'none' || statistics === undefined) return undefined;
  const served: readonly NamedSource[] = applyPlan(sources, planOf(input, part, 'ranker'));
  const schema = createFeatureSchema(
    served.map(({ name }) => ({ name, family: config.sources[name].family })),
    config.withheldFeatures,
  );
  const own = { kind, fold, sources: served, schema, statistics, config, side: side.identity };
  const ranker = await learnRanker({ ...own, ...defined({ userFold }) }, context);
  return ranker && { schema, statistics, ranker, poolSize, rankDepth, requestTime };
}

/** Weights for what is served, then those of each fold of users. Users who report decide nothing. */
function learnWeights(
  { sources, fold, config, cut }: LearnInput,
  userFolds: readonly number[],
  context: StageContext,
): Promise<TaughtWeights[]> {
  const { candidatesPerSource, maxQueries, requestTime } = config;
  const counted = Array.from(sources.keys()).filter((source) => isCounted(sources[source]));
  const isSplit = config.leaveOut !== 'nothing' && counted.length > 0 && counted.length < sources.length;
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
      isSplit,
    },
    ranks: true,
    async compute({ checkpoint, summary }) {
      const timedFold = { ...fold, queries: fold.queries.map((query) => atRequestTime(query, requestTime)) };
      const users = [undefined, ...userFolds].map((userFold) => ({
        includes: (query: EvaluationQuery) => roleOf(query, context, userFold) !== 'reporting',
      }));
      const parts = [...users, ...(isSplit ? users.map((part) => ({ ...part, among: counted })) : [])];
      const learned = await fitBlendWeightsOfParts(sources, timedFold, parts, {
        candidatesPerSource,
        maxQueries,
        checkpoint,
      });
      summary(sources.map(({ name }, index) => `${name} ${learned[0].weights[index].toFixed(2)}`).join(', '));
      return users.map((_, at) => ({ all: learned[at], counted: learned[isSplit ? users.length + at : at] }));
    },
    encode: (parts) => encodeArtifact({ kind: 'blend-weights', version: 3, config: { parts }, arrays: {} }),
    decode: (bytes) => decodeArtifact(bytes).config['parts'] as TaughtWeights[],
  });
}
