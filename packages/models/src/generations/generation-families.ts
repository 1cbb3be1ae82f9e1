import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { fitGeneration } from './fit-generation.ts';
import { GENERATION_DEFAULTS, type GenerationConfig, type GenerationName } from './generation-config.ts';
import { loadGenerationModel } from './generation-model.ts';
import { BLENDED_TRAITS, RANKED_TRAITS } from './generation-traits.ts';
import { resolveGeneration } from './resolve-generation.ts';
import type { StageContext } from './stages.ts';

/**
 * A generation as one model among others: fitted, evaluated and compared like any.
 *
 * fit: twice the sum of its sources, one pass of the held-out queries and the ranker; retrieve: the sum of its sources,
 * and ranking.
 */
export function createGenerationFamily(name: GenerationName): RetrievalFamily<GenerationConfig> {
  return {
    kind: name,
    defaults: GENERATION_DEFAULTS[name],
    traits: GENERATION_DEFAULTS[name].ranker === 'none' ? BLENDED_TRAITS : RANKED_TRAITS,
    async fit(data, config, context) {
      const stage: StageContext['stage'] = (_name, work) =>
        work({ checkpoint: context.checkpoint, summary: () => undefined });
      return (await fitGeneration(name, data, resolveGeneration(name, {}, config), { stage, ...context })).model;
    },
    load: (artifact) => loadGenerationModel(name, artifact),
  };
}
