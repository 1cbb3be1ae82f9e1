import { createRandom, MatineeError } from '@matinee/numerics';
import {
  assignParameterValues,
  copyParameterValues,
  createEvaluation,
  createParameters,
  createTrainStep,
  type NamedTensor,
  type ParameterState,
  type SessionOptions,
  type TrainingBatch,
} from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import { requireArray, requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { FitContext } from '../training/fit-context.ts';
import { parametersOfArtifact } from '../training/parameter-arrays.ts';
import { trainNetwork } from '../training/train-network.ts';
import { createDeepRanker, type DeepRanker } from './deep-ranker-model.ts';
import { buildDeepRanker, buildDeepRankerTraining, type DeepRankerSize, OUTPUT_BIAS } from './deep-ranker-network.ts';
import { meanGroupNdcg } from './group-ndcg.ts';
import { createQueryBatches } from './query-batches.ts';
import {
  checkRankingTable,
  locateQueries,
  type QueryRows,
  type RankingTable,
  requireSameFeatures,
} from './ranking-table.ts';
import { fitStandardization, type Standardization } from './standardize-features.ts';

const KIND = 'deep-ranker';
const VERSION = 1;

const deepRankerConfigSchema = Type.Object(
  {
    /**
     * `softmax`: cross-entropy among the rows of a query, whose positives share the target. `logistic`: every row
     * independently; scores are then log-odds across queries, too.
     */
    loss: Type.Union([Type.Literal('softmax'), Type.Literal('logistic')]),
    /** Layers that multiply features with each other; n of them give products of up to n + 1 features. */
    crossLayers: Type.Integer({ minimum: 0, maximum: 8 }),
    /** Maximum rank of a cross layer's weights. Weights are full if there are at most twice as many inputs. */
    crossRank: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Widths of the perceptron's layers; empty = no perceptron. */
    hiddenDims: Type.Array(Type.Integer({ minimum: 1, maximum: 16_384 }), { maxItems: 8 }),
    /** Dropout rate of the perceptron's units. */
    dropoutRate: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    /** Approximate number of queries per training step: a step has as many rows as that many average queries. */
    queriesPerBatch: Type.Integer({ minimum: 1, maximum: 65_536 }),
    /** Maximum rows of a query in an epoch: its positives and a fresh sample of the others. */
    rowsPerQuery: Type.Integer({ minimum: 2, maximum: 65_536 }),
    /** Peak learning rate of AdamW, with linear warm-up and cosine decay. */
    learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** Share of all steps for the warm-up. */
    warmupShare: Type.Number({ minimum: 0, maximum: 0.5 }),
    weightDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Maximum gradient norm. */
    clipNorm: Type.Number({ exclusiveMinimum: 0 }),
    maxEpochs: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** Epochs without improvement on validation after which training stops. */
    patience: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type DeepRankerConfig = Static<typeof deepRankerConfigSchema>;

const DEEP_RANKER_DEFAULTS: DeepRankerConfig = {
  loss: 'softmax',
  crossLayers: 2,
  crossRank: 64,
  hiddenDims: [64, 32],
  dropoutRate: 0.1,
  queriesPerBatch: 16,
  rowsPerQuery: 512,
  learningRate: 0.003,
  warmupShare: 0.05,
  weightDecay: 0.01,
  clipNorm: 5,
  maxEpochs: 15,
  // The learning rate decays until the end, so an epoch in the middle says little.
  patience: 5,
};

/** Cutoff of the validation metric. */
export const VALIDATION_DEPTH = 10;
/** Validation rows scored per call. */
const VALIDATION_ROWS = 2048;

/**
 * Fits a network that ranks the candidates of a query by their features, and keeps the epoch of the best validation
 * NDCG@10. Queries without a positive are left out of training and count 0 in validation.
 *
 * @param config Overrides of {@link DEEP_RANKER_DEFAULTS}.
 * @param context Without `warmStart`, because inputs are standardised per table.
 * @param onEpoch Called after each epoch, for a caller who chooses among them.
 * @throws {MatineeError} `BAD_FEATURES`, `BAD_LABELS` or `BAD_GROUPS` for an inconsistent table, a table without a
 * positive, or a validation table with other features; `BAD_CONFIG` naming the field; `BAD_WARM_START`; `CANCELLED` and
 * `DIVERGED` as `trainNetwork`.
 * @remarks epochs · rows · (crossLayers · width² + hidden layers) multiply-adds, three times. Holds one batch beside
 * the tables.
 */
export async function fitDeepRanker(
  train: RankingTable,
  validation: RankingTable,
  config: Partial<DeepRankerConfig>,
  context: FitContext,
  onEpoch?: (epoch: RankerEpoch) => void,
): Promise<DeepRanker> {
  const complete = parseConfig(KIND, deepRankerConfigSchema, DEEP_RANKER_DEFAULTS, config);
  if (context.warmStart) {
    throw new MatineeError('BAD_WARM_START', `${KIND} cannot go on from an earlier model; leave warmStart out`);
  }
  checkRankingTable('train', train);
  checkRankingTable('validation', validation);
  requireSameFeatures('validation', validation, train.featureNames);
  const queries = requirePositives('train', train).filter(({ positiveCount }) => positiveCount > 0);
  const validationQueries = requirePositives('validation', validation);

  const standardization = fitStandardization(train, context.random.fork('standardization'));
  const size = sizeOf(complete, train.featureNames, standardization);
  const modelOf = (values: ReadonlyMap<string, NamedTensor>): DeepRanker =>
    createModel(complete, train.featureNames, size, values);
  const data = { train, queries, validation, validationQueries };
  return modelOf(
    await trainDeepRanker(complete, size, data, context, (scores, state) =>
      onEpoch?.({ scores, ranker: modelOf(copyParameterValues(state)) }),
    ),
  );
}

/** A network as it was after one epoch of its training. */
export interface RankerEpoch {
  /** Of the validation rows. */
  readonly scores: Float32Array;
  readonly ranker: DeepRanker;
}

/**
 * Loads the output of `DeepRanker.save`.
 *
 * @throws {MatineeError} `BAD_ARTIFACT` when the artefact is of another kind, or its parts do not fit together.
 */
export async function loadDeepRanker(artifact: ModelArtifact): Promise<DeepRanker> {
  requireArtifact(artifact, KIND, VERSION);
  const { featureNames, ...saved } = artifact.config;
  if (!Array.isArray(featureNames) || !featureNames.every((name) => typeof name === 'string')) {
    throw new MatineeError('BAD_ARTIFACT', `${KIND}: "featureNames" must be a list of names`);
  }
  const config = parseConfig(KIND, deepRankerConfigSchema, DEEP_RANKER_DEFAULTS, saved);
  const size = sizeOf(config, featureNames, standardizationOfArtifact(artifact, featureNames.length));
  return createModel(config, featureNames, size, parametersOfArtifact(artifact, buildDeepRanker(size, 1).graph));
}

function createModel(
  config: DeepRankerConfig,
  featureNames: readonly string[],
  size: DeepRankerSize,
  values: ReadonlyMap<string, NamedTensor>,
): DeepRanker {
  return createDeepRanker({ kind: KIND, version: VERSION, config, featureNames, size, values });
}

function sizeOf(
  config: DeepRankerConfig,
  featureNames: readonly string[],
  standardization: Standardization,
): DeepRankerSize {
  return { ...config, featureCount: featureNames.length, standardization };
}

function requirePositives(name: string, table: RankingTable): QueryRows[] {
  const queries = locateQueries(table);
  if (queries.some(({ positiveCount }) => positiveCount > 0)) return queries;
  throw new MatineeError(
    'BAD_LABELS',
    `${name}: none of ${table.rowCount} rows has label 1; give at least one query with what the user turned to`,
  );
}

/** @throws {MatineeError} `BAD_ARTIFACT` when a list has an unknown feature, or lengths differ. */
function standardizationOfArtifact(artifact: ModelArtifact, featureCount: number): Standardization {
  const featuresOf = (name: string): Int32Array => {
    const features = requireArray(artifact, name, Int32Array);
    if (features.every((feature, at) => feature > (features[at - 1] ?? -1) && feature < featureCount)) return features;
    throw new MatineeError('BAD_ARTIFACT', `${KIND}: "${name}" must ascend below the ${featureCount} features`);
  };
  const plain = featuresOf('plain');
  const wide = featuresOf('wide');
  const count = plain.length + wide.length;
  return {
    plain,
    wide,
    units: requireArray(artifact, 'units', Float32Array, wide.length),
    means: requireArray(artifact, 'means', Float32Array, count),
    deviations: requireArray(artifact, 'deviations', Float32Array, count),
    indicated: featuresOf('indicated'),
  };
}

interface RankerData {
  readonly train: RankingTable;
  /** Queries of `train` with a positive. */
  readonly queries: readonly QueryRows[];
  readonly validation: RankingTable;
  readonly validationQueries: readonly QueryRows[];
}

async function trainDeepRanker(
  config: DeepRankerConfig,
  size: DeepRankerSize,
  { train, queries, validation, validationQueries }: RankerData,
  context: FitContext,
  onEpoch: (scores: Float32Array, state: ParameterState) => void,
): Promise<ReadonlyMap<string, NamedTensor>> {
  const { random, threadCount } = context;
  const { loss: lossName, queriesPerBatch, rowsPerQuery, learningRate, maxEpochs } = config;
  const batches = createQueryBatches(train, queries, { queryCount: queriesPerBatch, rowsPerQuery, loss: lossName });
  const { graph, loss } = buildDeepRankerTraining(size, batches.shape);
  const state = createParameters(graph, random.fork('parameters').integer(2 ** 32));
  if (lossName === 'logistic') startAtBaseRate(state, queries, batches.rowsPerEpoch);
  const session: SessionOptions = threadCount === undefined ? {} : { threadCount };
  const adam = { clipNorm: config.clipNorm, weightDecay: config.weightDecay };
  const step = await createTrainStep({ graph, loss, state, adam, session });
  const scorer = await createTableScorer(size, validation, state, session);
  const totalSteps = Math.max(2, batches.stepsPerEpoch * maxEpochs);
  const warmupSteps = Math.floor(config.warmupShare * totalSteps);
  // Each epoch has its own random stream, so that a resumed run draws the same batches.
  const epochs = createRandom(random.fork('epochs').integer(2 ** 32));
  try {
    await trainNetwork(
      {
        state,
        schedule: { learningRate, warmupSteps, decay: 'cosine', totalSteps, finalShare: 0.02 },
        maxEpochs,
        patience: config.patience,
        tokensPerEpoch: batches.rowsPerEpoch,
        *drawEpoch(epoch): Generator<TrainingBatch> {
          for (const { feeds, rowCount } of batches.draw(epochs.fork(`epoch ${epoch}`))) {
            yield { step, feeds, tokenCount: rowCount };
          }
        },
        async validate() {
          const scores = await scorer.scoreAll();
          onEpoch(scores, state);
          return meanGroupNdcg(scores, validation.labels, validationQueries, VALIDATION_DEPTH);
        },
      },
      context,
    );
    return copyParameterValues(state);
  } finally {
    await step.release();
    await scorer.release();
  }
}

/** Initialises the bias to the log-odds of a positive, because learning a rate of one in hundreds takes long. */
function startAtBaseRate(state: ParameterState, queries: readonly QueryRows[], rowCount: number): void {
  const positiveCount = queries.reduce((sum, query) => sum + query.positiveCount, 0);
  const odds = (positiveCount + 1) / (Math.max(0, rowCount - positiveCount) + 1);
  assignParameterValues(state, new Map([[OUTPUT_BIAS, { shape: [1], data: Float32Array.of(Math.log(odds)) }]]));
}

/** Scores a whole table with the current parameters. */
async function createTableScorer(
  size: DeepRankerSize,
  { values, rowCount }: RankingTable,
  state: ParameterState,
  session: SessionOptions,
): Promise<{ scoreAll: () => Promise<Float32Array>; release: () => Promise<void> }> {
  const { graph, scores } = buildDeepRanker(size, VALIDATION_ROWS);
  const evaluation = await createEvaluation(graph, { scores }, state, session);
  const features = new Float32Array(VALIDATION_ROWS * size.featureCount);
  return {
    async scoreAll() {
      const all = new Float32Array(rowCount);
      for (let first = 0; first < rowCount; first += VALIDATION_ROWS) {
        const end = Math.min(rowCount, first + VALIDATION_ROWS);
        features.set(values.subarray(first * size.featureCount, end * size.featureCount));
        const part = (await evaluation.run({ features }))['scores'] as Float32Array;
        all.set(part.subarray(0, end - first), first);
      }
      return all;
    },
    release: () => evaluation.release(),
  };
}
