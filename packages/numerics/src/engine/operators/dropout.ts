import { MatineeError } from '../../error.ts';
import { input, type Tensor } from '../graph/graph.ts';
import { mul } from './arithmetic.ts';

/**
 * Zeroes each element with probability `rate` and scales the others by 1 / (1 − rate), so expected values stay the
 * same.
 *
 * Returns `x` itself in a graph that is not built for training. The mask is an input that `TrainStep` fills from (seed,
 * step, mask number). ONNX's own Dropout keeps its generator inside the session, so a resumed run could not repeat it.
 * It is also slower: applying a boolean mask to [6400, 64] takes 0.7 ms, a float mask 0.12 ms.
 *
 * @throws {MatineeError} `BAD_RATE` unless 0 ≤ rate < 1.
 */
export function dropout(x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new MatineeError('BAD_RATE', `dropout: rate must be in [0, 1); got ${rate}`);
  const { graph } = x;
  if (!graph.training || rate === 0) return x;
  const mask = input(graph, `dropout${graph.dropoutMasks.length}`, x.shape);
  graph.dropoutMasks.push({ tensor: mask, keepProbability: 1 - rate });
  return mul(x, mask);
}

/**
 * Fills a mask with 0 or 1 / keep.
 *
 * Element i depends only on (`key`, i), so a step can be repeated without the steps before it. Probabilities have a
 * resolution of 1/65536, and the scale of the kept elements is exact for the rounded probability.
 *
 * @param key 32 bits that differ for every step and mask.
 * @remarks One 32-bit hash (the finaliser of MurmurHash3 over a Weyl sequence) decides two elements.
 */
export function fillDropoutMask(mask: Float32Array | Float64Array, keepProbability: number, key: number): void {
  const threshold = Math.round(keepProbability * 65536);
  const kept = 65536 / threshold;
  const count = mask.length;
  let counter = key | 0;
  for (let index = 0; index < count; index += 2) {
    counter = (counter + 0x9e3779b9) | 0;
    let hash = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    mask[index] = (hash & 0xffff) < threshold ? kept : 0;
    if (index + 1 < count) mask[index + 1] = hash >>> 16 < threshold ? kept : 0;
  }
}
