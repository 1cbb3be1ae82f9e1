/**
 * GRU4Rec: a recurrent network over the history, trained with cross-entropy over the whole catalogue.
 *
 * @see Hidasi, Karatzoglou, Baltrunas & Tikk (2016), Session-based Recommendations with Recurrent Neural Networks,
 * ICLR.
 * @see Hidasi & Karatzoglou (2018), Recurrent Neural Networks with Top-k Gains, CIKM: section 5.2 shares one item table
 * between input and output, as here ("constrained embedding").
 * @see Beutel et al. (2018), Latent Cross: Making Use of Context in Recurrent Recommender Systems, WSDM: section 5, how
 * long ago the last event was multiplies what goes into the recurrent layer and what comes out of it. With
 * `requestTime: 'used'`.
 */
import {
  add,
  constantFill,
  createGraph,
  dropout,
  type Feeds,
  filled,
  type Graph,
  gather,
  gru,
  input,
  layerNorm,
  linearCrossEntropy,
  matmul,
  mul,
  parameter,
  reshape,
  scale,
  slice,
  type Tensor,
  truncatedNormalFill,
  uniformFill,
  xavierUniformFill,
} from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import type { SourceFamily } from '../retrieval/define-family.ts';
import { NETWORK_SPACE } from '../training/network-space.ts';
import { type ChunkTrainingGraph, prepareChunkedTraining } from './chunked-training.ts';
import { TIME_BUCKETS, waitsOf } from './elapsed-time.ts';
import { fillHistories } from './sequence-batches.ts';
import {
  createSequenceFamily,
  SEQUENCE_DEFAULTS,
  SMALL_DATA_DROPOUT,
  sequenceConfigFields,
  WEIGHT_DECAY,
} from './sequence-family.ts';
import {
  encoderLengthsOf,
  ITEM_TABLE,
  RESUMED_ITEMS,
  type SequenceBatchShape,
  type SequenceEncoderGraph,
  type SequenceNetwork,
} from './sequence-network.ts';

/** Size of a GRU4Rec with one recurrent layer. */
export interface Gru4RecSize {
  /** Rows of the item table. */
  readonly itemCount: number;
  /** Width of item vectors. */
  readonly embeddingDim: number;
  /** Width of the recurrent state. */
  readonly stateDim: number;
  readonly dropoutRate: number;
  /** Whether the time from each item to the request for the next one is an input. Absent: `hidden`. */
  readonly requestTime?: RequestTime;
}

/** `used`: with time, up to the request. `hidden`: the papers' network, without time. */
type RequestTime = 'used' | 'hidden';

/** What a batch is, in the graph's own inputs. */
interface Gru4RecInputs {
  /** int32 [length, batch], time-major, padded at the end. */
  readonly items: Tensor;
  /**
   * int32 [length, batch]: bucket of the time from each item to the moment its successor is requested; absent with
   * `hidden`.
   */
  readonly waits?: Tensor;
}

/**
 * The network from items to one state per step.
 *
 * @param initialState [batch, stateDim]: zeros at the start of a history, the last state of the chunk before when
 * a longer one is cut (truncated back-propagation through time).
 * @returns [length, batch, stateDim].
 */
export function encodeGru4Rec(
  graph: Graph,
  config: Gru4RecSize,
  { items, waits }: Gru4RecInputs,
  initialState: Tensor,
): Tensor {
  const { embeddingDim, stateDim, dropoutRate } = config;
  // Scaled by √d as a transformer's: vectors small enough for the softmax would hardly move the gates.
  const vectors = scale(gather(itemTable(graph, config), items), Math.sqrt(embeddingDim)); // [length, batch, d]
  const embedded = dropout(waits ? cross(graph, 'waits.input', vectors, waits) : vectors, dropoutRate);
  const fill = uniformFill(1 / Math.sqrt(stateDim));
  return gru(embedded, initialState, {
    input: parameter(graph, 'gru.input', [3 * stateDim, embeddingDim], fill),
    recurrent: parameter(graph, 'gru.recurrent', [3 * stateDim, stateDim], fill),
    bias: parameter(graph, 'gru.bias', [6 * stateDim], constantFill(0)),
  }); // [length, batch, stateDim]
}

/** The states of chosen steps, as the moments of asking turn them: [rows, stateDim]. */
function statesAt(graph: Graph, states: Tensor, { waits }: Gru4RecInputs, rows: Tensor): Tensor {
  const [length, batch, width] = states.shape;
  const chosen = gather(reshape(states, [length * batch, width]), rows);
  return waits ? cross(graph, 'waits.output', chosen, gather(reshape(waits, [length * batch]), rows)) : chosen;
}

/** Latent cross: x ⊙ (1 + w), with one w a bucket of time, zero at first. */
function cross(graph: Graph, name: string, x: Tensor, waits: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1];
  return add(x, mul(x, gather(parameter(graph, name, [TIME_BUCKETS, width], constantFill(0)), waits)));
}

/**
 * The feedforward layer of the 2016 paper's figure 1, from chosen states to item vectors. Normalised, since a state is
 * bounded by 1 and a softmax over thousands of items wants larger scores than that gives.
 */
function toItemSpace(graph: Graph, { embeddingDim, stateDim }: Gru4RecSize, states: Tensor): Tensor {
  const weight = parameter(graph, 'output.weight', [stateDim, embeddingDim], xavierUniformFill());
  const gain = parameter(graph, 'output.gain', [embeddingDim], constantFill(1));
  const bias = parameter(graph, 'output.bias', [embeddingDim], constantFill(0));
  return layerNorm(matmul(states, weight), gain, bias); // [rows, d]
}

function declareInputs(
  graph: Graph,
  { requestTime }: Gru4RecSize,
  { batchSize, length }: SequenceBatchShape,
): Gru4RecInputs {
  const items = input(graph, 'items', [length, batchSize], 'int32');
  return requestTime === 'used' ? { items, waits: input(graph, 'waits', [length, batchSize], 'int32') } : { items };
}

/**
 * The training graph of a batch shape; the loss is computed at `targetCount` chosen steps only.
 *
 * Inputs: {@link Gru4RecInputs}; `initialState` [batch, stateDim]; `rows` int32 [targetCount], indices into
 * length · batch; `targets` int32 [targetCount]; `weights` [targetCount], 0 for unused places.
 */
export function buildGru4RecTraining(
  config: Gru4RecSize,
  shape: SequenceBatchShape & { readonly targetCount: number },
  training = true,
): ChunkTrainingGraph {
  const { stateDim, dropoutRate } = config;
  const { batchSize, length, targetCount } = shape;
  const graph = createGraph({ training });
  const inputs = declareInputs(graph, config, shape);
  const initialState = input(graph, 'initialState', [batchSize, stateDim]);
  const rows = input(graph, 'rows', [targetCount], 'int32');
  const targets = input(graph, 'targets', [targetCount], 'int32');
  const weights = input(graph, 'weights', [targetCount]);
  const states = encodeGru4Rec(graph, config, inputs, initialState); // [length, batch, stateDim]
  const chosen = statesAt(graph, states, inputs, rows); // [targetCount, stateDim]
  const hidden = toItemSpace(graph, config, dropout(chosen, dropoutRate)); // [targetCount, d]
  return {
    graph,
    loss: linearCrossEntropy(hidden, itemTable(graph, config), targets, { weights }),
    finalState: reshape(slice(states, 0, length - 1, length), [batchSize, stateDim]),
  };
}

/**
 * The vector of each history. Inputs: {@link Gru4RecInputs}; `lastRows` int32 [batch], the index into
 * length · batch of each history's last real item. The first state is zero.
 */
export function buildGru4RecEncoder(config: Gru4RecSize, shape: SequenceBatchShape): SequenceEncoderGraph {
  const graph = createGraph();
  const inputs = declareInputs(graph, config, shape);
  const lastRows = input(graph, 'lastRows', [shape.batchSize], 'int32');
  const initialState = filled(graph, [shape.batchSize, config.stateDim], 0);
  const states = encodeGru4Rec(graph, config, inputs, initialState); // [length, batch, stateDim]
  const userVectors = toItemSpace(graph, config, statesAt(graph, states, inputs, lastRows)); // [batch, d]
  if (shape.batchSize > 1) return { graph, userVectors };
  const rows = input(graph, 'earlierRows', [RESUMED_ITEMS], 'int32');
  const isState = input(graph, 'isEarlierState', [RESUMED_ITEMS, 1]);
  const earlierStates = mul(gather(reshape(states, [shape.length, config.stateDim]), rows), isState);
  return { graph, userVectors, earlierStates };
}

/** The vectors of histories that go on from a state: the same, with `initialState` [batch, stateDim] as an input. */
function buildResumedEncoder(config: Gru4RecSize): SequenceEncoderGraph {
  const shape = { batchSize: RESUMED_ITEMS, length: RESUMED_ITEMS };
  const graph = createGraph();
  const inputs = declareInputs(graph, config, shape);
  const lastRows = input(graph, 'lastRows', [shape.batchSize], 'int32');
  const states = encodeGru4Rec(graph, config, inputs, input(graph, 'initialState', [shape.batchSize, config.stateDim]));
  return { graph, userVectors: toItemSpace(graph, config, statesAt(graph, states, inputs, lastRows)) };
}

/** The rows of the states before the newest 2, 3, … items of a history with `count` of them. */
function layOutEarlierStates(count: number): Feeds {
  const rows = Int32Array.from({ length: RESUMED_ITEMS }, (_, before) => count - before - 3);
  return {
    earlierRows: rows.map((row) => Math.max(0, row)),
    isEarlierState: Float32Array.from(rows, (row) => Number(row >= 0)),
  };
}

const gru4RecConfigSchema = Type.Object(
  {
    /** Width of item vectors. */
    embeddingDim: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Width of the recurrent state. */
    stateDim: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Longest history that counts, in items. Training sees all of every sequence. */
    maxLength: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Steps that an error is propagated back through; the state itself is carried on to the end of a sequence. */
    chunkLength: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Sequences trained side by side. */
    batchSize: Type.Integer({ minimum: 1, maximum: 65_536 }),
    ...sequenceConfigFields,
    /** `used`: the time from each item to the request for the next one is an input. `hidden`: time is not used. */
    requestTime: Type.Union([Type.Literal('used'), Type.Literal('hidden')]),
  },
  { additionalProperties: false },
);

export type Gru4RecConfig = Static<typeof gru4RecConfigSchema>;

/**
 * GRU4Rec as a retrieval model: the items that follow such a history.
 *
 * fit: epochs · tokens · (6 · items · d + 36 d²) multiply-adds; a request runs its newest items once.
 */
export const gru4RecFamily: SourceFamily<Gru4RecConfig> = createSequenceFamily({
  kind: 'gru4rec',
  version: 1,
  schema: gru4RecConfigSchema,
  defaults: {
    embeddingDim: 64,
    stateDim: 128,
    maxLength: 200,
    chunkLength: 50,
    batchSize: 64,
    ...SEQUENCE_DEFAULTS,
    maxEpochs: 20,
    requestTime: 'hidden',
  },
  traits: {
    answerName: 'sequence_gru',
    explains: 'resumed',
    training: { smallData: { batchSize: 16, dropoutRate: SMALL_DATA_DROPOUT, maxEpochs: 16 } },
    searchSpace: { ...NETWORK_SPACE, weightDecay: WEIGHT_DECAY, stateDim: { choice: [64, 128, 256] } },
    notes: {
      summary: 'A recurrent network reads the history in order and predicts the next title.',
      code: 'packages/models/src/sequence/gru4rec.ts',
      card: 'docs/models/gru4rec.md',
      paper: { name: 'Hidasi & Karatzoglou 2018', url: 'https://arxiv.org/abs/1706.03847' },
    },
  },
  createNetwork(config, itemCount): SequenceNetwork {
    const size: Gru4RecSize = { ...config, itemCount };
    const { maxLength, requestTime } = config;
    return {
      encoderLengths: encoderLengthsOf(maxLength),
      buildEncoder: (shape) => buildGru4RecEncoder(size, shape),
      buildResumed: () => buildResumedEncoder(size),
      layOut(histories, shape) {
        const batch = fillHistories(histories, shape, maxLength);
        const { batchSize, length } = shape;
        return {
          ...(batchSize === 1 && layOutEarlierStates(Math.min(length, histories[0].items.length))),
          items: toTimeMajor(batch.items, batchSize, length),
          ...(requestTime === 'used' && { waits: toTimeMajor(waitsOf(batch), batchSize, length) }),
          // The step counts first, then the member; in a place without a history any row will do.
          lastRows: batch.lastRows.map((row, member) => (row % length) * batchSize + member),
        };
      },
      prepareTraining: (sequences) =>
        prepareChunkedTraining({
          sequences,
          shape: { batchSize: config.batchSize, length: config.chunkLength },
          stateWidth: config.stateDim,
          build: (shape) => buildGru4RecTraining(size, shape),
          inputsOf: ({ items, ...places }) => (requestTime === 'used' ? { items, waits: waitsOf(places) } : { items }),
        }),
    };
  },
});

/** [batch, length] to [length, batch]. */
function toTimeMajor(values: Int32Array, batchSize: number, length: number): Int32Array {
  return values.map((_, at) => values[(at % batchSize) * length + Math.floor(at / batchSize)]);
}

function itemTable(graph: Graph, { itemCount, embeddingDim }: Gru4RecSize): Tensor {
  return parameter(graph, ITEM_TABLE, [itemCount, embeddingDim], truncatedNormalFill(0.02));
}
