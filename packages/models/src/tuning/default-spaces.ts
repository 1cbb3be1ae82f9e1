import type { MODEL_FAMILIES } from '../generations/model-families.ts';
import type { SpaceDefinition } from './search-space.ts';

/** How much the order of a history counts: families whose names end in `-set` leave it alone. */
const historyDecay = { uniform: [0, 2] } satisfies SpaceDefinition[string];

const cosine: SpaceDefinition = {
  shrinkage: { log: [1, 1000] },
  candidateExponent: { uniform: [0.3, 0.9] },
  userDamping: { uniform: [0, 1] },
  maxNeighbors: { logInteger: [50, 500] },
};

const ials: SpaceDefinition = {
  factors: { choice: [32, 64, 128] },
  sweeps: { integer: [4, 16] },
  regularization: { log: [0.0005, 0.5] },
  exponent: { uniform: [0.5, 1.2] },
  unobservedWeight: { log: [0.01, 2] },
};

/** Networks keep their `maxEpochs`: fewer epochs are how the search tries many of them, see `propose-trial.ts`. */
const network: SpaceDefinition = {
  learningRate: { log: [0.0005, 0.01] },
  dropoutRate: { uniform: [0, 0.5] },
  embeddingDim: { choice: [32, 64, 128] },
};

/** None at all is the default of sequence networks, and no order of magnitude reaches it. */
const weightDecay = { choice: [0, 0.001, 0.01, 0.1] } satisfies SpaceDefinition[string];

const transformer: SpaceDefinition = {
  ...network,
  weightDecay,
  blockCount: { integer: [1, 3] },
  feedForwardDim: { choice: [64, 128, 256] },
  tokensPerBatch: { choice: [3200, 6400, 12_800] },
};

/**
 * Of a generation: what decides its candidates, and the settings of sources that are fitted in seconds. Its other
 * sources stay as they are, are fitted once, and are tuned by themselves.
 */
const generation: SpaceDefinition = {
  candidatesPerSource: { logInteger: [100, 1000] },
  'sources.recent-popularity.config.halfLifeDays': { log: [30, 2000] },
  'sources.user-knn.config.maxNeighbors': { logInteger: [20, 300] },
  'sources.genre-affinity.config.affinityExponent': { uniform: [0.3, 3] },
};

const ranked: SpaceDefinition = { ...generation, poolSize: { logInteger: [100, 2000] } };

/**
 * What `matinee tune` searches where it is not told otherwise, by model. The defaults lie inside of every range, and a
 * best trial at an end of one says that the range should go on. Empty: the model has nothing to choose.
 */
export const DEFAULT_SPACES: Readonly<Record<keyof typeof MODEL_FAMILIES, SpaceDefinition>> = {
  popularity: {},
  'recent-popularity': { halfLifeDays: { log: [15, 3650] } },
  'genre-affinity': {
    smoothing: { log: [0.1, 100] },
    popularityExponent: { uniform: [0.2, 1.6] },
    affinityExponent: { uniform: [0.2, 4] },
    historyDecay,
  },
  'item-knn': { ...cosine, maxTrainingItems: { logInteger: [50, 1000] }, historyDecay: { uniform: [0, 3] } },
  'item-knn-bm25': {
    k1: { log: [1, 1000] },
    b: { uniform: [0, 1] },
    maxNeighbors: { logInteger: [50, 500] },
    historyDecay,
  },
  'item-knn-set': { ...cosine, shrinkage: { uniform: [0, 100] } },
  'user-knn': {
    maxNeighbors: { logInteger: [10, 500] },
    shrinkage: { log: [0.5, 500] },
    rarityExponent: { uniform: [0, 2] },
    similarityExponent: { uniform: [0.5, 8] },
    historyDecay,
  },
  ease: { regularization: { log: [20, 5000] }, historyDecay },
  'ease-set': { regularization: { log: [20, 5000] } },
  ials: { ...ials, historyDecay },
  'ials-set': ials,
  'two-tower': {
    ...network,
    weightDecay: { log: [0.0001, 0.1] },
    idDropout: { uniform: [0, 0.5] },
    headCount: { choice: [1, 2, 4, 8] },
    uniformNegatives: { choice: [256, 1024, 4096] },
  },
  gru4rec: { ...network, weightDecay, stateDim: { choice: [64, 128, 256] } },
  sasrec: transformer,
  'time-transformer': transformer,
  v1: generation,
  v2: ranked,
  v3: ranked,
  v4: ranked,
};
