import type { Random } from '@matinee/numerics';
import type { Feeds } from '@matinee/numerics/engine';
import type { SequenceSet } from '../sequence/sequence-data.ts';

/** A history for the user tower: numbers of known items and what each event counts, oldest first. */
export interface WeightedHistory {
  readonly items: ArrayLike<number>;
  readonly confidences: ArrayLike<number>;
}

/** Lays out the newest `length` items of each history, newest first, as the user tower's inputs. */
export function layOutHistories(histories: readonly WeightedHistory[], batchSize: number, length: number): Feeds {
  const items = new Int32Array(batchSize * length);
  const confidences = new Float32Array(batchSize * length);
  const padding = new Float32Array(batchSize * length).fill(-1e9);
  histories.forEach((history, member) => {
    const count = Math.min(length, history.items.length);
    for (let place = 0; place < count; place++) {
      const at = history.items.length - 1 - place;
      items[member * length + place] = history.items[at];
      confidences[member * length + place] = history.confidences[at];
      padding[member * length + place] = 0;
    }
    // Places of a batch that no history takes: a softmax over nothing is no number.
    if (count === 0) padding[member * length] = 0;
  });
  for (let member = histories.length; member < batchSize; member++) padding[member * length] = 0;
  return { items, confidences, padding };
}

/** One training example: the item at `at` of all sequences, and the start of its sequence. */
export interface Example {
  readonly start: number;
  readonly at: number;
}

/**
 * Draws an epoch's examples: of each sequence up to `perSequence` of its items after the first, in random order. Long
 * sequences are seen in parts, another part every epoch, so that no user counts for more than so many.
 */
export function drawExamples({ offsets }: SequenceSet, perSequence: number, random: Random): Example[] {
  const examples: Example[] = [];
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    const [start, end] = [offsets[sequence], offsets[sequence + 1]];
    const count = end - start - 1;
    if (count <= perSequence) {
      for (let at = start + 1; at < end; at++) examples.push({ start, at });
      continue;
    }
    for (let draw = 0; draw < perSequence; draw++) examples.push({ start, at: start + 1 + random.integer(count) });
  }
  return random.shuffle(examples);
}

/** Examples of an epoch. */
export function countExamples({ offsets }: SequenceSet, perSequence: number): number {
  let count = 0;
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    count += Math.max(0, Math.min(perSequence, offsets[sequence + 1] - offsets[sequence] - 1));
  }
  return count;
}
