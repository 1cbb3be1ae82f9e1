import type { NamedSource } from '../blend/blend.ts';
import type { Catalogue } from '../data/dataset.ts';
import { checkFold } from '../evaluation/check-fold.ts';
import { fitGeneration } from '../generations/fit-generation.ts';
import type { GenerationConfig, GenerationName } from '../generations/generation-config.ts';
import { resolveGeneration } from '../generations/resolve-generation.ts';
import type { StageContext } from '../generations/stages.ts';
import type { Fold } from '../splits/split.ts';

/** The users and items of a fold's indices. */
export interface FoldWorld {
  readonly userCount: number;
  readonly items: Catalogue;
  /** Whether all training must be earlier than every query; checked. */
  readonly isTimeOrdered: boolean;
}

/**
 * Fits a generation's sources and blend weights on `fold.train`. The validation fold gives the VAL side, the test fold
 * the TEST side. Nothing else is read, so candidates do not depend on the targets of the fold's queries.
 *
 * @returns In the order of the configuration.
 * @throws {MatineeError} `LEAKING_FOLD` for a fold whose training contains a target or ends after a query; otherwise as
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
