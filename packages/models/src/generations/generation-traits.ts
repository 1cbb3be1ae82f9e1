import type { SpaceDefinition } from '../config/search-dimension.ts';
import { ITEM_CONTENT } from '../data/dataset.ts';
import type { FamilyTraits } from '../retrieval/family-traits.ts';

/**
 * What decides a generation's candidates, and the settings of sources that are fitted in seconds. Its other sources
 * stay as they are, are fitted once, and are tuned by themselves.
 */
const candidateSpace: SpaceDefinition = {
  candidatesPerSource: { logInteger: [100, 1000] },
  'sources.recent-popularity.config.halfLifeDays': { log: [30, 2000] },
  'sources.user-knn.config.maxNeighbors': { logInteger: [20, 300] },
  'sources.genre-affinity.config.affinityExponent': { uniform: [0.3, 3] },
};

/** Traits of whole generations. A generation is a model that is evaluated like any, but never a source of another. */
export const BLENDED_TRAITS: FamilyTraits = {
  reads: 'sequence',
  explains: 'omission',
  readsOfItems: ITEM_CONTENT,
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'never',
  role: 'collaborative',
  answerName: 'blend',
  searchSpace: candidateSpace,
  goodFor: [],
  notes: {
    summary: 'Titles that several sources agree on.',
    code: 'packages/models/src/generations/fit-generation.ts',
    card: 'docs/models/generations.md',
  },
};

/** Traits of generations with a ranker. */
export const RANKED_TRAITS: FamilyTraits = {
  ...BLENDED_TRAITS,
  fitsCatalogueAlone: false,
  searchSpace: { ...candidateSpace, poolSize: { logInteger: [100, 2000] } },
};
