import type { Dataset } from '@matinee/models/data';
import { checkSplit, evaluateRankings, type Rankings, rankFold } from '@matinee/models/evaluation';
import {
  findModelFamily,
  fitGeneration,
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationModel,
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
import { stageCacheOptions } from '../training/fold-stages.ts';
import { openStageCache } from '../training/stage-cache.ts';
import { findTrainedModel } from '../training/train-model.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type CachedRankings, type RankingsCache, rankingsKey } from './evaluate-cache.ts';

/** To this depth everything is ranked, kept and written by `--lists`. */
const LIST_DEPTH = 100;

/** What is to be evaluated. */
export interface ModelSpec {
  /** As the report calls it. */
  readonly name: string;
  /** A name of `MODEL_FAMILIES`. */
  readonly family: string;
  /** Complete. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Of a generation only this source, asked by itself. */
  readonly source?: string;
}

export interface EvaluatedModel extends ModelUnderTest {
  readonly rankings: Rankings;
  readonly stages: readonly StageCost[];
}

/** What an evaluation uses of the outside world. */
export interface EvaluateContext {
  /** Where models lie that were trained before. */
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly cache: RankingsCache;
  readonly codeVersion: string;
}

/**
 * Fits every model on what comes before the test, ranks the test's queries and measures the lists. A model whose lists
 * are kept from an earlier run is not fitted again.
 *
 * @throws {MatineeError} `LEAKING_FOLD` when the split does not keep its promises; `CANCELLED` on Ctrl-C: what was
 * finished stays kept.
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
    stage.summary('none: no answer, later moment or second use of validation in what models learn from');
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
    const kept = (await cache.load(key)) ?? (await rankModel(spec, dataset, split, options, context));
    await cache.save(key, kept);
    const evaluation = await progress.stage(`measure ${name}`, async (stage) => {
      await stage.checkpoint(0, 1);
      const measured = evaluateRankings(kept.rankings, split.test, {
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
    evaluated.push({ name, config, ...kept, evaluation });
  }
  return evaluated;
}

/** Hyper-parameters are the families' own defaults, or the presets of generations; none is chosen on the test. */
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

/** Fits one model, or takes up what an earlier run left of it; `fitMs` counts what it cost then. */
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
    const { model, stages } = await fitGenerationForTest(name, config, dataset, split, options, {
      workspace,
      progress,
    });
    const asked = source === undefined ? model : model.sources.find((each) => each.name === source)?.model;
    if (asked === undefined) throw new MatineeError('BAD_CONFIG', `${name} has no source "${source}"`);
    return { model: asked, fitMs: stages.reduce((sum, { ms }) => sum + ms, 0), stages };
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

/** Fits a generation on what comes before the test; steps that an earlier run kept are taken up. */
export async function fitGenerationForTest(
  name: GenerationName,
  config: Partial<GenerationConfig>,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  { workspace, progress }: Pick<EvaluateContext, 'workspace' | 'progress'>,
): Promise<{ readonly model: GenerationModel; readonly stages: readonly StageCost[] }> {
  const stages: StageCost[] = [];
  const { model } = await fitGeneration(name, trainingDataOf(dataset, split), resolveGeneration(name, {}, config), {
    ...contextOf(options, progress),
    // One stream for all generations: what they have in common is then fitted once and kept.
    random: createRandom(options.seed),
    checkpoint: () => Promise.resolve(),
    stage: (title, work) => progress.stage(title, work),
    stageCache: await openStageCache(workspace, dataset, stageCacheOptions(options, split, 'test')),
    onStageCost: (title, cost) => void stages.push({ name: title, ...cost }),
  });
  return { model, stages };
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
