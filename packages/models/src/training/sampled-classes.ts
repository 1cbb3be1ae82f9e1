import { MatineeError, type Random } from '@matinee/numerics';

/** The items that one batch's softmax runs over, in place of the whole catalogue. */
interface SampledClasses {
  /** Distinct items, [classCount]: every target of the batch, then negatives drawn uniformly. */
  readonly classes: Int32Array;
  /**
   * [classCount], −log of how often an item is expected among the classes (logQ correction); 0 where all items are. For
   * the logits of rows with another target: a row's own target is there with certainty.
   */
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
 * their sum is added to its logit where it is a negative (see `linearCrossEntropy`), so that the sum over the classes is
 * on average that over the catalogue. The gradient is that of the full softmax up to the bias of a ratio of sums, which
 * shrinks with the number of classes. No item stands in the classes twice, so none is its own negative. Items of a
 * user's own history are negatives like all others.
 *
 * @param shares Share of each item in all targets, summing to 1; length = number of items.
 * @param classCount Distinct items a batch, at most the number of items.
 * @see Yi et al. (2019), Sampling-bias-corrected neural modeling for large corpus item recommendations, RecSys;
 * Yang et al. (2020), Mixed negative sampling for learning two-tower neural networks in recommendations, WWW Companion;
 * Khrylchenko et al. (2025), Correcting the LogQ correction: revisiting sampled softmax for large-scale retrieval, RecSys.
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
      // Of the items that are no targets, equally many sets of this size can be drawn.
      const drawn = classCount === itemCount ? 1 : (classCount - size) / (itemCount - size);
      while (size < classCount) take(random.integer(itemCount));
      const logitOffsets = Float32Array.from(classes, (item) => {
        const amongTargets = -Math.expm1(count * Math.log1p(-Math.min(shares[item], 1 - 1e-12)));
        return 0 - Math.log(1 - (1 - amongTargets) * (1 - drawn));
      });
      return { classes, logitOffsets, positions };
    },
  };
}

/** Item sequences by user, as in `SequenceSet`. */
interface ItemSequences {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/**
 * Share of each item in the targets of an epoch; length `itemCount`, summing to 1. A target is an item after the first
 * of its sequence.
 *
 * @param mostOfSequence Targets of a sequence in an epoch. Of a longer one each item counts in proportion, or the newest
 * only with `part: 'newest'`.
 */
export function shareOfTargets(
  { offsets, items }: ItemSequences,
  itemCount: number,
  { mostOfSequence, part }: { readonly mostOfSequence: number; readonly part: 'any' | 'newest' },
): Float64Array {
  const shares = new Float64Array(itemCount);
  let total = 0;
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    const end = offsets[sequence + 1];
    const count = end - offsets[sequence] - 1;
    const start = part === 'newest' ? Math.max(offsets[sequence] + 1, end - mostOfSequence) : offsets[sequence] + 1;
    const each = part === 'newest' ? 1 : Math.min(1, mostOfSequence / count);
    for (let at = start; at < end; at++) {
      shares[items[at]] += each;
      total += each;
    }
  }
  return shares.map((share) => share / total);
}
