/**
 * A transformer that knows when: causal attention with a bias by elapsed time, in gated residual layers.
 *
 * @see Zhai et al. (2024), Actions Speak Louder than Words, ICML (HSTU): section 3 adds a learned bias for the time
 * between two events to attention; the query's own time is that of the request.
 * @see Borisyuk et al. (2025), LiGR: residual layers with a learned gate; Shazeer (2020), GLU variants improve
 * transformer (SwiGLU).
 */
import {
  add,
  constantFill,
  createGraph,
  dropout,
  type Feeds,
  type Graph,
  gather,
  input,
  linear,
  matmul,
  mul,
  parameter,
  reshape,
  scale,
  sigmoid,
  silu,
  softmax,
  split,
  type Tensor,
  transpose,
  truncatedNormalFill,
  xavierUniformFill,
} from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { causalMask, type LastPositions, lastPositions, normalize, takeLast } from './attention-layers.ts';
import {
  ATTENTION_DEFAULTS,
  attentionConfigFields,
  attentionShapes,
  nextItemLoss,
  prepareAttentionTraining,
} from './attention-training.ts';
import { fillHistories } from './sequence-batches.ts';
import { createSequenceFamily, SEQUENCE_DEFAULTS, sequenceConfigFields } from './sequence-family.ts';
import {
  ITEM_TABLE,
  type SequenceBatchShape,
  type SequenceEncoderGraph,
  type SequenceNetwork,
  type SequenceTrainingGraph,
} from './sequence-network.ts';

/** Size of the network. */
interface TimeTransformerSize {
  /** Rows of the item table. */
  readonly itemCount: number;
  readonly maxLength: number;
  readonly embeddingDim: number;
  readonly blockCount: number;
  readonly headCount: number;
  readonly feedForwardDim: number;
  readonly dropoutRate: number;
}

/** Elapsed time in half octaves of seconds: the last bucket holds everything from about 70 years. */
const TIME_BUCKETS = 64;

/** What a batch is, in the graph's own inputs. */
interface TimedInputs {
  /** int32 [batch, length], padded at the end. */
  readonly items: Tensor;
  /** int32 [batch, length]. */
  readonly positions: Tensor;
  /** int32 [batch, length]: bucket of the time from each item to the moment its successor is asked for. */
  readonly waits: Tensor;
  /** int32 [batch, length, length]: bucket of the time from item j to the moment that item i's successor is asked for. */
  readonly elapsed: Tensor;
}

/**
 * The network from items and times to one vector per position.
 *
 * Position i stands for the question "what comes after item i, at the moment of asking": its input holds how long ago
 * item i was, and its attention to item j is biased by how long ago j was.
 *
 * @param last The only positions wanted, for an encoder; all of them where absent.
 * @returns [batch, length, embeddingDim], or [batch, 1, embeddingDim] with `last`.
 */
export function encodeTimeTransformer(
  graph: Graph,
  size: TimeTransformerSize,
  inputs: TimedInputs,
  last?: LastPositions,
): Tensor {
  const { maxLength, embeddingDim, blockCount, dropoutRate } = size;
  const small = truncatedNormalFill(0.02);
  const positionTable = parameter(graph, 'positions.embedding', [maxLength, embeddingDim], small);
  const waitTable = parameter(graph, 'waits.embedding', [TIME_BUCKETS, embeddingDim], small);
  const embedded = scale(gather(itemTable(graph, size), inputs.items), Math.sqrt(embeddingDim)); // [batch, length, d]
  const placed = add(embedded, gather(positionTable, inputs.positions));
  let x = dropout(add(placed, gather(waitTable, inputs.waits)), dropoutRate); // [batch, length, d]
  for (let block = 0; block < blockCount; block++) {
    const name = `blocks.${block}`;
    const asked = block === blockCount - 1 ? last : undefined;
    const seen = normalize(graph, `${name}.norm1`, x);
    const attended = attend(graph, `${name}.attention`, size, seen, inputs, asked);
    const [here, h] = asked ? [takeLast(x, asked), takeLast(seen, asked)] : [x, seen];
    x = addGated(graph, `${name}.gate1`, here, h, attended, size);
    const transformed = normalize(graph, `${name}.norm2`, x);
    x = addGated(graph, `${name}.gate2`, x, transformed, transform(graph, `${name}.ff`, size, transformed), size);
  }
  return normalize(graph, 'norm', x); // [batch, length, d]
}

/** LiGR: x + σ(W h) ⊙ update, with h the layer's normalised input. */
function addGated(graph: Graph, name: string, x: Tensor, h: Tensor, update: Tensor, size: TimeTransformerSize): Tensor {
  const { embeddingDim, dropoutRate } = size;
  const weight = parameter(graph, `${name}.weight`, [embeddingDim, embeddingDim], xavierUniformFill());
  const bias = parameter(graph, `${name}.bias`, [embeddingDim], constantFill(0));
  return add(x, mul(sigmoid(linear(h, weight, bias)), dropout(update, dropoutRate)));
}

/** Softmax(Q Kᵀ / √d + b(elapsed)) V, each position seeing itself and those before it; of all positions, or of the last. */
function attend(
  graph: Graph,
  name: string,
  size: TimeTransformerSize,
  x: Tensor,
  { elapsed }: TimedInputs,
  last?: LastPositions,
): Tensor {
  const { embeddingDim, headCount } = size;
  const [batch, length] = x.shape;
  const headDim = embeddingDim / headCount;
  const projection = parameter(graph, `${name}.qkv`, [embeddingDim, 3 * embeddingDim], xavierUniformFill());
  const [queries, keys, values] = split(linear(x, projection), [embeddingDim, embeddingDim, embeddingDim], -1);
  const asked = last ? takeLast(queries, last) : queries; // [batch, asked, d], asked = length or 1
  const [Q, K, V] = [asked, keys, values].map((tensor) =>
    transpose(reshape(tensor, [batch, tensor.shape[1], headCount, headDim]), [0, 2, 1, 3]),
  ); // [batch, heads, asked or length, headDim]
  const scores = matmul(Q, K, { transposeB: true, alpha: 1 / Math.sqrt(headDim) }); // [batch, heads, asked, length]
  const biasTable = parameter(graph, `${name}.timeBias`, [TIME_BUCKETS, headCount], constantFill(0));
  const since = last ? takeLast(elapsed, last) : elapsed; // int32 [batch, asked, length]
  const bias = transpose(gather(biasTable, since), [0, 3, 1, 2]); // [batch, heads, asked, length]
  const mask = last ? reshape(last.mask, [batch, 1, 1, length]) : causalMask(graph, length);
  const weights = softmax(add(add(scores, bias), mask));
  const attended = reshape(transpose(matmul(weights, V), [0, 2, 1, 3]), [batch, asked.shape[1], embeddingDim]);
  return linear(attended, parameter(graph, `${name}.output`, [embeddingDim, embeddingDim], xavierUniformFill()));
}

/** SwiGLU: (SiLU(x W¹) ⊙ x W²) W³. */
function transform(
  graph: Graph,
  name: string,
  { embeddingDim, feedForwardDim }: TimeTransformerSize,
  x: Tensor,
): Tensor {
  const both = parameter(graph, `${name}.weight12`, [embeddingDim, 2 * feedForwardDim], xavierUniformFill());
  const output = parameter(graph, `${name}.weight3`, [feedForwardDim, embeddingDim], xavierUniformFill());
  const [gate, value] = split(linear(x, both), [feedForwardDim, feedForwardDim], -1);
  return linear(mul(silu(gate), value), output); // [batch, length, d]
}

function declareInputs(graph: Graph, { batchSize, length }: SequenceBatchShape): TimedInputs {
  return {
    items: input(graph, 'items', [batchSize, length], 'int32'),
    positions: input(graph, 'positions', [batchSize, length], 'int32'),
    waits: input(graph, 'waits', [batchSize, length], 'int32'),
    elapsed: input(graph, 'elapsed', [batchSize, length, length], 'int32'),
  };
}

/** The training graph of a batch shape; inputs are those of {@link encodeTimeTransformer} and of {@link nextItemLoss}. */
export function buildTimeTransformerTraining(
  size: TimeTransformerSize,
  shape: SequenceBatchShape & { readonly targetCount: number; readonly classCount?: number },
  training = true,
): SequenceTrainingGraph {
  const graph = createGraph({ training });
  const encoded = encodeTimeTransformer(graph, size, declareInputs(graph, shape)); // [batch, length, d]
  return { graph, loss: nextItemLoss(encoded, itemTable(graph, size), shape) };
}

/** The vector of each history; `lastRows` int32 [batch] is the index of its last item into batch · length. */
export function buildTimeTransformerEncoder(
  size: TimeTransformerSize,
  shape: SequenceBatchShape,
): SequenceEncoderGraph {
  const graph = createGraph();
  const { batchSize, length } = shape;
  const lastRows = input(graph, 'lastRows', [batchSize], 'int32');
  const last = lastPositions(graph, lastRows, length);
  const encoded = encodeTimeTransformer(graph, size, declareInputs(graph, shape), last); // [batch, 1, d]
  return { graph, userVectors: reshape(encoded, [batchSize, size.embeddingDim]) }; // [batch, d]
}

const timeTransformerConfigSchema = Type.Object(
  { ...attentionConfigFields, ...sequenceConfigFields },
  { additionalProperties: false },
);

export type TimeTransformerConfig = Static<typeof timeTransformerConfigSchema>;

/**
 * The time-aware transformer as a retrieval model: the items that follow such a history, at such a moment. What it
 * knows beyond SASRec is the moment of the request, so its results stand in rows of their own.
 */
export const timeTransformerFamily: RetrievalFamily<TimeTransformerConfig> = createSequenceFamily({
  kind: 'time-transformer',
  version: 1,
  schema: timeTransformerConfigSchema,
  defaults: { ...ATTENTION_DEFAULTS, ...SEQUENCE_DEFAULTS, headCount: 2, maxEpochs: 20 },
  createNetwork(config, itemCount): SequenceNetwork {
    const size: TimeTransformerSize = { ...config, itemCount };
    return {
      ...attentionShapes(config),
      buildEncoder: (shape) => buildTimeTransformerEncoder(size, shape),
      layOut(histories, shape) {
        const batch = fillHistories(histories, shape, config.maxLength);
        return { ...timedFeeds(batch, shape), lastRows: batch.lastRows };
      },
      prepareTraining: (sequences, random) =>
        prepareAttentionTraining(config, itemCount, {
          sequences,
          random,
          build: (shape) => buildTimeTransformerTraining(size, shape),
          inputsOf: (batch) => timedFeeds(batch, batch.bucket),
        }),
    };
  },
});

/** The upper half of an octave starts at √2 times its foot. */
const OCTAVE_MIDDLES = Int32Array.from({ length: 31 }, (_, octave) => Math.floor(Math.SQRT2 * 2 ** octave));
const LONGEST = 2 ** 31 - 2;

/**
 * Bucket of an elapsed time: two an octave of 1 + seconds, so a second and a decade are told apart alike.
 *
 * @remarks A request with a long history asks for twenty thousand of them.
 */
export function timeBucket(seconds: number): number {
  const duration = seconds >= LONGEST ? LONGEST + 1 : seconds > 0 ? (seconds | 0) + 1 : 1;
  const octave = 31 - Math.clz32(duration);
  return 2 * octave + (duration > OCTAVE_MIDDLES[octave] ? 1 : 0);
}

interface TimedBatch {
  readonly items: Int32Array;
  readonly positions: Int32Array;
  readonly times: Float64Array;
  readonly targetTimes: Float64Array;
}

function timedFeeds(
  { items, positions, times, targetTimes }: TimedBatch,
  { batchSize, length }: SequenceBatchShape,
): Feeds {
  const waits = new Int32Array(batchSize * length);
  const elapsed = new Int32Array(batchSize * length * length);
  for (let member = 0; member < batchSize; member++) {
    for (let i = 0; i < length; i++) {
      const row = member * length + i;
      if (targetTimes[row] === 0) break; // padding
      waits[row] = timeBucket(targetTimes[row] - times[row]);
      for (let j = 0; j <= i; j++)
        elapsed[row * length + j] = timeBucket(targetTimes[row] - times[member * length + j]);
    }
  }
  return { items, positions, waits, elapsed };
}

function itemTable(graph: Graph, { itemCount, embeddingDim }: TimeTransformerSize): Tensor {
  return parameter(graph, ITEM_TABLE, [itemCount, embeddingDim], truncatedNormalFill(0.02));
}
