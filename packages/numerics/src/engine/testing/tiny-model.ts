import { createRandom } from '../../random.ts';
import { createGraph, type Graph, input, parameter, type Tensor } from '../graph/graph.ts';
import { constantFill, normalFill, xavierUniformFill } from '../initializer.ts';
import * as ops from '../operators/index.ts';
import type { Feeds } from '../session.ts';

const TINY_ITEM_COUNT = 11;
const WIDTH = 6;

/** A next-item model for unit tests: small, but with every kind of parameter that the real models have. */
export interface TinyModel {
  readonly graph: Graph;
  /** [batch, length, width]. */
  readonly encoded: Tensor;
  /** [batch · length, items]. */
  readonly scores: Tensor;
  readonly loss: Tensor;
}

/** Builds the model for one batch shape: embedding, attention over the sequence, layer norm, tied output. */
export function buildTinyModel(batch: number, length: number, training: boolean): TinyModel {
  const graph = createGraph({ training });
  const items = input(graph, 'items', [batch, length], 'int32');
  const targets = input(graph, 'targets', [batch * length], 'int32');
  const table = parameter(graph, 'items.embedding', [TINY_ITEM_COUNT, WIDTH], normalFill(0.5));
  const gain = parameter(graph, 'norm.gain', [WIDTH], constantFill(1));
  const bias = parameter(graph, 'norm.bias', [WIDTH], constantFill(0));
  const weight = parameter(graph, 'dense.weight', [WIDTH, WIDTH], xavierUniformFill());
  const offset = parameter(graph, 'dense.bias', [WIDTH], constantFill(0));
  const x = ops.dropout(ops.gather(table, items), 0.3); // [batch, length, width]
  const attention = ops.softmax(ops.matmul(x, x, { transposeB: true, alpha: 0.4 })); // [batch, length, length]
  const mixed = ops.add(ops.matmul(attention, x), x);
  const hidden = ops.gelu(ops.linear(ops.layerNorm(mixed, gain, bias), weight, offset));
  const rows = ops.reshape(ops.dropout(hidden, 0.2), [batch * length, WIDTH]);
  return {
    graph,
    encoded: hidden,
    scores: ops.matmul(rows, table, { transposeB: true }),
    loss: ops.linearCrossEntropy(rows, table, targets),
  };
}

/** Returns batch `index`. Each item is followed by its successor, so there is a pattern to learn. */
export function drawTinyBatch(batch: number, length: number, index: number): Feeds {
  const random = createRandom(index);
  const items = new Int32Array(batch * length);
  for (let row = 0; row < batch; row++) {
    const start = random.integer(TINY_ITEM_COUNT);
    for (let position = 0; position < length; position++) {
      items[row * length + position] = (start + position) % TINY_ITEM_COUNT;
    }
  }
  return { items, targets: items.map((item) => (item + 1) % TINY_ITEM_COUNT) };
}
