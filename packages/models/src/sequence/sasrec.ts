/**
 * SASRec: self-attentive sequential recommendation, trained with cross-entropy over the whole catalogue.
 *
 * @see Kang & McAuley (2018), Self-Attentive Sequential Recommendation, ICDM. Section numbers below are the paper's.
 * @see Klenitskiy & Vasilev (2023), Turning Dross Into Gold Loss, RecSys: cross-entropy instead of one sampled
 * negative.
 */
import {
  add,
  constantFill,
  createGraph,
  dropout,
  type Graph,
  gather,
  input,
  linear,
  matmul,
  parameter,
  relu,
  reshape,
  scale,
  softmax,
  split,
  type Tensor,
  transpose,
  truncatedNormalFill,
  xavierUniformFill,
} from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import type { SourceFamily } from '../retrieval/define-family.ts';
import { causalMask, type LastPositions, lastPositions, normalize, takeLast } from './attention-layers.ts';
import {
  ATTENTION_DEFAULTS,
  attentionConfigFields,
  nextItemLoss,
  prepareAttentionProgress,
  SMALL_ATTENTION,
  TRANSFORMER_SPACE,
} from './attention-training.ts';
import { fillHistories } from './sequence-batches.ts';
import { createSequenceFamily, SEQUENCE_DEFAULTS, sequenceConfigFields } from './sequence-family.ts';
import {
  encoderLengthsOf,
  ITEM_TABLE,
  type SequenceBatchShape,
  type SequenceEncoderGraph,
  type SequenceNetwork,
  type SequenceTrainingGraph,
} from './sequence-network.ts';

/** Size of a SASRec. */
export interface SasRecSize {
  /** Rows of the item table. */
  readonly itemCount: number;
  /** Longest history, in items. */
  readonly maxLength: number;
  readonly embeddingDim: number;
  readonly blockCount: number;
  /** Attention heads; must divide `embeddingDim`. */
  readonly headCount: number;
  /** Width of the feed-forward layer; the paper's is `embeddingDim`. */
  readonly feedForwardDim: number;
  readonly dropoutRate: number;
}

/**
 * The network from items to one vector per position.
 *
 * Histories are padded at the end. Attention is causal, so no real position ever sees padding and no padding mask is
 * needed; what comes out at padded positions is meaningless and must not be read.
 *
 * @param items int32 [batch, length], each in [0, itemCount).
 * @param positions int32 [batch, length], each in [0, maxLength): which position embedding goes with each item.
 * @param last The only positions wanted, for an encoder; all of them where absent.
 * @returns [batch, length, embeddingDim], or [batch, 1, embeddingDim] with `last`.
 */
export function encodeSasRec(
  graph: Graph,
  config: SasRecSize,
  items: Tensor,
  positions: Tensor,
  last?: LastPositions,
): Tensor {
  const { maxLength, embeddingDim, blockCount, dropoutRate } = config;
  const positionTable = parameter(graph, 'positions.embedding', [maxLength, embeddingDim], truncatedNormalFill(0.02));

  // III.A Embedding layer: Ê = M[s] + P, the item vectors scaled by √d as in the authors' code.
  const embedded = scale(gather(itemTable(graph, config), items), Math.sqrt(embeddingDim)); // [batch, length, d]
  let x = dropout(add(embedded, gather(positionTable, positions)), dropoutRate); // [batch, length, d]

  // III.C Stacking blocks: x + Dropout(g(LayerNorm(x))) around both layers of each block.
  for (let block = 0; block < blockCount; block++) {
    const name = `blocks.${block}`;
    const queryPositions = block === blockCount - 1 ? last : undefined;
    const attended = attend(graph, `${name}.attention`, config, normalize(graph, `${name}.norm1`, x), queryPositions);
    x = add(queryPositions ? takeLast(x, queryPositions) : x, dropout(attended, dropoutRate));
    x = add(
      x,
      dropout(transform(graph, `${name}.feedForward`, config, normalize(graph, `${name}.norm2`, x)), dropoutRate),
    );
  }
  return normalize(graph, 'norm', x); // [batch, length, d]
}

/**
 * III.B Self-attention layer: softmax(Q Kᵀ / √d) V, each position seeing itself and those before it; of all positions,
 * or of the last.
 */
function attend(graph: Graph, name: string, config: SasRecSize, x: Tensor, last?: LastPositions): Tensor {
  const { embeddingDim, headCount } = config;
  const [batch, length] = x.shape;
  const headDim = embeddingDim / headCount;
  // W^Q, W^K and W^V side by side: one product instead of three.
  const projection = parameter(graph, `${name}.qkv`, [embeddingDim, 3 * embeddingDim], xavierUniformFill());
  const [allQueries, keys, values] = split(linear(x, projection), [embeddingDim, embeddingDim, embeddingDim], -1);
  const queries = last ? takeLast(allQueries, last) : allQueries; // [batch, queryCount, d], queryCount = length or 1
  const queryCount = queries.shape[1];
  const [Q, K, V] = [queries, keys, values].map((tensor) =>
    headCount === 1 ? tensor : transpose(reshape(tensor, [batch, tensor.shape[1], headCount, headDim]), [0, 2, 1, 3]),
  ); // [batch, (heads,) queryCount or length, headDim]
  // [batch, (heads,) queryCount, length]
  const scores = matmul(Q, K, { transposeB: true, alpha: 1 / Math.sqrt(headDim) });
  const lastMask = last && (headCount === 1 ? last.mask : reshape(last.mask, [batch, 1, 1, length]));
  const weights = softmax(add(scores, lastMask ?? causalMask(graph, length)));
  const attended = matmul(weights, V); // [batch, (heads,) queryCount, headDim]
  if (headCount === 1) return attended;
  return reshape(transpose(attended, [0, 2, 1, 3]), [batch, queryCount, embeddingDim]);
}

/** III.B Point-wise feed-forward network: ReLU(x W¹ + b¹) W² + b². */
function transform(graph: Graph, name: string, config: SasRecSize, x: Tensor): Tensor {
  const { embeddingDim, feedForwardDim } = config;
  const W1 = parameter(graph, `${name}.weight1`, [embeddingDim, feedForwardDim], xavierUniformFill());
  const b1 = parameter(graph, `${name}.bias1`, [feedForwardDim], constantFill(0));
  const W2 = parameter(graph, `${name}.weight2`, [feedForwardDim, embeddingDim], xavierUniformFill());
  const b2 = parameter(graph, `${name}.bias2`, [embeddingDim], constantFill(0));
  return linear(relu(linear(x, W1, b1)), W2, b2); // [batch, length, d]
}

/**
 * The training graph of a batch shape. The loss is computed at `targetCount` chosen positions only, since half of a
 * padded batch is padding.
 *
 * Inputs: `items` and `positions` int32 [batch, length]; `rows` int32 [targetCount], indices into batch · length;
 * `targets` int32 [targetCount], the item that follows each; `weights` [targetCount], 0 for unused places. With
 * `classCount`, `targets` are positions among `classes` int32 [classCount] with `logitOffsets` [classCount].
 */
export function buildSasRecTraining(
  config: SasRecSize,
  shape: SequenceBatchShape & { readonly targetCount: number; readonly classCount?: number },
  training = true,
): SequenceTrainingGraph {
  const graph = createGraph({ training });
  const items = input(graph, 'items', [shape.batchSize, shape.length], 'int32');
  const positions = input(graph, 'positions', [shape.batchSize, shape.length], 'int32');
  const encoded = encodeSasRec(graph, config, items, positions); // [batch, length, d]
  // III.D Prediction layer: scores are products with the item table of the embedding layer.
  return { graph, loss: nextItemLoss(encoded, itemTable(graph, config), shape) };
}

/**
 * The vector of each history. Inputs: `items` and `positions` as in training; `lastRows` int32 [batch], the index into
 * batch · length of each history's last real item.
 */
export function buildSasRecEncoder(
  config: SasRecSize,
  { batchSize, length }: SequenceBatchShape,
): SequenceEncoderGraph {
  const graph = createGraph();
  const items = input(graph, 'items', [batchSize, length], 'int32');
  const positions = input(graph, 'positions', [batchSize, length], 'int32');
  const lastRows = input(graph, 'lastRows', [batchSize], 'int32');
  const last = lastPositions(graph, lastRows, length);
  const encoded = encodeSasRec(graph, config, items, positions, last); // [batch, 1, d]
  return { graph, userVectors: reshape(encoded, [batchSize, config.embeddingDim]) }; // [batch, d]
}

const sasRecConfigSchema = Type.Object(
  { ...attentionConfigFields, ...sequenceConfigFields },
  { additionalProperties: false },
);

export type SasRecConfig = Static<typeof sasRecConfigSchema>;

/**
 * SASRec as a retrieval model: the items that follow such a history.
 *
 * fit: epochs · tokens · (6 · items · d + 2 blocks) multiply-adds; a request encodes its newest items once.
 */
export const sasRecFamily: SourceFamily<SasRecConfig> = createSequenceFamily({
  kind: 'sasrec',
  version: 1,
  schema: sasRecConfigSchema,
  defaults: { ...ATTENTION_DEFAULTS, ...SEQUENCE_DEFAULTS },
  traits: {
    answerName: 'sequence_sasrec',
    explains: 'omission',
    training: { smallData: { ...SMALL_ATTENTION, maxEpochs: 20, learningRate: 0.003 } },
    searchSpace: TRANSFORMER_SPACE,
    notes: {
      summary: 'A transformer attends to the whole history and predicts the next title.',
      code: 'packages/models/src/sequence/sasrec.ts',
      card: 'docs/models/sasrec.md',
      paper: { name: 'Kang & McAuley 2018', url: 'https://arxiv.org/abs/1808.09781' },
    },
  },
  createNetwork(config, itemCount): SequenceNetwork {
    const size: SasRecSize = { ...config, itemCount };
    return {
      encoderLengths: encoderLengthsOf(config.maxLength),
      buildEncoder: (shape) => buildSasRecEncoder(size, shape),
      layOut(histories, shape) {
        const { items, positions, lastRows } = fillHistories(histories, shape, config.maxLength);
        return { items, positions, lastRows };
      },
      prepareTraining: (sequences, random) =>
        prepareAttentionProgress(config, itemCount, {
          sequences,
          random,
          build: (shape) => buildSasRecTraining(size, shape),
          inputsOf: ({ items, positions }) => ({ items, positions }),
        }),
    };
  },
});

function itemTable(graph: Graph, { itemCount, embeddingDim }: SasRecSize): Tensor {
  return parameter(graph, ITEM_TABLE, [itemCount, embeddingDim], truncatedNormalFill(0.02));
}
