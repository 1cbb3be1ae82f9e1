/**
 * A time-aware transformer: causal attention with a bias by elapsed time, in gated residual layers.
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
import type { SourceFamily } from '../retrieval/define-family.ts';
import { causalMask, HIDDEN, type LastPositions, lastPositions, normalize, takeLast } from './attention-layers.ts';
import {
  ATTENTION_DEFAULTS,
  attentionConfigFields,
  nextItemLoss,
  prepareAttentionProgress,
  SMALL_ATTENTION,
  TRANSFORMER_SPACE,
} from './attention-training.ts';
import { TIME_BUCKETS, type TimedPlaces, timeBucket, waitsOf } from './elapsed-time.ts';
import { fillHistories } from './sequence-batches.ts';
import { createSequenceFamily, SEQUENCE_DEFAULTS, sequenceConfigFields } from './sequence-family.ts';
import {
  encoderLengthsOf,
  ITEM_TABLE,
  type SequenceBatchShape,
  type SequenceEncoderGraph,
  type SequenceNetwork,
  type SequenceTrainingGraph,
  tensorNamed,
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

/** The inputs of a batch in the graph; all int32 [batch, length], padded at the end. */
interface TimedInputs {
  readonly items: Tensor;
  readonly positions: Tensor;
  /** Bucket of the time from each item to the moment its successor is requested. */
  readonly waits: Tensor;
}

/**
 * Returns what time adds to a block's attention, hidden positions included: [batch, heads, queryCount, length], with
 * queryCount = length or 1.
 *
 * @param queryPositions The only positions that attend; all of them where absent.
 */
type TimeBias = (block: number, queryPositions?: LastPositions) => Tensor;

/**
 * The network from items and times to one vector per position.
 *
 * Position i predicts what comes after item i at the moment of the request: its input holds how long ago
 * item i was, and its attention to item j is biased by how long ago j was.
 *
 * @param last The only positions wanted, for an encoder; all of them where absent.
 * @returns [batch, length, embeddingDim], or [batch, 1, embeddingDim] with `last`.
 */
export function encodeTimeTransformer(
  graph: Graph,
  size: TimeTransformerSize,
  inputs: TimedInputs,
  biasOf: TimeBias,
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
    const queryPositions = block === blockCount - 1 ? last : undefined;
    const seen = normalize(graph, `${name}.norm1`, x);
    const attended = attend(graph, `${name}.attention`, size, seen, biasOf(block, queryPositions), queryPositions);
    const [here, h] = queryPositions ? [takeLast(x, queryPositions), takeLast(seen, queryPositions)] : [x, seen];
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

/** Softmax(Q Kᵀ / √d + bias) V, each position seeing itself and those before it; of all positions, or of the last. */
function attend(
  graph: Graph,
  name: string,
  size: TimeTransformerSize,
  x: Tensor,
  bias: Tensor,
  last?: LastPositions,
): Tensor {
  const { embeddingDim, headCount } = size;
  const [batch] = x.shape;
  const headDim = embeddingDim / headCount;
  const projection = parameter(graph, `${name}.qkv`, [embeddingDim, 3 * embeddingDim], xavierUniformFill());
  const [allQueries, keys, values] = split(linear(x, projection), [embeddingDim, embeddingDim, embeddingDim], -1);
  const queries = last ? takeLast(allQueries, last) : allQueries; // [batch, queryCount, d], queryCount = length or 1
  const [Q, K, V] = [queries, keys, values].map((tensor) =>
    transpose(reshape(tensor, [batch, tensor.shape[1], headCount, headDim]), [0, 2, 1, 3]),
  ); // [batch, heads, queryCount or length, headDim]
  // [batch, heads, queryCount, length]
  const scores = matmul(Q, K, { transposeB: true, alpha: 1 / Math.sqrt(headDim) });
  const weights = softmax(add(scores, bias));
  const attended = reshape(transpose(matmul(weights, V), [0, 2, 1, 3]), [batch, queries.shape[1], embeddingDim]);
  return linear(attended, parameter(graph, `${name}.output`, [embeddingDim, embeddingDim], xavierUniformFill()));
}

/**
 * b(elapsed), learned for each block and head, and what hides later positions from earlier ones.
 *
 * @param elapsed int32 [batch, length, length]: bucket of the time from item j to the moment that item i's successor is
 * requested.
 */
export function learnedTimeBias(graph: Graph, { headCount }: TimeTransformerSize, elapsed: Tensor): TimeBias {
  const [batch, length] = elapsed.shape;
  return (block, queryPositions) => {
    const table = parameter(graph, `blocks.${block}.attention.timeBias`, [TIME_BUCKETS, headCount], constantFill(0));
    const since = queryPositions ? takeLast(elapsed, queryPositions) : elapsed; // int32 [batch, queryCount, length]
    const bias = transpose(gather(table, since), [0, 3, 1, 2]); // [batch, heads, queryCount, length]
    const hidden = queryPositions ? reshape(queryPositions.mask, [batch, 1, 1, length]) : causalMask(graph, length);
    return add(bias, hidden);
  };
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
  };
}

function declareElapsed(graph: Graph, { batchSize, length }: SequenceBatchShape): Tensor {
  return input(graph, 'elapsed', [batchSize, length, length], 'int32');
}

/**
 * The training graph of a batch shape; inputs are those of {@link encodeTimeTransformer} and of {@link nextItemLoss}.
 */
export function buildTimeTransformerTraining(
  size: TimeTransformerSize,
  shape: SequenceBatchShape & { readonly targetCount: number; readonly classCount?: number },
  training = true,
): SequenceTrainingGraph {
  const graph = createGraph({ training });
  const inputs = declareInputs(graph, shape);
  const biasOf = learnedTimeBias(graph, size, declareElapsed(graph, shape));
  const encoded = encodeTimeTransformer(graph, size, inputs, biasOf); // [batch, length, d]
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
  const inputs = declareInputs(graph, shape);
  const biasOf = learnedTimeBias(graph, size, declareElapsed(graph, shape));
  const encoded = encodeTimeTransformer(graph, size, inputs, biasOf, last); // [batch, 1, d]
  return { graph, userVectors: reshape(encoded, [batchSize, size.embeddingDim]) }; // [batch, d]
}

/**
 * Builds the same encoder for requests, with the biases as inputs: looking them up in the graph took a third of its
 * time.
 *
 * @param tables Of each block, [TIME_BUCKETS, heads].
 * @param atRequestTime Replaces the request times by those that the network was trained on.
 */
function serveTimeTransformer(
  size: TimeTransformerSize,
  tables: readonly Float32Array[],
  atRequestTime: <Batch extends TimedBatch>(batch: Batch) => Batch,
): Pick<SequenceNetwork, 'buildEncoder' | 'layOut'> {
  const { embeddingDim, blockCount, headCount, maxLength } = size;
  return {
    buildEncoder({ batchSize, length }) {
      const graph = createGraph();
      const last = lastPositions(graph, input(graph, 'lastRows', [batchSize], 'int32'), length);
      const biases = tables.map((_, block) => {
        const queryCount = block === blockCount - 1 ? 1 : length;
        return input(graph, biasName(block), [batchSize, headCount, queryCount, length]);
      });
      const inputs = declareInputs(graph, { batchSize, length });
      const encoded = encodeTimeTransformer(graph, size, inputs, (block) => biases[block], last); // [batch, 1, d]
      return { graph, userVectors: reshape(encoded, [batchSize, embeddingDim]) };
    },
    layOut(histories, shape) {
      const batch = atRequestTime(fillHistories(histories, shape, maxLength));
      const { items, positions, lastRows } = batch;
      return { items, positions, lastRows, waits: waitsOf(batch), ...biasesOf(batch, shape, tables, headCount) };
    },
  };
}

function biasName(block: number): string {
  return `bias.${block}`;
}

/** Computes what {@link learnedTimeBias} adds to each block; for the last block, of the last positions alone. */
function biasesOf(
  { times, targetTimes, lastRows }: TimedBatch & { readonly lastRows: Int32Array },
  { batchSize, length }: SequenceBatchShape,
  tables: readonly Float32Array[],
  headCount: number,
): Feeds {
  const lastBlock = tables.length - 1;
  const rowsOf = (block: number): number => (block === lastBlock ? 1 : length);
  const biases = tables.map((_, block) =>
    new Float32Array(batchSize * headCount * rowsOf(block) * length).fill(HIDDEN),
  );
  const buckets = new Int32Array(length);
  for (let member = 0; member < batchSize; member++) {
    const first = member * length;
    const last = lastRows[member] - first;
    for (let i = 0; i <= last; i++) {
      for (let j = 0; j <= i; j++) buckets[j] = timeBucket(targetTimes[first + i] - times[first + j]);
      for (let block = 0; block <= lastBlock; block++) {
        if (block === lastBlock && i < last) continue;
        const row = block === lastBlock ? 0 : i;
        for (let head = 0; head < headCount; head++) {
          const at = ((member * headCount + head) * rowsOf(block) + row) * length;
          lookUp(tables[block], head, buckets, i + 1, biases[block], at);
        }
      }
    }
  }
  return Object.fromEntries(biases.map((bias, block) => [biasName(block), bias]));
}

/**
 * Writes one head's biases of the first `count` buckets into `into`, from `at` on.
 *
 * @param table [TIME_BUCKETS, heads].
 */
function lookUp(
  table: Float32Array,
  head: number,
  buckets: Int32Array,
  count: number,
  into: Float32Array,
  at: number,
): void {
  const headCount = table.length / TIME_BUCKETS;
  for (let j = 0; j < count; j++) into[at + j] = table[buckets[j] * headCount + head];
}

const timeTransformerConfigSchema = Type.Object(
  {
    ...attentionConfigFields,
    ...sequenceConfigFields,
    /**
     * The moment that a position reads. `used`: when its successor is requested. `hidden`: when its own item was
     * engaged with, so that only the times between past items count.
     */
    requestTime: Type.Union([Type.Literal('used'), Type.Literal('hidden')]),
  },
  { additionalProperties: false },
);

export type TimeTransformerConfig = Static<typeof timeTransformerConfigSchema>;

/** Creates the network of that configuration over `itemCount` known items. */
export function createTimeTransformerNetwork(config: TimeTransformerConfig, itemCount: number): SequenceNetwork {
  const size: TimeTransformerSize = { ...config, itemCount };
  const atRequestTime = <Batch extends TimedBatch>(batch: Batch): Batch =>
    config.requestTime === 'used' ? batch : { ...batch, targetTimes: batch.times };
  return {
    encoderLengths: encoderLengthsOf(config.maxLength),
    buildEncoder: (shape) => buildTimeTransformerEncoder(size, shape),
    serve: (values) => {
      const tables = Array.from(
        { length: size.blockCount },
        (_, block) => tensorNamed(values, `blocks.${block}.attention.timeBias`).data,
      );
      return serveTimeTransformer(size, tables, atRequestTime);
    },
    layOut(histories, shape) {
      const batch = atRequestTime(fillHistories(histories, shape, config.maxLength));
      return { ...timedFeeds(batch, shape), lastRows: batch.lastRows };
    },
    prepareTraining: (sequences, random) =>
      prepareAttentionProgress(config, itemCount, {
        sequences,
        random,
        build: (shape) => buildTimeTransformerTraining(size, shape),
        inputsOf: (batch) => timedFeeds(atRequestTime(batch), batch.bucket),
      }),
  };
}

/**
 * The time-aware transformer as a retrieval model: the items that follow such a history, at such a moment. What it
 * knows beyond SASRec is the moment of the request, so its results stand in rows of their own.
 */
export const timeTransformerFamily: SourceFamily<TimeTransformerConfig> = createSequenceFamily({
  kind: 'time-transformer',
  version: 1,
  schema: timeTransformerConfigSchema,
  defaults: { ...ATTENTION_DEFAULTS, ...SEQUENCE_DEFAULTS, headCount: 2, maxEpochs: 20, requestTime: 'used' },
  traits: {
    answerName: 'sequence_time',
    explains: 'omission',
    training: { smallData: { ...SMALL_ATTENTION, maxEpochs: 16 } },
    searchSpace: TRANSFORMER_SPACE,
    notes: {
      summary: 'The same, with the time since each event as an input: the next title at this moment.',
      code: 'packages/models/src/sequence/time-transformer.ts',
      card: 'docs/models/time-transformer.md',
      paper: { name: 'Zhai et al. 2024', url: 'https://arxiv.org/abs/2402.17152' },
    },
  },
  createNetwork: createTimeTransformerNetwork,
});

interface TimedBatch extends TimedPlaces {
  readonly items: Int32Array;
  readonly positions: Int32Array;
}

function timedFeeds(batch: TimedBatch, { batchSize, length }: SequenceBatchShape): Feeds {
  const { items, positions, times, targetTimes } = batch;
  const elapsed = new Int32Array(batchSize * length * length);
  for (let member = 0; member < batchSize; member++) {
    for (let i = 0; i < length; i++) {
      const row = member * length + i;
      if (targetTimes[row] === 0) break; // padding
      for (let j = 0; j <= i; j++)
        elapsed[row * length + j] = timeBucket(targetTimes[row] - times[member * length + j]);
    }
  }
  return { items, positions, waits: waitsOf(batch), elapsed };
}

function itemTable(graph: Graph, { itemCount, embeddingDim }: TimeTransformerSize): Tensor {
  return parameter(graph, ITEM_TABLE, [itemCount, embeddingDim], truncatedNormalFill(0.02));
}
