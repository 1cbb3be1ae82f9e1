import { MatineeError, type Random } from '@matinee/numerics';

/** The items that one batch's softmax runs over, in place of the whole catalogue. */
interface SampledClasses {
  /** Distinct items, [classCount]: every target of the batch, then negatives drawn uniformly. */
  readonly classes: Int32Array;
  /** [classCount], −log of how often an item is expected among the classes (logQ correction). */
  readonly logitOffsets: Float32Array;
  /** Position of each target among `classes`. */
  readonly positions: Int32Array;
}

/** Draws {@link SampledClasses}; keeps scratch memory, so one sampler serves one training. */
export interface ClassSampler {
  /**
   * @param targets Items, the first `count` of which are real; the others get position 0.
   * @throws {MatineeError} `TOO_MANY_TARGETS` when the targets alone are more than `classCount` distinct items.
   */
  sample(targets: Int32Array, count: number, random: Random): SampledClasses;
}

/**
 * A sampler of mixed negatives: the targets of a batch are one another's negatives, which makes popular items negatives
 * more often, and uniform draws reach the rest of the catalogue. Both shares of an item's chance are known, and −log of
 * their sum is added to its logit, so that the expected gradient is about that of the full softmax. No item stands in
 * the classes twice, so none is its own negative.
 *
 * @param shares Share of each item in all targets, summing to 1; length = number of items.
 * @param classCount Distinct items a batch, at most the number of items.
 * @see Yi et al. (2019), Sampling-bias-corrected neural modeling for large corpus item recommendations, RecSys;
 * Yang et al. (2020), Mixed negative sampling for learning two-tower neural networks in recommendations, WWW Companion.
 */
export function createClassSampler(shares: Float64Array, classCount: number): ClassSampler {
  const itemCount = shares.length;
  if (classCount > itemCount) {
    throw new MatineeError('BAD_CONFIG', `${classCount} classes of ${itemCount} items: there are not that many`);
  }
  /** The draw in which an item was last taken, and where it then stood. */
  const takenIn = new Int32Array(itemCount);
  const placeOf = new Int32Array(itemCount);
  let draw = 0;
  return {
    sample(targets, count, random) {
      draw++;
      const classes = new Int32Array(classCount);
      let size = 0;
      const take = (item: number): number => {
        if (takenIn[item] !== draw) {
          if (size === classCount) {
            throw new MatineeError('TOO_MANY_TARGETS', `a batch has more than ${classCount} distinct targets`);
          }
          takenIn[item] = draw;
          placeOf[item] = size;
          classes[size++] = item;
        }
        return placeOf[item];
      };
      const positions = targets.map((target, row) => (row < count ? take(target) : 0));
      const uniform = (classCount - size) / itemCount;
      while (size < classCount) take(random.integer(itemCount));
      const logitOffsets = Float32Array.from(classes, (item) => {
        const amongTargets = -Math.expm1(count * Math.log1p(-Math.min(shares[item], 1 - 1e-12)));
        return -Math.log(Math.min(1, amongTargets + (1 - amongTargets) * uniform));
      });
      return { classes, logitOffsets, positions };
    },
  };
}

/** Share of each item in `items`; length `itemCount`. */
export function shareOfItems(items: Int32Array, itemCount: number): Float64Array {
  const shares = new Float64Array(itemCount);
  for (const item of items) shares[item] += 1 / items.length;
  return shares;
}
