/**
 * The network that scores one candidate from its features: cross layers in parallel with a perceptron.
 *
 * @see Wang et al. (2021), DCN V2: Improved deep & cross network and practical lessons for web-scale learning to rank
 * systems, WWW: the parallel structure, with the cross weights of low rank where a table is wide.
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
  logSoftmax,
  matmul,
  mul,
  parameter,
  reduceSum,
  relu,
  reshape,
  scale,
  softplus,
  sub,
  type Tensor,
  truncatedNormalFill,
  xavierUniformFill,
} from '@matinee/numerics/engine';
import { type Standardization, standardize } from './standardize-features.ts';

/** The loss that training minimises. */
export type RankingLoss = 'softmax' | 'logistic';

/** Size of the network. */
export interface DeepRankerSize {
  /** Features of a row. */
  readonly featureCount: number;
  readonly standardization: Standardization;
  readonly crossLayers: number;
  /** Maximum rank of a cross layer's weights; they are full where a low rank saves nothing. */
  readonly crossRank: number;
  /** Widths of the perceptron's layers. */
  readonly hiddenDims: readonly number[];
  readonly dropoutRate: number;
  readonly loss: RankingLoss;
}

/** One training batch: whole queries, their rows packed without gaps. */
export interface DeepRankerBatchShape {
  readonly rowCount: number;
  readonly queryCount: number;
  /** Rows of the largest query. */
  readonly queryWidth: number;
}

/** Name of the bias of every score; only the logistic loss has one. */
export const OUTPUT_BIAS = 'output.bias';

/** Scores rows with features [rows, features]: [rows, 1]. */
function scoreRows(graph: Graph, features: Tensor, size: DeepRankerSize): Tensor {
  const inputs = standardize(features, size.standardization); // [rows, width]
  const crossed = matmul(crossFeatures(graph, inputs, size), outputWeight(graph, 'cross', inputs.shape[1]));
  const deep = perceive(graph, inputs, size);
  const score = deep ? add(crossed, matmul(deep, outputWeight(graph, 'deep', deep.shape[1]))) : crossed;
  // A softmax over a query is invariant to a constant, so a bias would only follow rounding errors.
  return size.loss === 'softmax' ? score : add(score, parameter(graph, OUTPUT_BIAS, [1], constantFill(0)));
}

/** xₗ₊₁ = x₀ ⊙ (xₗ Wₗ + bₗ) + xₗ: layer l holds products of up to l + 1 features. */
function crossFeatures(graph: Graph, inputs: Tensor, { crossLayers, crossRank }: DeepRankerSize): Tensor {
  const width = inputs.shape[1];
  // Small initial weights: products of many features start near 0, so the network starts almost linear.
  const weight = (name: string, shape: [number, number]) => parameter(graph, name, shape, truncatedNormalFill(0.02));
  let crossed = inputs;
  for (let layer = 0; layer < crossLayers; layer++) {
    const name = `cross${layer}`;
    const isFull = 2 * crossRank >= width;
    const bias = parameter(graph, `${name}.bias`, [width], constantFill(0));
    const mixed = isFull
      ? linear(crossed, weight(`${name}.weight`, [width, width]), bias)
      : linear(
          matmul(crossed, weight(`${name}.down`, [width, crossRank])),
          weight(`${name}.up`, [crossRank, width]),
          bias,
        );
    crossed = add(mul(inputs, mixed), crossed);
  }
  return crossed;
}

/** Layers of rectified units; `undefined` without layers. */
function perceive(graph: Graph, inputs: Tensor, { hiddenDims, dropoutRate }: DeepRankerSize): Tensor | undefined {
  let hidden: Tensor | undefined;
  hiddenDims.forEach((width, layer) => {
    const from = hidden ?? inputs;
    const weight = parameter(graph, `deep${layer}.weight`, [from.shape[1], width], xavierUniformFill());
    const bias = parameter(graph, `deep${layer}.bias`, [width], constantFill(0));
    hidden = dropout(relu(linear(from, weight, bias)), dropoutRate);
  });
  return hidden;
}

function outputWeight(graph: Graph, part: string, width: number): Tensor {
  return parameter(graph, `output.${part}`, [width, 1], xavierUniformFill());
}

/** The network for serving, validation and export. Input `features` [rowCount, features], raw. */
export function buildDeepRanker(
  size: DeepRankerSize,
  rowCount: number,
): { readonly graph: Graph; readonly scores: Tensor } {
  const graph = createGraph();
  return { graph, scores: scoreRows(graph, input(graph, 'features', [rowCount, size.featureCount]), size) };
}

/**
 * The training graph. Inputs beside `features`, for softmax:
 *
 * - `places` int32 [queries, queryWidth]: the row of the batch at this place; any row in the padding.
 * - `padding` [queries, queryWidth]: 0 for a row, −1e9 for none.
 * - `shares` [queries, queryWidth]: target distribution over the query's positives; sums to 1 over the batch.
 *
 * For logistic: `labels` and `weights` [rows, 1], with weights that sum to 1 and are 0 for unused rows.
 *
 * @see Bruch, Wang, Bendersky & Najork (2019), An analysis of the softmax cross entropy loss for learning-to-rank with
 * binary relevance, ICTIR.
 */
export function buildDeepRankerTraining(
  size: DeepRankerSize,
  { rowCount, queryCount, queryWidth }: DeepRankerBatchShape,
): { readonly graph: Graph; readonly loss: Tensor } {
  const graph = createGraph({ training: true });
  const scores = scoreRows(graph, input(graph, 'features', [rowCount, size.featureCount]), size); // [rows, 1]
  if (size.loss === 'logistic') {
    const labels = input(graph, 'labels', [rowCount, 1]);
    const weights = input(graph, 'weights', [rowCount, 1]);
    return { graph, loss: reduceSum(mul(weights, sub(softplus(scores), mul(labels, scores)))) };
  }
  const places = input(graph, 'places', [queryCount, queryWidth], 'int32');
  const padding = input(graph, 'padding', [queryCount, queryWidth]);
  const shares = input(graph, 'shares', [queryCount, queryWidth]);
  const laidOut = reshape(gather(scores, places), [queryCount, queryWidth]);
  return { graph, loss: scale(reduceSum(mul(shares, logSoftmax(add(laidOut, padding)))), -1) };
}
