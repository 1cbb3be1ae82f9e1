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
  type Graph,
  gather,
  gru,
  input,
  linearCrossEntropy,
  matmul,
  parameter,
  reshape,
  slice,
  type Tensor,
  truncatedNormalFill,
  uniformFill,
} from '@matinee/numerics/engine';
import type { SequenceBatchShape, SequenceInferenceGraph, SequenceTrainingGraph } from './sasrec.ts';

/** Size of a GRU4Rec with one recurrent layer, as wide as its item vectors. */
export interface Gru4RecConfig {
  /** Rows of the item table. */
  readonly itemCount: number;
  readonly embeddingDim: number;
  readonly dropoutRate: number;
}

/**
 * The network from items to one state per step.
 *
 * @param items int32 [length, batch], time-major, padded at the end.
 * @param initialState [batch, embeddingDim]: zeros at the start of a history, the last state of the chunk before when
 * a longer one is cut (truncated back-propagation through time).
 * @returns [length, batch, embeddingDim].
 */
export function encodeGru4Rec(graph: Graph, config: Gru4RecConfig, items: Tensor, initialState: Tensor): Tensor {
  const { embeddingDim, dropoutRate } = config;
  const embedded = dropout(gather(itemTable(graph, config), items), dropoutRate); // [length, batch, d]
  const fill = uniformFill(1 / Math.sqrt(embeddingDim));
  const states = gru(embedded, initialState, {
    input: parameter(graph, 'gru.input', [3 * embeddingDim, embeddingDim], fill),
    recurrent: parameter(graph, 'gru.recurrent', [3 * embeddingDim, embeddingDim], fill),
    bias: parameter(graph, 'gru.bias', [6 * embeddingDim], constantFill(0)),
  });
  return states; // [length, batch, d]
}

/** What {@link buildGru4RecTraining} returns. */
export interface Gru4RecTrainingGraph extends SequenceTrainingGraph {
  /** [batch, embeddingDim]: the state after the last step, to carry into the next chunk of the same histories. */
  readonly finalState: Tensor;
}

/**
 * The training graph of a batch shape; the loss is computed at `targetCount` chosen steps only.
 *
 * Inputs: `items` int32 [length, batch]; `initialState` [batch, embeddingDim]; `rows` int32 [targetCount], indices into
 * length · batch; `targets` int32 [targetCount]; `weights` [targetCount], 0 for unused places.
 */
export function buildGru4RecTraining(
  config: Gru4RecConfig,
  { batchSize, length, targetCount }: SequenceBatchShape & { readonly targetCount: number },
  training = true,
): Gru4RecTrainingGraph {
  const { embeddingDim, dropoutRate } = config;
  const graph = createGraph({ training });
  const items = input(graph, 'items', [length, batchSize], 'int32');
  const initialState = input(graph, 'initialState', [batchSize, embeddingDim]);
  const rows = input(graph, 'rows', [targetCount], 'int32');
  const targets = input(graph, 'targets', [targetCount], 'int32');
  const weights = input(graph, 'weights', [targetCount]);
  const states = encodeGru4Rec(graph, config, items, initialState); // [length, batch, d]
  const chosen = gather(reshape(states, [length * batchSize, embeddingDim]), rows); // [targetCount, d]
  const hidden = dropout(chosen, dropoutRate);
  return {
    graph,
    loss: linearCrossEntropy(hidden, itemTable(graph, config), targets, { weights }),
    finalState: reshape(slice(states, 0, length - 1, length), [batchSize, embeddingDim]),
  };
}

/**
 * Scores of all items after a history. Inputs: `items` and `initialState` as in training; `lastRows` int32 [batch], the
 * index into length · batch of each history's last real item.
 */
export function buildGru4RecInference(
  config: Gru4RecConfig,
  { batchSize, length }: SequenceBatchShape,
): SequenceInferenceGraph {
  const { embeddingDim } = config;
  const graph = createGraph();
  const items = input(graph, 'items', [length, batchSize], 'int32');
  const initialState = input(graph, 'initialState', [batchSize, embeddingDim]);
  const lastRows = input(graph, 'lastRows', [batchSize], 'int32');
  const states = encodeGru4Rec(graph, config, items, initialState); // [length, batch, d]
  const userVectors = gather(reshape(states, [length * batchSize, embeddingDim]), lastRows); // [batch, d]
  return { graph, userVectors, scores: matmul(userVectors, itemTable(graph, config), { transposeB: true }) };
}

function itemTable(graph: Graph, { itemCount, embeddingDim }: Gru4RecConfig): Tensor {
  return parameter(graph, 'items.embedding', [itemCount, embeddingDim], truncatedNormalFill(0.02));
}
