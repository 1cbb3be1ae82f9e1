import {
  checkSplit,
  type Dataset,
  evaluateRankings,
  type FitContext,
  findModelFamily,
  fitGeneration,
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationName,
  type ModelUnderTest,
  presetOf,
  type Rankings,
  type RetrievalModel,
  rankFold,
  type Split,
  type TrainingData,
} from '@matinee/models';
import { createRandom } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import type { Workspace } from '../workspace.ts';
import { describeEpoch } from './describe-epoch.ts';
import { type KeptRankings, type RankingsCache, rankingsKey } from './evaluate-cache.ts';
import type { EvaluateOptions } from './evaluate-options.ts';
import { openKeptStages } from './kept-stages.ts';
import { findTrainedModel } from './train-model.ts';

/** To this depth everything is ranked, kept and written by `--lists`. */
const LIST_DEPTH = 100;

export interface EvaluatedModel extends ModelUnderTest {
  readonly rankings: Rankings;
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
  for (const name of options.models) {
    const config = configOf(name, split, options);
    const key = rankingsKey({
      codeVersion,
      data: dataset.hash,
      confidence: options.confidence,
      filter: options.filter,
      protocol: [split.protocol, split.protocolVersion, split.config],
      model: name,
      config,
      seed: options.seed,
      depth: LIST_DEPTH,
    });
    const kept = (await cache.load(key)) ?? (await rankModel(name, config, dataset, split, options, context));
    await cache.save(key, kept);
    const evaluation = await progress.stage(`measure ${name}`, async (stage) => {
      await stage.checkpoint(0, 1);
      const measured = evaluateRankings(kept.rankings, split.test, {
        items,
        recallOver: split.recallOver,
        bootstrap: { resampleCount: options.resampleCount, seed: options.seed },
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
function configOf(
  name: string,
  { protocol, counts }: Split,
  { requestTime }: EvaluateOptions,
): Record<string, unknown> {
  const { defaults } = findModelFamily(name);
  if (!isGeneration(name)) return { ...defaults };
  const config: GenerationConfig = { ...GENERATION_DEFAULTS[name], ...presetOf(name, counts['interactions'] ?? 0) };
  // Generations learn on a part of their training data that is cut off as the protocol cuts off the test.
  const asProtocol = protocol === 'temporal' ? {} : { weightsFrom: 'last-item' };
  if (requestTime) return { ...config, ...asProtocol };
  const timeless = Object.entries(config.sources).filter(([, { family }]) => family !== 'time-transformer');
  return { ...config, ...asProtocol, sources: Object.fromEntries(timeless), clock: 'last-event' };
}

function isGeneration(name: string): name is GenerationName {
  return Object.hasOwn(GENERATION_DEFAULTS, name);
}

async function rankModel(
  name: string,
  config: Record<string, unknown>,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  context: EvaluateContext,
): Promise<KeptRankings> {
  const { test } = split;
  const { items } = dataset;
  const { progress } = context;
  const { model, fitMs } = await fitModel(name, config, dataset, split, options, context);
  const fittedAt = performance.now();
  const rankings = await progress.stage(`rank with ${name}`, async (stage) => {
    const ranked = await rankFold(model, test, LIST_DEPTH, {
      itemCount: items.vocabulary.ids.length,
      checkpoint: stage.checkpoint,
    });
    stage.summary(`${test.queries.length.toLocaleString('en')} lists of ${LIST_DEPTH}`);
    return ranked;
  });
  return { rankings, fitMs, rankMs: Math.round(performance.now() - fittedAt) };
}

/** Fits one model, or takes up what an earlier run left of it; `fitMs` counts what it cost then. */
async function fitModel(
  name: string,
  config: Record<string, unknown>,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
  { progress, workspace, codeVersion }: EvaluateContext,
): Promise<{ readonly model: RetrievalModel; readonly fitMs: number }> {
  const trained = await findTrainedModel(workspace, dataset, { codeVersion, options, model: name, config });
  if (trained !== undefined) {
    progress.note(`${name} was trained before, from equal data, configuration, seed and code`);
    return trained;
  }
  const { users, items } = dataset;
  const { train, trainAsOf } = split.test;
  const data: TrainingData = { userCount: users.ids.length, items, interactions: train, asOf: trainAsOf };
  const random = createRandom(options.seed);
  const context: Omit<FitContext, 'random' | 'checkpoint'> = {
    now: () => performance.now(),
    onTraining(report) {
      if (report.validation !== undefined) progress.note(describeEpoch(report));
    },
    ...(options.threadCount === undefined ? {} : { threadCount: options.threadCount }),
  };
  if (isGeneration(name)) {
    const { protocol, protocolConfig, confidence, filter, seed } = options;
    const cut = { protocol, version: split.protocolVersion, protocolConfig, confidence, filter };
    let fitMs = 0;
    // One stream for all generations: what they have in common is then fitted once and kept.
    const { model } = await fitGeneration(name, data, config, {
      ...context,
      random,
      checkpoint: () => Promise.resolve(),
      stage: (title, work) => progress.stage(title, work),
      keeper: await openKeptStages(workspace, dataset, { ...cut, seed }),
      onStageCost(_, { ms }) {
        fitMs += ms;
      },
    });
    return { model, fitMs };
  }
  return progress.stage(`fit ${name}`, async ({ checkpoint }) => {
    const startedAt = performance.now();
    const model = await findModelFamily(name).fit(data, config, { ...context, random: random.fork(name), checkpoint });
    return { model, fitMs: Math.round(performance.now() - startedAt) };
  });
}
