import type { NamedSource } from '../blend/blend.ts';
import type { Catalogue } from '../data/dataset.ts';
import { checkFold } from '../evaluation/check-fold.ts';
import { fitGeneration } from '../generations/fit-generation.ts';
import type { GenerationConfig, GenerationName } from '../generations/generation-config.ts';
import { resolveGeneration } from '../generations/resolve-generation.ts';
import type { StageContext } from '../generations/stages.ts';
import type { Fold } from '../splits/split.ts';

/** Of whom and what a fold's indices speak. */
export interface FoldWorld {
  readonly userCount: number;
  readonly items: Catalogue;
  /** Whether the protocol promises that all training is earlier than every query; checked. */
  readonly isTimeOrdered: boolean;
}

/**
 * Fits the sources of a generation, and the weights of their blend, on what the fold trains on: the validation fold's
 * give the VAL side, the test fold's the TEST side. The sources see `fold.train` and nothing else, and the weights are
 * learned inside it, so no answer of the fold's queries has shaped a candidate.
 *
 * @returns In the order of the configuration.
 * @throws {MatineeError} `LEAKING_FOLD` for a fold whose training holds an answer or goes on past a query; else as
 * {@link fitGeneration}.
 */
export async function fitCandidateSources(
  generation: GenerationName,
  fold: Fold,
  { userCount, items, isTimeOrdered }: FoldWorld,
  config: Partial<GenerationConfig>,
  context: StageContext,
): Promise<readonly NamedSource[]> {
  checkFold(fold, items.vocabulary.ids.length, isTimeOrdered);
  const data = { userCount, items, interactions: fold.train, asOf: fold.trainAsOf };
  // What ranks the candidates has no part in finding them.
  const sourcesOnly = resolveGeneration(generation, {}, { ...config, ranker: 'none' });
  const { model } = await fitGeneration(generation, data, sourcesOnly, context);
  return model.sources;
}
