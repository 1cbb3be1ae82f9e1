/**
 * The two towers: one makes a vector of a history, one of an item, and their product says how well they fit.
 *
 * @see Covington, Adams & Sargin (2016), Deep neural networks for YouTube recommendations, RecSys: candidate generation
 * from a pooled watch history. Yi et al. (2019), Sampling-bias-corrected neural modeling for large corpus item
 * recommendations, RecSys: two towers, softmax over the batch, logQ correction. Yang et al. (2020), Mixed negative
 * sampling, WWW Companion. Volkovs, Yu & Poutanen (2017), DropoutNet, NeurIPS: hiding ids in training makes content
 * stand in for them.
 */
import {
  add,
  constantFill,
  createGraph,
  dropout,
  type Graph,
  gather,
  input,
  l2Normalize,
  linear,
  linearCrossEntropy,
  matmul,
  mul,
  parameter,
  relu,
  reshape,
  scale,
  softmax,
  type Tensor,
  transpose,
  truncatedNormalFill,
  xavierUniformFill,
} from '@matinee/numerics/engine';
import { MAX_TOKENS } from './content-features.ts';

/** Size of both towers. */
export interface TwoTowerSize {
  /** Rows of the id table: items with interactions. */
  readonly itemCount: number;
  /** Rows of the token table. */
  readonly tokenCount: number;
  /** History items that count. */
  readonly historyLength: number;
  readonly embeddingDim: number;
  /** Ways in which a history is pooled. */
  readonly headCount: number;
  readonly hiddenDim: number;
  readonly dropoutRate: number;
}

/** Name of the id table: one row for each item with interactions, shared by both towers. */
export const ID_TABLE = 'ids.embedding';

/** Name of the table of content tokens: one row for each word of the vocabulary. */
export const TOKEN_TABLE = 'tokens.embedding';

/**
 * The user tower: a history becomes `headCount` weighted means of its items' vectors, and these become one vector.
 *
 * A history item's weight in a mean is the softmax of what its vector says, where it stands from the end, and how much
 * its event counted. So one mean may follow the last few items and another the taste of years.
 *
 * @param items int32 [batch, historyLength]: numbers of known items, the newest first, 0 in the padding.
 * @param confidences [batch, historyLength]: what each event counts; 0 in the padding.
 * @param padding [batch, 1, historyLength]: 0 for an item, −1e9 for padding.
 * @returns [batch, embeddingDim].
 */
function encodeUsers(graph: Graph, size: TwoTowerSize, items: Tensor, confidences: Tensor, padding: Tensor): Tensor {
  const { historyLength, embeddingDim, headCount, hiddenDim, dropoutRate } = size;
  const [batch] = items.shape;
  const confidence = parameter(graph, 'user.confidence', [1, 1, embeddingDim], truncatedNormalFill(0.02));
  const vectors = gather(idTable(graph, size), items); // [batch, length, d]
  const history = add(vectors, mul(reshape(confidences, [batch, historyLength, 1]), confidence)); // [batch, length, d]
  const queries = parameter(graph, 'user.poolQueries', [embeddingDim, headCount], truncatedNormalFill(0.02));
  const recency = parameter(graph, 'user.poolRecency', [1, headCount, historyLength], recencyFill);
  const fit = transpose(matmul(history, queries)); // [batch, heads, length]
  const weights = softmax(add(add(fit, recency), padding)); // [batch, heads, length]
  const pooled = reshape(matmul(weights, history), [batch, headCount * embeddingDim]); // [batch, heads · d]
  const W1 = parameter(graph, 'user.weight1', [headCount * embeddingDim, hiddenDim], xavierUniformFill());
  const b1 = parameter(graph, 'user.bias1', [hiddenDim], constantFill(0));
  const W2 = parameter(graph, 'user.weight2', [hiddenDim, embeddingDim], xavierUniformFill());
  const direct = parameter(graph, 'user.direct', [headCount * embeddingDim, embeddingDim], xavierUniformFill());
  const hidden = dropout(relu(linear(pooled, W1, b1)), dropoutRate); // [batch, hidden]
  // An item's vector has length 1, so a sharp softmax needs long ones on this side.
  return scale(add(matmul(pooled, direct), matmul(hidden, W2)), Math.sqrt(embeddingDim)); // [batch, d]
}

/** The heads start with different memories: head h halves a weight every 2ʰ⁺¹ items. */
function recencyFill([, headCount, length]: readonly number[]): Float32Array {
  return Float32Array.from({ length: headCount * length }, (_, at) => {
    const [head, position] = [Math.floor(at / length), at % length];
    return (-Math.LN2 * position) / 2 ** (head + 1);
  });
}

/**
 * The item tower: an item's own vector plus what its content says. Without an own vector (no interaction yet, or
 * hidden in training) only content counts.
 *
 * @param ids int32 [count]: numbers of known items, any number where `idShown` is 0.
 * @param idShown [count, 1]: 1 or 0.
 * @param tokens int32 [count, MAX_TOKENS].
 * @param tokenWeights [count, MAX_TOKENS].
 * @returns [count, embeddingDim], rows of length 1: the nearest in a graph are then those of the largest product.
 */
function encodeItems(graph: Graph, size: TwoTowerSize, { ids, idShown, tokens, tokenWeights }: ItemInputs): Tensor {
  const { tokenCount, embeddingDim, hiddenDim } = size;
  const [count] = ids.shape;
  const tokenTable = parameter(graph, TOKEN_TABLE, [tokenCount, embeddingDim], truncatedNormalFill(0.02));
  const own = mul(gather(idTable(graph, size), ids), idShown); // [count, d]
  const means = matmul(reshape(tokenWeights, [count, 1, MAX_TOKENS]), gather(tokenTable, tokens)); // [count, 1, d]
  const content = reshape(means, [count, embeddingDim]);
  const W1 = parameter(graph, 'item.weight1', [embeddingDim, hiddenDim], xavierUniformFill());
  const b1 = parameter(graph, 'item.bias1', [hiddenDim], constantFill(0));
  const W2 = parameter(graph, 'item.weight2', [hiddenDim, embeddingDim], xavierUniformFill());
  return l2Normalize(add(add(own, content), matmul(relu(linear(content, W1, b1)), W2))); // [count, d]
}

/** Inputs of {@link encodeItems}. */
interface ItemInputs {
  readonly ids: Tensor;
  readonly idShown: Tensor;
  readonly tokens: Tensor;
  readonly tokenWeights: Tensor;
}

function declareUsers(graph: Graph, { historyLength }: TwoTowerSize, batchSize: number): [Tensor, Tensor, Tensor] {
  return [
    input(graph, 'items', [batchSize, historyLength], 'int32'),
    input(graph, 'confidences', [batchSize, historyLength]),
    input(graph, 'padding', [batchSize, 1, historyLength]),
  ];
}

function declareItems(graph: Graph, count: number): ItemInputs {
  return {
    ids: input(graph, 'ids', [count], 'int32'),
    idShown: input(graph, 'idShown', [count, 1]),
    tokens: input(graph, 'tokens', [count, MAX_TOKENS], 'int32'),
    tokenWeights: input(graph, 'tokenWeights', [count, MAX_TOKENS]),
  };
}

/**
 * The training graph: cross-entropy of each history's next item among `classCount` items, with logQ-corrected logits.
 *
 * Inputs beside those of the towers: `targets` int32 [batch], positions among the classes; `logitOffsets` [classCount];
 * `weights` [batch], 0 for unused places.
 */
export function buildTwoTowerTraining(
  size: TwoTowerSize,
  { batchSize, classCount }: { readonly batchSize: number; readonly classCount: number },
): { readonly graph: Graph; readonly loss: Tensor } {
  const graph = createGraph({ training: true });
  const users = encodeUsers(graph, size, ...declareUsers(graph, size, batchSize)); // [batch, d]
  const items = encodeItems(graph, size, declareItems(graph, classCount)); // [classes, d]
  const targets = input(graph, 'targets', [batchSize], 'int32');
  const weights = input(graph, 'weights', [batchSize]);
  const logitOffsets = input(graph, 'logitOffsets', [classCount]);
  return { graph, loss: linearCrossEntropy(users, items, targets, { weights, logitOffsets }) };
}

/** The user tower alone, for serving and validation. */
export function buildUserTower(
  size: TwoTowerSize,
  batchSize: number,
): { readonly graph: Graph; readonly users: Tensor } {
  const graph = createGraph();
  return { graph, users: encodeUsers(graph, size, ...declareUsers(graph, size, batchSize)) };
}

/** The item tower alone: for the vectors of a catalogue, and of what is new in it. */
export function buildItemTower(size: TwoTowerSize, count: number): { readonly graph: Graph; readonly items: Tensor } {
  const graph = createGraph();
  return { graph, items: encodeItems(graph, size, declareItems(graph, count)) };
}

function idTable(graph: Graph, { itemCount, embeddingDim }: TwoTowerSize): Tensor {
  return parameter(graph, ID_TABLE, [itemCount, embeddingDim], truncatedNormalFill(0.05));
}
