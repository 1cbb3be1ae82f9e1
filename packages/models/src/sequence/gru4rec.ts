/**
 * GRU4Rec: a recurrent network over the history, trained with cross-entropy over the whole catalogue.
 *
 * @see Hidasi, Karatzoglou, Baltrunas & Tikk (2016), Session-based Recommendations with Recurrent Neural Networks, ICLR.
 * @see Hidasi & Karatzoglou (2018), Recurrent Neural Networks with Top-k Gains, CIKM: section 5.2 shares one item table
 * between input and output, as here ("constrained embedding").
 */
import {
  constantFill,
  createGraph,
  dropout,
  filled,
  type Graph,
  gather,
  gru,
  input,
  layerNorm,
  linearCrossEntropy,
  matmul,
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
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { type ChunkTrainingGraph, prepareChunkedTraining } from './chunked-training.ts';
import { fillHistories } from './sequence-batches.ts';
import { createSequenceFamily, SEQUENCE_DEFAULTS, sequenceConfigFields } from './sequence-family.ts';
import {
  encoderLengthsOf,
  ITEM_TABLE,
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
}

/**
 * The network from items to one state per step.
 *
 * @param items int32 [length, batch], time-major, padded at the end.
 * @param initialState [batch, stateDim]: zeros at the start of a history, the last state of the chunk before when
 * a longer one is cut (truncated back-propagation through time).
 * @returns [length, batch, stateDim].
 */
export function encodeGru4Rec(graph: Graph, config: Gru4RecSize, items: Tensor, initialState: Tensor): Tensor {
  const { embeddingDim, stateDim, dropoutRate } = config;
  // Scaled by √d as a transformer's: vectors small enough for the softmax would hardly move the gates.
  const vectors = scale(gather(itemTable(graph, config), items), Math.sqrt(embeddingDim)); // [length, batch, d]
  const embedded = dropout(vectors, dropoutRate); // [length, batch, d]
  const fill = uniformFill(1 / Math.sqrt(stateDim));
  return gru(embedded, initialState, {
    input: parameter(graph, 'gru.input', [3 * stateDim, embeddingDim], fill),
    recurrent: parameter(graph, 'gru.recurrent', [3 * stateDim, stateDim], fill),
    bias: parameter(graph, 'gru.bias', [6 * stateDim], constantFill(0)),
  }); // [length, batch, stateDim]
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

/**
 * The training graph of a batch shape; the loss is computed at `targetCount` chosen steps only.
 *
 * Inputs: `items` int32 [length, batch]; `initialState` [batch, stateDim]; `rows` int32 [targetCount], indices into
 * length · batch; `targets` int32 [targetCount]; `weights` [targetCount], 0 for unused places.
 */
export function buildGru4RecTraining(
  config: Gru4RecSize,
  { batchSize, length, targetCount }: SequenceBatchShape & { readonly targetCount: number },
  training = true,
): ChunkTrainingGraph {
  const { stateDim, dropoutRate } = config;
  const graph = createGraph({ training });
  const items = input(graph, 'items', [length, batchSize], 'int32');
  const initialState = input(graph, 'initialState', [batchSize, stateDim]);
  const rows = input(graph, 'rows', [targetCount], 'int32');
  const targets = input(graph, 'targets', [targetCount], 'int32');
  const weights = input(graph, 'weights', [targetCount]);
  const states = encodeGru4Rec(graph, config, items, initialState); // [length, batch, stateDim]
  const chosen = gather(reshape(states, [length * batchSize, stateDim]), rows); // [targetCount, stateDim]
  const hidden = toItemSpace(graph, config, dropout(chosen, dropoutRate)); // [targetCount, d]
  return {
    graph,
    loss: linearCrossEntropy(hidden, itemTable(graph, config), targets, { weights }),
    finalState: reshape(slice(states, 0, length - 1, length), [batchSize, stateDim]),
  };
}

/**
 * The vector of each history. Inputs: `items` int32 [length, batch]; `lastRows` int32 [batch], the index into
 * length · batch of each history's last real item. The first state is zero.
 */
export function buildGru4RecEncoder(
  config: Gru4RecSize,
  { batchSize, length }: SequenceBatchShape,
): SequenceEncoderGraph {
  const { stateDim } = config;
  const graph = createGraph();
  const items = input(graph, 'items', [length, batchSize], 'int32');
  const lastRows = input(graph, 'lastRows', [batchSize], 'int32');
  const states = encodeGru4Rec(graph, config, items, filled(graph, [batchSize, stateDim], 0));
  const last = gather(reshape(states, [length * batchSize, stateDim]), lastRows); // [batch, stateDim]
  return { graph, userVectors: toItemSpace(graph, config, last) }; // [batch, d]
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
  },
  { additionalProperties: false },
);

export type Gru4RecConfig = Static<typeof gru4RecConfigSchema>;

/**
 * GRU4Rec as a retrieval model: the items that follow such a history.
 *
 * fit: epochs · tokens · (6 · items · d + 36 d²) multiply-adds; a request runs its newest items once.
 */
export const gru4RecFamily: RetrievalFamily<Gru4RecConfig> = createSequenceFamily({
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
  },
  createNetwork(config, itemCount): SequenceNetwork {
    const size: Gru4RecSize = { ...config, itemCount };
    const { maxLength } = config;
    return {
      encoderLengths: encoderLengthsOf(maxLength),
      buildEncoder: (shape) => buildGru4RecEncoder(size, shape),
      layOut(histories, shape) {
        const { items, lastRows } = fillHistories(histories, shape, maxLength);
        const { batchSize, length } = shape;
        return {
          items: toTimeMajor(items, batchSize, length),
          // The step counts first, then the member; in a place without a history any row will do.
          lastRows: lastRows.map((row, member) => (row % length) * batchSize + member),
        };
      },
      prepareTraining: (sequences) =>
        prepareChunkedTraining({
          sequences,
          shape: { batchSize: config.batchSize, length: config.chunkLength },
          stateWidth: config.stateDim,
          build: (shape) => buildGru4RecTraining(size, shape),
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
