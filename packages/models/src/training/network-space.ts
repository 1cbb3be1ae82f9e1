import type { SpaceDefinition } from '../config/search-dimension.ts';

/** What to search of any network. Its `maxEpochs` stay: fewer epochs are how the search tries many configurations. */
export const NETWORK_SPACE: SpaceDefinition = {
  learningRate: { log: [0.0005, 0.01] },
  dropoutRate: { uniform: [0, 0.5] },
  embeddingDim: { choice: [32, 64, 128] },
};
