import { defined } from '@matinee/numerics';
import type { BlendWeights } from '../blend/fit-blend-weights.ts';
import { checkFold } from '../evaluation/check-fold.ts';
import { requirePositiveInteractions } from '../retrieval/check-training-data.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { countStatistics } from './count-statistics.ts';
import { type FitSide, type FittedSources, fitSources, requireSource } from './fit-sources.ts';
import type { GenerationConfig, GenerationName } from './generation-config.ts';
import { createGenerationModel, type GenerationModel } from './generation-model.ts';
import type { HeldOutCut } from './held-out-queries.ts';
import { type HeldOut, holdOut } from './hold-out.ts';
import { type Learned, learnFromHeldOut } from './learn-from-held-out.ts';
import type { LeftOutPart } from './left-out.ts';
import type { HeldOutUsers } from './measure-held-out.ts';
import { needsInteractions } from './needs-interactions.ts';
import { applyPlan, type SourcePlan, sumToOne } from './plan-sources.ts';
import type { StageContext } from './stages.ts';

/** Blend weights, and the sources that they were learned for. */
interface LearnedWeights extends BlendWeights {
  readonly sourceNames: readonly string[];
}

export interface FittedGeneration {
  readonly model: GenerationModel;
  /** Absent when the data was too small to hold anything out; all weights are then equal. */
  readonly weighting: LearnedWeights | undefined;
  /** What was measured on held-out queries: of the ranker by itself, and `heldOut.…` of the whole. */
  readonly metrics: Readonly<Record<string, number>>;
  /** `heldOut.ndcg@10` by user; absent when nothing could be held out. */
  readonly heldOutUsers?: HeldOutUsers;
  /** What the model does not have of its configuration, and why. */
  readonly leftOut: readonly LeftOutPart[];
  /** Why everybody's last items were held out in place of the latest part; absent when they were not. */
  readonly heldOutInstead?: string;
}

/**
 * Fits a generation: every source on the earlier part of the data; on the rest, which no source has seen, the blend's
 * weights and then the ranker; then every source again on everything. So neither weights nor ranker were learned on
 * what the sources had seen, and nothing outside `data` is looked at.
 *
 * Only what the data allows and held-out queries show to be of use is in the model; `leftOut` says the rest. Where the
 * data is too small to hold anything out, sources count alike and the blend ranks.
 *
 * @param config Complete, see `resolveGeneration`.
 * @param options.measureFolds Whether a generation with few reporting users is measured on all users, fold by fold, which
 * learns weights and ranker once more in each.
 * @throws {MatineeError} `BAD_CONFIG` naming a source's family or field; `EMPTY_INTERACTIONS` when no source can be
 * fitted; `LEAKING_FOLD` when what is to be learned on was trained on; `CANCELLED`.
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
  const heldOut = await context.stage('hold out queries', async ({ summary }) => {
    const found = holdOut({ interactions, userCount, itemCount }, config);
    summary(describeHeldOut(found));
    return found;
  });
  const early = heldOut && (await fitEarly(name, data, config, heldOut, context, measureFolds));
  const learned = early?.learned;

  const everything: FitSide = {
    data,
    name: 'on everything',
    identity: { without: null },
    ...(early && { earlier: { sources: early.fitted.sources, without: early.cut } }),
  };
  const fitted = await fitSources(learned ? onlySources(config, learned.plan.weights) : config, everything, context);
  requireSource(name, fitted);
  const weights = sumToOne(
    fitted.sources.map((source) => ({ name: source.name, weight: learned?.plan.weights.get(source.name) ?? 1 })),
  );
  const sources = applyPlan(fitted.sources, { weights });
  const ranking = learned?.ranking && {
    ...learned.ranking,
    statistics: await countStatistics(everything, context),
  };
  const parts = { sources, candidatesPerSource: config.candidatesPerSource, ...(ranking && { ranking }) };
  return {
    model: createGenerationModel(name, parts, itemCount),
    weighting: learned && {
      ...learned.weighting,
      sourceNames: early.fitted.sources.map((source) => source.name),
    },
    metrics: { ...ranking?.ranker.metrics, ...learned?.heldOut?.metrics },
    ...(learned?.heldOut && { heldOutUsers: learned.heldOut.users }),
    leftOut: [
      ...(learned ? [...early.fitted.leftOut, ...learned.plan.leftOut] : []),
      ...fitted.leftOut,
      ...rankerLeftOut(config, learned),
    ],
    ...defined({ heldOutInstead: early?.instead }),
  };
}

/** The sources without what is held out, and what was learned on that. */
interface FittedEarly {
  readonly cut: HeldOutCut;
  readonly fitted: FittedSources;
  /** Absent when no source could be fitted. */
  readonly learned: Learned | undefined;
  readonly instead?: string;
}

/** Fits the sources without what is held out, and learns on that. */
async function fitEarly(
  name: GenerationName,
  { userCount, items }: TrainingData,
  config: GenerationConfig,
  { fold, cut, instead }: HeldOut,
  context: StageContext,
  measureFolds: boolean,
): Promise<FittedEarly> {
  // Whatever cut the fold: what is learned on it must not have been seen by what it is learned with.
  checkFold(fold, items.vocabulary.ids.length, cut.cut === 'latest');
  const side: FitSide = {
    data: { userCount, items, interactions: fold.train, asOf: fold.trainAsOf },
    name: cut.cut === 'latest' ? 'without the latest part' : 'without the last items',
    identity: { without: cut },
  };
  const fitted = await fitSources(config, side, context);
  const { sources } = fitted;
  const learned =
    sources.length > 0
      ? await learnFromHeldOut({ name, config, cut, sources, side, fold, measureFolds }, context)
      : undefined;
  return { cut, fitted, learned, ...(learned && defined({ instead })) };
}

function describeHeldOut(heldOut: HeldOut | undefined): string {
  if (heldOut === undefined) return 'none can be held out: all sources count the same';
  const { fold, cut, instead } = heldOut;
  const users = new Set(fold.queries.map(({ userIndex }) => userIndex)).size;
  const which = cut.cut === 'latest' ? 'the latest part' : 'everybody’s last items';
  const queries = `${fold.queries.length.toLocaleString('en')} of ${users.toLocaleString('en')} users, ${which}`;
  return instead === undefined ? queries : `${queries}, because ${instead}`;
}

function onlySources({ sources }: GenerationConfig, weights: SourcePlan['weights']): Pick<GenerationConfig, 'sources'> {
  return { sources: Object.fromEntries(Object.entries(sources).filter(([name]) => weights.has(name))) };
}

/** The ranker as a part that is left out, where the configuration has one and the model has none. */
function rankerLeftOut({ ranker }: GenerationConfig, learned: Learned | undefined): readonly LeftOutPart[] {
  if (ranker === 'none' || learned?.ranking !== undefined) return [];
  if (learned?.hasRanker !== true) {
    return [{ part: 'ranker', cause: 'data', reason: 'there are too few held-out queries to learn it from' }];
  }
  const { order, ndcg, userCount } = learned.chosen;
  const other = order === 'source' ? 'the best source alone' : 'the blend';
  const reason =
    userCount === 0
      ? 'there is no held-out query to compare it with the blend on'
      : `it does not order better than ${other} (NDCG@100 ${ndcg.ranker.toFixed(4)} and ${ndcg[order].toFixed(4)} on ${userCount} held-out users)`;
  return [{ part: 'ranker', cause: 'validation', reason }];
}
