import { findSourceFamily } from '../families/find-source-family.ts';
import type { GenerationConfig } from './generation-config.ts';

/** Returns whether there must be an interaction to fit a generation on, as its ranker and most of its sources need. */
export function needsInteractions({ sources, ranker }: Pick<GenerationConfig, 'sources' | 'ranker'>): boolean {
  if (ranker !== 'none') return true;
  return Object.values(sources).some(({ family }) => findSourceFamily(family).traits.fitsCatalogueAlone !== true);
}
