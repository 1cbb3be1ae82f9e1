import { MatineeError, type Random } from '@matinee/numerics';
import type { SequenceSet, TimedHistory } from './sequence-data.ts';

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
  /** [batchSize, length], seconds since 1970: when each item was engaged with; 0 in the padding. */
  readonly times: Float64Array;
  /** [batchSize, length], seconds since 1970: when the next item was engaged with, which is its request time. */
  readonly targetTimes: Float64Array;
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
 * Which part of a sequence longer than the longest bucket an epoch trains on: the most recent one, or one drawn anew
 * every epoch, so that in time all of it is seen.
 */
export type Windows = 'recent' | 'random';

/**
 * Draws one epoch: every sequence of two items or more once, cut to `length + 1` items ({@link Windows}), each position
 * with the item that follows as its target. Order depends on `random` only.
 *
 * @throws {MatineeError} `EMPTY_INTERACTIONS` when no sequence has two items.
 */
export function* drawSequenceBatches(
  sequences: SequenceSet,
  buckets: readonly SequenceBucket[],
  random: Random,
  windows: Windows,
): Generator<SequenceBatch> {
  const planned = planBatches(sequences, buckets, random);
  const maxLength = buckets[buckets.length - 1].length;
  const drawing = random.fork('windows');
  const lastOf = (sequence: number): number => {
    const { offsets } = sequences;
    const spare = offsets[sequence + 1] - offsets[sequence] - 1 - maxLength;
    return offsets[sequence + 1] - 1 - (windows === 'random' && spare > 0 ? drawing.integer(spare + 1) : 0);
  };
  for (const { bucket, members } of planned) yield fillBatch(sequences, bucket, members, lastOf, maxLength);
}

/** Optimiser steps of an epoch, about: what does not fit into one batch depends on the order. */
export function countBatches(sequences: SequenceSet, buckets: readonly SequenceBucket[], random: Random): number {
  return planBatches(sequences, buckets, random).length;
}

/** Next-item examples of an epoch. */
export function countTokens({ offsets }: SequenceSet, maxLength: number): number {
  let count = 0;
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    count += Math.max(0, Math.min(maxLength, offsets[sequence + 1] - offsets[sequence] - 1));
  }
  return count;
}

function planBatches(
  sequences: SequenceSet,
  buckets: readonly SequenceBucket[],
  random: Random,
): { bucket: SequenceBucket; members: readonly number[] }[] {
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
  return random.shuffle(planned);
}

/** A batch of histories to encode, in the arrays that the encoders take. */
export interface HistoryBatch {
  /** [batchSize, length], padded at the end with item 0. */
  readonly items: Int32Array;
  /** [batchSize, length], as in training. */
  readonly positions: Int32Array;
  /** [batchSize, length], seconds since 1970; 0 in the padding. */
  readonly times: Float64Array;
  /** [batchSize, length]: as in training, and the moment of asking after the last item. */
  readonly targetTimes: Float64Array;
  /** [batchSize], index of each last real item into batchSize · length. */
  readonly lastRows: Int32Array;
}

/**
 * Lays out the most recent `length` items of each history. Places beyond the histories given are padding.
 *
 * @param maxLength Longest history of the network: where positions are counted to.
 * @throws {MatineeError} `BAD_SHAPE` for more histories than places or an empty history.
 */
export function fillHistories(
  histories: readonly TimedHistory[],
  { batchSize, length }: { readonly batchSize: number; readonly length: number },
  maxLength: number,
): HistoryBatch {
  if (histories.length > batchSize || histories.some(({ items }) => items.length === 0)) {
    throw new MatineeError('BAD_SHAPE', `needs at most ${batchSize} histories, none empty; got ${histories.length}`);
  }
  const size = batchSize * length;
  const [items, positions] = [new Int32Array(size), new Int32Array(size)];
  const [times, targetTimes] = [new Float64Array(size), new Float64Array(size)];
  const lastRows = new Int32Array(batchSize);
  histories.forEach((history, member) => {
    const first = member * length;
    const recent = history.items.subarray(-length);
    const moments = history.timestamps.subarray(-length);
    items.set(recent, first);
    times.set(moments, first);
    targetTimes.set(moments.subarray(1), first);
    targetTimes[first + recent.length - 1] = history.asOf;
    for (let index = 0; index < recent.length; index++) positions[first + index] = maxLength - recent.length + index;
    lastRows[member] = first + recent.length - 1;
  });
  return { items, positions, times, targetTimes, lastRows };
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
  lastOf: (sequence: number) => number,
  maxLength: number,
): SequenceBatch {
  const { length, batchSize, targetCount } = bucket;
  const items = new Int32Array(batchSize * length);
  const positions = new Int32Array(batchSize * length);
  const times = new Float64Array(batchSize * length);
  const targetTimes = new Float64Array(batchSize * length);
  const rows = new Int32Array(targetCount);
  const targets = new Int32Array(targetCount);
  const weights = new Float32Array(targetCount);
  let tokenCount = 0;
  members.forEach((sequence, member) => {
    const tokens = inputTokens(sequences, bucket, sequence);
    const first = lastOf(sequence) - tokens;
    for (let index = 0; index < tokens; index++) {
      const row = member * length + index;
      items[row] = sequences.items[first + index];
      positions[row] = maxLength - tokens + index;
      times[row] = sequences.timestamps[first + index];
      targetTimes[row] = sequences.timestamps[first + index + 1];
      rows[tokenCount] = row;
      targets[tokenCount] = sequences.items[first + index + 1];
      weights[tokenCount] = 1;
      tokenCount++;
    }
  });
  return { bucket, tokenCount, items, positions, times, targetTimes, rows, targets, weights };
}

function inputTokens({ offsets }: SequenceSet, { length }: SequenceBucket, sequence: number): number {
  return Math.min(length, offsets[sequence + 1] - offsets[sequence] - 1);
}
