import { createRandom, MatineeError } from '@matinee/numerics';
import { type AdamConfig, copyParameterValues, createParameters } from '@matinee/numerics/engine';
import Type, { type Static, type TSchema } from 'typebox';
import { requireArray } from '../artifacts/artifact-fields.ts';
import { withCurrentNames } from '../config/earlier-names.ts';
import type { Dimension } from '../config/search-dimension.ts';
import { defineFamily, type SourceFamily } from '../retrieval/define-family.ts';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import { parametersOfArtifact } from '../training/parameter-arrays.ts';
import { trainNetwork } from '../training/train-network.ts';
import { startWarm } from '../training/warm-start.ts';
import {
  buildSequences,
  findKnownItems,
  holdOutLastItems,
  type KnownItems,
  namesOfItems,
  numberItems,
  requirePairs,
} from './sequence-data.ts';
import { createSequenceModel, type SequenceParts } from './sequence-model.ts';
import { ITEM_TABLE, type SequenceNetwork } from './sequence-network.ts';
import { createSequenceValidation } from './sequence-validation.ts';

/** Settings of training that all sequence networks share. */
export const sequenceConfigFields = {
  dropoutRate: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
  /** Highest learning rate of Adam: reached by warm-up, left along half a cosine. */
  learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  /** Share of all steps over which the rate rises from 0. */
  warmupShare: Type.Number({ minimum: 0, maximum: 0.5 }),
  /** Decoupled weight decay (AdamW). */
  weightDecay: Type.Number({ minimum: 0, maximum: 10 }),
  /** Gradients longer than this are cut to it. */
  clipNorm: Type.Number({ exclusiveMinimum: 0 }),
  maxEpochs: Type.Integer({ minimum: 1, maximum: 10_000 }),
  /** Epochs without a better validation after which training ends. */
  patience: Type.Integer({ minimum: 1 }),
  /** Users whose last item is kept from training to validate with; 0: all train, and the last epoch is kept. */
  validationUsers: Type.Integer({ minimum: 0 }),
};

const sequenceSchema = Type.Object(sequenceConfigFields);

/** What every sequence network is configured with. */
export type SequenceConfig = Static<typeof sequenceSchema>;

export const SEQUENCE_DEFAULTS: SequenceConfig = {
  dropoutRate: 0.1,
  learningRate: 0.002,
  warmupShare: 0.05,
  weightDecay: 0,
  clipNorm: 5,
  maxEpochs: 40,
  // The learning rate falls to the end: what an epoch in the middle gains or loses says little.
  patience: 12,
  validationUsers: 1000,
};

/** What few interactions need against overfitting: docs/decisions/0031-small-data.md has the figures. */
export const SMALL_DATA_DROPOUT = 0.4;

/** What to search of weight decay: no decay is the default, and no range by order of magnitude contains 0. */
export const WEIGHT_DECAY = { choice: [0, 0.001, 0.01, 0.1] } satisfies Dimension;

/** What differs between the traits of sequence networks. */
type OwnTraits = Pick<FamilyTraits, 'answerName' | 'explains' | 'training' | 'searchSpace' | 'notes'>;

/** One kind of sequence network as a retrieval family. */
export interface SequenceFamilyDefinition<Schema extends TSchema> {
  readonly kind: string;
  /** Raised when parameters change their meaning. */
  readonly version: number;
  readonly schema: Schema;
  readonly defaults: Static<Schema> & SequenceConfig;
  readonly traits: OwnTraits;
  /** @param itemCount Known items. */
  createNetwork(config: Static<Schema>, itemCount: number): SequenceNetwork;
}

/**
 * Makes a retrieval family of a network over item sequences. All of them learn the next item of every sequence of
 * positive interactions, hold out last items to stop at the best epoch, and score an item by the product of its row in
 * the item table with the vector that the network makes of a history.
 */
export function createSequenceFamily<Schema extends TSchema>(
  definition: SequenceFamilyDefinition<Schema>,
): SourceFamily<Static<Schema> & SequenceConfig & object> {
  type Config = Static<Schema> & SequenceConfig & object;
  const { kind, version, schema, defaults } = definition;
  const traits: FamilyTraits = {
    ...definition.traits,
    reads: 'sequence',
    liveUpdates: 'never',
    role: 'sequence',
    goodFor: [],
  };
  const createModel = (config: Config, parts: SequenceParts) => {
    const network = definition.createNetwork(config, parts.known.count);
    return createSequenceModel({ kind, traits, version, config, network, parts });
  };
  return defineFamily<Config>({
    kind,
    version,
    schema,
    defaults,
    traits,
    check: (config) => requireHeads(kind, config),
    configOfArtifact: withCurrentNames,
    async fit(data, config, context) {
      const known = findKnownItems(data);
      const network = definition.createNetwork(config, known.count);
      const values = await trainSequenceNetwork({ kind, config, network, known }, data, context);
      return createModel(config, { known, values });
    },
    async load(artifact, config) {
      const itemIndices = requireArray(artifact, 'itemIndices', Int32Array);
      const [itemCount] = requireArray(artifact, 'itemCount', Int32Array, 1);
      if (!itemIndices.every((item, at) => item > (itemIndices[at - 1] ?? -1) && item < itemCount)) {
        throw new MatineeError('BAD_ARTIFACT', `${kind}: the known items are not ascending indices below ${itemCount}`);
      }
      const known = numberItems(itemIndices, itemCount);
      const { graph } = definition.createNetwork(config, known.count).buildEncoder({ batchSize: 1, length: 1 });
      return createModel(config, { known, values: parametersOfArtifact(artifact, graph) });
    },
  });
}

/** @throws {MatineeError} `BAD_CONFIG` when the heads of a network with attention do not divide its width. */
function requireHeads(kind: string, config: { headCount?: number; embeddingDim?: number }): void {
  const { headCount = 1, embeddingDim = headCount } = config;
  if (embeddingDim % headCount !== 0) {
    throw new MatineeError('BAD_CONFIG', `${kind}, field "headCount": ${headCount} does not divide ${embeddingDim}`);
  }
}

/** What is trained. */
interface UntrainedSequenceModel {
  readonly kind: string;
  readonly config: SequenceConfig;
  readonly network: SequenceNetwork;
  readonly known: KnownItems;
}

async function trainSequenceNetwork(
  { kind, config, network, known }: UntrainedSequenceModel,
  data: TrainingData,
  context: FitContext,
): Promise<SequenceParts['values']> {
  const { random, threadCount } = context;
  const sequences = buildSequences(data, known);
  const { train, queries } = holdOutLastItems(sequences, config.validationUsers, random.fork('validation'));
  requirePairs(kind, train);
  const training = network.prepareTraining(train, random.fork('plan'));
  const state = createParameters(training.graph, random.fork('parameters').integer(2 ** 32));
  if (context.warmStart) {
    startWarm(kind, state, context.warmStart.artifact, {
      [ITEM_TABLE]: namesOfItems(known, data.items, context.warmStart),
    });
  }
  const adam: AdamConfig = { clipNorm: config.clipNorm, weightDecay: config.weightDecay };
  const session = threadCount === undefined ? {} : { threadCount };
  const compiled = await training.compile(state, { adam, session });
  const validation = await createSequenceValidation(network, queries, state, session);
  const totalSteps = Math.max(2, training.stepsPerEpoch * config.maxEpochs);
  const warmupSteps = Math.floor(config.warmupShare * totalSteps);
  // Each epoch draws from a stream of its own, so that a resumed run repeats what it has not done yet.
  const epochs = createRandom(random.fork('epochs').integer(2 ** 32));
  try {
    await trainNetwork(
      {
        state,
        schedule: { learningRate: config.learningRate, warmupSteps, decay: 'cosine', totalSteps, finalShare: 0.02 },
        maxEpochs: config.maxEpochs,
        patience: config.patience,
        tokensPerEpoch: training.tokensPerEpoch,
        drawEpoch: (epoch) => compiled.drawEpoch(epochs.fork(`epoch ${epoch}`)),
        validate: validation?.ndcg,
      },
      context,
    );
    return copyParameterValues(state);
  } finally {
    await compiled.release();
    await validation?.release();
  }
}
