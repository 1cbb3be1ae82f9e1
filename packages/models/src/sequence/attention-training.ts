import type { Random } from '@matinee/numerics';
import { type Feeds, gather, input, linearCrossEntropy, reshape, type Tensor } from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import type { SpaceDefinition } from '../config/search-dimension.ts';
import { NETWORK_SPACE } from '../training/network-space.ts';
import { createClassSampler, shareOfTargets } from '../training/sampled-classes.ts';
import { planBuckets, type SequenceBatch, type SequenceBucket } from './sequence-batches.ts';
import type { SequenceSet } from './sequence-data.ts';
import { SMALL_DATA_DROPOUT, WEIGHT_DECAY } from './sequence-family.ts';
import { prepareBucketedTraining, type SequenceTraining, type SequenceTrainingGraph } from './sequence-network.ts';

/** Settings that networks with causal attention share. */
export const attentionConfigFields = {
  /** Longest history, in items. */
  maxLength: Type.Integer({ minimum: 1, maximum: 4096 }),
  /** Width of item vectors and of every layer. */
  embeddingDim: Type.Integer({ minimum: 1, maximum: 4096 }),
  blockCount: Type.Integer({ minimum: 1, maximum: 64 }),
  /** Attention heads; must divide `embeddingDim`. */
  headCount: Type.Integer({ minimum: 1, maximum: 64 }),
  /** Width of the feed-forward layers. */
  feedForwardDim: Type.Integer({ minimum: 1, maximum: 16_384 }),
  /** Positions of a training batch, padding included. */
  tokensPerBatch: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  /** What longer histories train with: the newest `maxLength` items, or another stretch every epoch. */
  windows: Type.Union([Type.Literal('recent'), Type.Literal('random')]),
  /** Catalogues of more known items than this train on sampled negatives instead of the full softmax. */
  fullSoftmaxItems: Type.Integer({ minimum: 1 }),
  /** Items in the softmax of a batch beyond that: its targets and uniform draws, with logQ correction. */
  sampledItems: Type.Integer({ minimum: 2 }),
};

const attentionSchema = Type.Object(attentionConfigFields);
type AttentionConfig = Static<typeof attentionSchema>;

export const ATTENTION_DEFAULTS: AttentionConfig = {
  maxLength: 200,
  embeddingDim: 64,
  blockCount: 2,
  headCount: 1,
  feedForwardDim: 256,
  tokensPerBatch: 6400,
  windows: 'random',
  fullSoftmaxItems: 20_000,
  sampledItems: 8192,
};

/** Settings of a transformer for few interactions: smaller batches, so that an epoch has enough steps; more dropout. */
export const SMALL_ATTENTION = { tokensPerBatch: 1600, dropoutRate: SMALL_DATA_DROPOUT };

/** What to search of a transformer. */
export const TRANSFORMER_SPACE: SpaceDefinition = {
  ...NETWORK_SPACE,
  weightDecay: WEIGHT_DECAY,
  blockCount: { integer: [1, 3] },
  feedForwardDim: { choice: [64, 128, 256] },
  tokensPerBatch: { choice: [3200, 6400, 12_800] },
};

/**
 * Cross-entropy of the next item at chosen positions of an encoded batch, over all items or over those of the input
 * `classes`. Declares the inputs `rows`, `targets`, `weights` and, with `classCount`, `classes` and `logitOffsets`.
 *
 * @param encoded [batch, length, d].
 * @param itemTable [items, d].
 */
export function nextItemLoss(
  encoded: Tensor,
  itemTable: Tensor,
  { targetCount, classCount }: { readonly targetCount: number; readonly classCount?: number },
): Tensor {
  const { graph } = encoded;
  const [batch, length, width] = encoded.shape;
  const rows = input(graph, 'rows', [targetCount], 'int32');
  const targets = input(graph, 'targets', [targetCount], 'int32');
  const weights = input(graph, 'weights', [targetCount]);
  const hidden = gather(reshape(encoded, [batch * length, width]), rows); // [targetCount, d]
  if (classCount === undefined) return linearCrossEntropy(hidden, itemTable, targets, { weights });
  const classes = input(graph, 'classes', [classCount], 'int32');
  const logitOffsets = input(graph, 'logitOffsets', [classCount]);
  return linearCrossEntropy(hidden, gather(itemTable, classes), targets, { weights, logitOffsets });
}

interface AttentionProgress {
  readonly sequences: SequenceSet;
  readonly random: Random;
  build(shape: SequenceBucket & { readonly classCount?: number }): SequenceTrainingGraph;
  /** What the network itself is fed of a batch. */
  inputsOf(batch: SequenceBatch): Feeds;
}

/** Plans the training of a network with causal attention: length buckets, full or sampled softmax. */
export function prepareAttentionProgress(
  config: AttentionConfig,
  itemCount: number,
  { sequences, random, build, inputsOf }: AttentionProgress,
): SequenceTraining {
  const { maxLength, tokensPerBatch, windows, fullSoftmaxItems } = config;
  const quarter = Math.ceil(maxLength / 4);
  const lengths = [quarter, 2 * quarter, 3 * quarter].filter((length) => length < maxLength);
  const buckets = planBuckets([...lengths, maxLength], tokensPerBatch);
  if (itemCount <= fullSoftmaxItems) {
    const feedsOf = (batch: SequenceBatch): Feeds => {
      const { rows, targets, weights } = batch;
      return { ...inputsOf(batch), rows, targets, weights };
    };
    return prepareBucketedTraining({ sequences, buckets, windows, random, build, feedsOf });
  }
  const mostTargets = Math.max(...buckets.map(({ targetCount }) => targetCount));
  const classCount = Math.min(itemCount, Math.max(config.sampledItems, mostTargets));
  const part = windows === 'recent' ? 'newest' : 'any';
  const sampler = createClassSampler(
    shareOfTargets(sequences, itemCount, { mostOfSequence: maxLength, part }),
    classCount,
  );
  return prepareBucketedTraining({
    sequences,
    buckets,
    windows,
    random,
    build: (bucket) => build({ ...bucket, classCount }),
    feedsOf(batch, sampling) {
      const { classes, logitOffsets, positions } = sampler.sample(batch.targets, batch.tokenCount, sampling);
      const { rows, weights } = batch;
      return { ...inputsOf(batch), rows, weights, targets: positions, classes, logitOffsets };
    },
  });
}
