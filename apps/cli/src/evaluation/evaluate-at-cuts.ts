import type { Dataset } from '@matinee/models/data';
import { evaluateCuts, type Rankings } from '@matinee/models/evaluation';
import type { ModelUnderTest, StageCost } from '@matinee/models/report';
import type { Split } from '@matinee/models/splits';
import type { Cut } from '../protocol/cut-origins.ts';
import type { EvaluateOptions } from '../protocol/protocol-options.ts';
import { type EvaluateContext, type EvaluatedModel, evaluateModels, type ModelSpec } from './evaluate-models.ts';

/** A model at every cut, measured together. */
export interface ModelAtCuts extends ModelUnderTest {
  /** By cut. */
  readonly rankings: readonly Rankings[];
  /** Of the last cut, as is `fitMs`. */
  readonly stages: readonly StageCost[];
}

/**
 * Fits models anew on what came before each cut, ranks its queries, and measures the queries of all cuts together.
 *
 * @param specsOf The models at a cut: of equal names and in equal order at each.
 * @throws {MatineeError} as `evaluateModels`.
 */
export async function evaluateAtCuts(
  specsOf: (split: Split) => readonly ModelSpec[],
  dataset: Dataset,
  cuts: readonly Cut[],
  options: EvaluateOptions,
  context: EvaluateContext,
): Promise<ModelAtCuts[]> {
  const atCuts: EvaluatedModel[][] = [];
  for (const { split } of cuts) {
    atCuts.push(await evaluateModels(specsOf(split), dataset, split, options, context));
  }
  const [first = []] = atCuts;
  const pooled: ModelAtCuts[] = [];
  for (const at of first.keys()) {
    const models = atCuts.map((ofCut) => ofCut[at] as EvaluatedModel);
    const last = models.at(-1) as EvaluatedModel;
    const rankings = models.map((model) => model.rankings);
    if (models.length === 1) {
      pooled.push({ ...last, rankings });
      continue;
    }
    const evaluation = await context.progress.stage(`measure ${last.name} at all cuts`, async (stage) => {
      await stage.checkpoint(0, 1);
      const lists = cuts.map(({ name, meaning, split }, cut) => ({
        ...{ name, meaning, fold: split.test },
        rankings: rankings[cut] as Rankings,
      }));
      return evaluateCuts(lists, {
        items: dataset.items,
        recallOver: (cuts[0] as Cut).split.recallOver,
        bootstrap: { resampleCount: options.resampleCount, seed: options.resampleSeed },
      });
    });
    pooled.push({ ...last, rankMs: models.reduce((sum, { rankMs }) => sum + rankMs, 0), rankings, evaluation });
  }
  return pooled;
}
