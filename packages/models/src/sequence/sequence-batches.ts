import { MatineeError, type Random } from '@matinee/numerics';

/** Item sequences, oldest first; sequence s is `items[offsets[s] … offsets[s + 1] - 1]`. */
export interface SequenceSet {
  /** Length sequenceCount + 1. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** One compiled batch shape: it takes the sequences too long for the bucket before it. */
export interface SequenceBucket {
  /** Positions per sequence. */
  readonly length: number;
  /** Most sequences in a batch. */
  readonly batchSize: number;
  /** Most real positions in a batch; see {@link planBuckets}. */
  readonly targetCount: number;
}

/** A batch of next-item examples, in the arrays that the training graphs take. */
export interface SequenceBatch {
  readonly bucket: SequenceBucket;
  /** Real positions; the places after them have weight 0. */
  readonly tokenCount: number;
  /** [batchSize, length], padded at the end with item 0. */
  readonly items: Int32Array;
  /** [batchSize, length]: counted so that every sequence ends at the last position of the longest bucket. */
  readonly positions: Int32Array;
  /** [targetCount], indices of the real positions into batchSize · length. */
  readonly rows: Int32Array;
  /** [targetCount], the item after each. */
  readonly targets: Int32Array;
  /** [targetCount], 1 or 0. */
  readonly weights: Float32Array;
}

/**
 * Batch shapes of about equal cost for sequences of any length.
 *
 * A batch is full at `batchSize` sequences or `targetCount` real positions, whichever comes first. The loss costs more
 * than all layers together and runs over `targetCount` rows, so these are the four fifths that sequences between two
 * buckets fill, not the whole rectangle.
 *
 * @param lengths Ascending; the last is the longest history kept.
 * @param tokensPerBatch Positions of a batch, padding included.
 */
export function planBuckets(lengths: readonly number[], tokensPerBatch: number): SequenceBucket[] {
  return lengths.map((length) => {
    const batchSize = Math.max(1, Math.floor(tokensPerBatch / length));
    return { length, batchSize, targetCount: Math.max(length, Math.floor(0.8 * batchSize * length)) };
  });
}

/**
 * Draws one epoch: every sequence of two items or more once, cut to its most recent `length + 1` items, each position
 * with the item that follows as its target. Order depends on `random` only.
 *
 * @throws {MatineeError} `EMPTY_INTERACTIONS` when no sequence has two items.
 */
export function* drawSequenceBatches(
  sequences: SequenceSet,
  buckets: readonly SequenceBucket[],
  random: Random,
): Generator<SequenceBatch> {
  const planned = buckets.flatMap((bucket, index) => {
    const above = index > 0 ? buckets[index - 1].length : 0;
    const below = index + 1 < buckets.length ? bucket.length : Number.POSITIVE_INFINITY;
    const members: number[] = [];
    for (let sequence = 0; sequence + 1 < sequences.offsets.length; sequence++) {
      const inputLength = sequences.offsets[sequence + 1] - sequences.offsets[sequence] - 1;
      if (inputLength > above && inputLength <= below) members.push(sequence);
    }
    return cutIntoBatches(sequences, bucket, random.shuffle(members)).map((batch) => ({ bucket, members: batch }));
  });
  if (planned.length === 0) throw new MatineeError('EMPTY_INTERACTIONS', 'no sequence has two items to learn from');
  const maxLength = buckets[buckets.length - 1].length;
  for (const { bucket, members } of random.shuffle(planned)) yield fillBatch(sequences, bucket, members, maxLength);
}

/** A batch of histories to encode, in the arrays that the inference graphs take. */
export interface HistoryBatch {
  /** [batchSize, maxLength], padded at the end with item 0. */
  readonly items: Int32Array;
  /** [batchSize, maxLength], as in training. */
  readonly positions: Int32Array;
  /** [batchSize], index of each last real item into batchSize · maxLength. */
  readonly lastRows: Int32Array;
}

/**
 * Lays out the most recent `maxLength` items of each history. Places beyond the histories given are padding.
 *
 * @throws {MatineeError} `BAD_SHAPE` for more histories than places or an empty history.
 */
export function fillHistories(
  histories: readonly Int32Array[],
  { batchSize, maxLength }: { readonly batchSize: number; readonly maxLength: number },
): HistoryBatch {
  if (histories.length > batchSize || histories.some((history) => history.length === 0)) {
    throw new MatineeError('BAD_SHAPE', `needs at most ${batchSize} histories, none empty; got ${histories.length}`);
  }
  const items = new Int32Array(batchSize * maxLength);
  const positions = new Int32Array(batchSize * maxLength);
  const lastRows = new Int32Array(batchSize);
  histories.forEach((history, member) => {
    const recent = history.subarray(-maxLength);
    items.set(recent, member * maxLength);
    for (let index = 0; index < recent.length; index++) {
      positions[member * maxLength + index] = maxLength - recent.length + index;
    }
    lastRows[member] = member * maxLength + recent.length - 1;
  });
  return { items, positions, lastRows };
}

function cutIntoBatches(sequences: SequenceSet, bucket: SequenceBucket, members: readonly number[]): number[][] {
  const batches: number[][] = [];
  let room = 0;
  for (const sequence of members) {
    const tokens = inputTokens(sequences, bucket, sequence);
    const last = batches.at(-1);
    if (last && last.length < bucket.batchSize && tokens <= room) {
      last.push(sequence);
      room -= tokens;
    } else {
      batches.push([sequence]);
      room = bucket.targetCount - tokens;
    }
  }
  return batches;
}

function fillBatch(
  sequences: SequenceSet,
  bucket: SequenceBucket,
  members: readonly number[],
  maxLength: number,
): SequenceBatch {
  const { length, batchSize, targetCount } = bucket;
  const items = new Int32Array(batchSize * length);
  const positions = new Int32Array(batchSize * length);
  const rows = new Int32Array(targetCount);
  const targets = new Int32Array(targetCount);
  const weights = new Float32Array(targetCount);
  let tokenCount = 0;
  members.forEach((sequence, member) => {
    const tokens = inputTokens(sequences, bucket, sequence);
    const first = sequences.offsets[sequence + 1] - 1 - tokens;
    for (let index = 0; index < tokens; index++) {
      const row = member * length + index;
      items[row] = sequences.items[first + index];
      positions[row] = maxLength - tokens + index;
      rows[tokenCount] = row;
      targets[tokenCount] = sequences.items[first + index + 1];
      weights[tokenCount] = 1;
      tokenCount++;
    }
  });
  return { bucket, tokenCount, items, positions, rows, targets, weights };
}

function inputTokens({ offsets }: SequenceSet, { length }: SequenceBucket, sequence: number): number {
  return Math.min(length, offsets[sequence + 1] - offsets[sequence] - 1);
}
