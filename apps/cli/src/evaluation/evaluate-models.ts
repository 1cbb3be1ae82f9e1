import type { Dataset } from '@matinee/models/data';
import { checkSplit, evaluateRankings, type Rankings, rankFold } from '@matinee/models/evaluation';
import {
  type FittedGeneration,
  findModelFamily,
  fitGeneration,
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationName,
  resolveGeneration,
} from '@matinee/models/generations';
import type { ModelUnderTest, StageCost } from '@matinee/models/report';
import type { RetrievalModel } from '@matinee/models/retrieval';
import type { Split } from '@matinee/models/splits';
import type { FitContext, TrainingData } from '@matinee/models/training';
import { createRandom, defined, MatineeError } from '@matinee/numerics';
import type { EvaluateOptions } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from '../training/describe-epoch.ts';
import { openStageCache } from '../training/stage-cache.ts';
import { stageCacheOptions } from '../training/stage-cache-options.ts';
import { findTrainedModel } from '../training/train-model.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type CachedRankings, type RankingsCache, rankingsKey } from './evaluate-cache.ts';

/** Length of the lists that are ranked, cached and written by `--lists`. */
const LIST_DEPTH = 100;

/** A model to evaluate. */
export interface ModelSpec {
  /** Its name in the report. */
  readonly name: string;
  /** A name of `MODEL_FAMILIES`. */
  readonly family: string;
  /** The complete configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Evaluates only this source of the generation. */
  readonly source?: string;
}

export interface EvaluatedModel extends ModelUnderTest {
  readonly rankings: Rankings;
  readonly stages: readonly StageCost[];
}

/** What an evaluation needs from its surroundings. */
export interface EvaluateContext {
  /** Holds the models that were trained before. */
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly cache: RankingsCache;
  readonly codeVersion: string;
}

/**
 * Fits every model on the data before the test, ranks the test's queries and measures the lists. A model whose lists an
 * earlier run cached is not fitted again.
 *
 * @throws {MatineeError} `LEAKING_FOLD` when the split does not keep its promises; `CANCELLED` on Ctrl-C: finished
 * lists stay cached.
 */
export async function evaluateModels(
  specs: readonly ModelSpec[],
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  context: EvaluateContext,
): Promise<EvaluatedModel[]> {
  const { progress, cache, codeVersion } = context;
  const { items } = dataset;
  const itemCount = items.vocabulary.ids.length;
  await progress.stage('check the split for leaks', async (stage) => {
    checkSplit(split, itemCount);
    stage.summary('none: no answer, later event or second use of validation in the training data');
  });
  const evaluated: EvaluatedModel[] = [];
  for (const spec of specs) {
    const { name, family, config, source } = spec;
    const key = rankingsKey({
      codeVersion,
      data: dataset.hash,
      confidence: options.confidence,
      filter: options.filter,
      protocol: [split.protocol, split.protocolVersion, split.config],
      model: family,
      config,
      ...(source !== undefined && { source }),
      seed: options.seed,
      depth: LIST_DEPTH,
    });
    const ranked = (await cache.load(key)) ?? (await rankModel(spec, dataset, split, options, context));
    await cache.save(key, ranked);
    const evaluation = await progress.stage(`measure ${name}`, async (stage) => {
      await stage.checkpoint(0, 1);
      const measured = evaluateRankings(ranked.rankings, split.test, {
        items,
        recallOver: split.recallOver,
        bootstrap: { resampleCount: options.resampleCount, seed: options.resampleSeed },
      });
      const ndcg = measured.all.metrics['ndcg@10'];
      if (ndcg !== undefined) {
        stage.summary(`NDCG@10 ${ndcg.value.toFixed(4)} [${ndcg.low.toFixed(4)}, ${ndcg.high.toFixed(4)}]`);
      }
      return measured;
    });
    evaluated.push({ name, config, ...ranked, evaluation });
  }
  return evaluated;
}

/** The families' own defaults, or the presets of generations. No hyper-parameter is chosen on the test. */
export function defaultSpec(
  family: string,
  split: Pick<Split, 'protocol' | 'counts'>,
  { requestTime }: Pick<EvaluateOptions, 'requestTime'>,
): ModelSpec {
  const config = isGeneration(family) ? presetFor(family, split, requestTime) : findModelFamily(family).defaults;
  return { name: family, family, config: { ...config } };
}

/** A generation as that protocol evaluates it. */
export function presetFor(
  name: GenerationName,
  { protocol, counts }: Pick<Split, 'protocol' | 'counts'>,
  requestTime: boolean,
): GenerationConfig {
  return resolveGeneration(name, {
    interactionCount: counts['interactions'] ?? 0,
    // Generations learn on a part of their training data that is cut off as the protocol cuts off the test.
    ...(protocol !== 'temporal' && { weightsFrom: 'last-items' }),
    ...(!requestTime && { requestTime: 'hidden' }),
  });
}

export function isGeneration(name: string): name is GenerationName {
  return Object.hasOwn(GENERATION_DEFAULTS, name);
}

async function rankModel(
  spec: ModelSpec,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  context: EvaluateContext,
): Promise<CachedRankings> {
  const { test } = split;
  const { items } = dataset;
  const { progress } = context;
  const { model, fitMs, stages } = await fitModel(spec, dataset, split, options, context);
  const fittedAt = performance.now();
  const rankings = await progress.stage(`rank with ${spec.name}`, async (stage) => {
    const ranked = await rankFold(model, test, LIST_DEPTH, {
      itemCount: items.vocabulary.ids.length,
      checkpoint: stage.checkpoint,
    });
    stage.summary(`${test.queries.length.toLocaleString('en')} lists of ${LIST_DEPTH}`);
    return ranked;
  });
  return { rankings, fitMs, rankMs: Math.round(performance.now() - fittedAt), stages };
}

/** Fits one model, or loads it when an earlier run trained it; `fitMs` is then the time of that run. */
async function fitModel(
  { family: name, config, source }: ModelSpec,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  { progress, workspace, codeVersion }: EvaluateContext,
): Promise<{ readonly model: RetrievalModel; readonly fitMs: number; readonly stages: readonly StageCost[] }> {
  const trained =
    source === undefined
      ? await findTrainedModel(workspace, dataset, { codeVersion, options, model: name, config })
      : undefined;
  if (trained !== undefined) {
    progress.note(`${name} was trained before, from equal data, configuration, seed and code`);
    return { ...trained, stages: [] };
  }
  if (isGeneration(name)) {
    // A source by itself is measured also where the generation leaves it out.
    const whole = source === undefined ? config : { ...config, leaveOut: 'nothing', ranker: 'none' };
    const { model, stages } = await fitGenerationForTest(name, whole, dataset, split, options, {
      workspace,
      progress,
    });
    const wanted = source === undefined ? model : model.sources.find((each) => each.name === source)?.model;
    if (wanted === undefined) {
      throw new MatineeError('BAD_CONFIG', `${name} has no source "${source}", or the data cannot fit it`);
    }
    return { model: wanted, fitMs: stages.reduce((sum, { ms }) => sum + ms, 0), stages };
  }
  return progress.stage(`fit ${name}`, async ({ checkpoint }) => {
    const startedAt = performance.now();
    const model = await findModelFamily(name).fit(trainingDataOf(dataset, split), config, {
      ...contextOf(options, progress),
      random: createRandom(options.seed).fork(name),
      checkpoint,
    });
    return { model, fitMs: Math.round(performance.now() - startedAt), stages: [] };
  });
}

/** Fits a generation on the data before the test, with the stages that an earlier run cached. */
export async function fitGenerationForTest(
  name: GenerationName,
  config: Partial<GenerationConfig>,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  { workspace, progress }: Pick<EvaluateContext, 'workspace' | 'progress'>,
): Promise<Pick<FittedGeneration, 'model' | 'leftOut'> & { readonly stages: readonly StageCost[] }> {
  const stages: StageCost[] = [];
  const { model, leftOut } = await fitGeneration(
    name,
    trainingDataOf(dataset, split),
    resolveGeneration(name, {}, config),
    {
      ...contextOf(options, progress),
      // One random stream for all generations: the stages that they share are then fitted once and cached.
      random: createRandom(options.seed),
      checkpoint: () => Promise.resolve(),
      stage: (title, work) => progress.stage(title, work),
      stageCache: await openStageCache(workspace, dataset, stageCacheOptions(options, split, 'test')),
      onStageCost: (title, cost) => void stages.push({ name: title, ...cost }),
    },
  );
  return { model, leftOut, stages };
}

function trainingDataOf({ users, items }: Dataset, { test }: Split): TrainingData {
  return { userCount: users.ids.length, items, interactions: test.train, asOf: test.trainAsOf };
}

function contextOf(
  { threadCount }: EvaluateOptions,
  progress: Progress,
): Pick<FitContext, 'now' | 'onProgress' | 'threadCount'> {
  return {
    now: () => performance.now(),
    onProgress(report) {
      if (report.validation !== undefined) progress.note(describeEpoch(report));
    },
    ...defined({ threadCount }),
  };
}
