import { MatineeError, type Random } from '@matinee/numerics';
import { requireArray } from '../artifacts/artifact-fields.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { History } from '../data/interactions.ts';
import type { TrainingData, WarmStart } from '../training/fit-context.ts';

/**
 * Item sequences with their times, oldest first; sequence s is `items[offsets[s] … offsets[s + 1] - 1]`. Item numbers
 * are the caller's: the items that a network knows, counted from 0.
 */
export interface SequenceSet {
  /** Length sequenceCount + 1. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Seconds since 1970. */
  readonly timestamps: Float64Array;
  /** What each event counts, > 0. */
  readonly confidences: Float32Array;
}

/** One sequence to encode, with the time of the request. */
export interface TimedHistory {
  readonly items: Int32Array;
  readonly timestamps: Float64Array;
  readonly confidences: Float32Array;
  /** Seconds since 1970. */
  readonly asOf: number;
}

/** A held-out query with a known answer, which decides when training stops. */
export interface HeldOutQuery {
  readonly history: TimedHistory;
  readonly target: number;
}

/** The items with at least one positive interaction. A network has rows for these only. */
export interface KnownItems {
  readonly count: number;
  /** Catalogue index of each, ascending. */
  readonly itemIndices: Int32Array;
  /** By catalogue index: the item's number, −1 for an item without a positive interaction. */
  readonly numbers: Int32Array;
}

/** Finds the items with a positive interaction. */
export function findKnownItems({ interactions, items }: TrainingData): KnownItems {
  const isKnown = new Uint8Array(items.vocabulary.ids.length);
  for (let row = 0; row < interactions.count; row++) {
    if (interactions.weights[row] > 0) isKnown[interactions.itemIndices[row]] = 1;
  }
  return numberItems(
    Int32Array.from(isKnown.keys()).filter((item) => isKnown[item] === 1),
    isKnown.length,
  );
}

/** Numbers `itemIndices` (ascending) of a catalogue of `itemCount` from 0. */
export function numberItems(itemIndices: Int32Array, itemCount: number): KnownItems {
  const numbers = new Int32Array(itemCount).fill(-1);
  itemIndices.forEach((item, number) => {
    numbers[item] = number;
  });
  return { count: itemIndices.length, itemIndices, numbers };
}

/** External ids of the known items of an earlier model and of those known now, by number. */
export function namesOfItems(
  { itemIndices }: KnownItems,
  { vocabulary }: Catalogue,
  { artifact, itemIds }: WarmStart,
): { readonly earlier: readonly string[]; readonly present: readonly string[] } {
  const earlier = requireArray(artifact, 'itemIndices', Int32Array);
  return {
    earlier: Array.from(earlier, (item) => itemIds[item] ?? ''),
    present: Array.from(itemIndices, (item) => vocabulary.ids[item]),
  };
}

/**
 * The positive interactions by user, in order of time. A user turning to one item several times in a row counts once:
 * the next item of interest is another one.
 */
export function buildSequences({ interactions, userCount }: TrainingData, { numbers }: KnownItems): SequenceSet {
  const { count, userIndices, itemIndices, weights } = interactions;
  const last = new Int32Array(userCount).fill(-1);
  const keep = new Uint8Array(count);
  const offsets = new Int32Array(userCount + 1);
  for (let row = 0; row < count; row++) {
    const user = userIndices[row];
    if (!(weights[row] > 0) || last[user] === itemIndices[row]) continue;
    last[user] = itemIndices[row];
    keep[row] = 1;
    offsets[user + 1]++;
  }
  for (let user = 0; user < userCount; user++) offsets[user + 1] += offsets[user];
  const cursor = offsets.slice(0, userCount);
  const items = new Int32Array(offsets[userCount]);
  const timestamps = new Float64Array(items.length);
  const confidences = new Float32Array(items.length);
  for (let row = 0; row < count; row++) {
    if (keep[row] === 0) continue;
    const at = cursor[userIndices[row]]++;
    items[at] = numbers[itemIndices[row]];
    timestamps[at] = interactions.timestamps[row];
    confidences[at] = weights[row];
  }
  return { offsets, items, timestamps, confidences };
}

/** What a request's history is to a network: its positive items that the network knows, in order. */
export function historyOfRequest(history: History, asOf: number, { numbers }: KnownItems): TimedHistory {
  const length = history.itemIndices.length;
  const items = new Int32Array(length);
  const timestamps = new Float64Array(length);
  const confidences = new Float32Array(length);
  let count = 0;
  for (let position = 0; position < length; position++) {
    const number = numbers[history.itemIndices[position]] ?? -1;
    const isRepeated = count > 0 && items[count - 1] === number;
    if (number < 0 || !(history.weights[position] > 0) || isRepeated) continue;
    items[count] = number;
    timestamps[count] = history.timestamps[position];
    confidences[count] = history.weights[position];
    count++;
  }
  return {
    items: items.subarray(0, count),
    timestamps: timestamps.subarray(0, count),
    confidences: confidences.subarray(0, count),
    asOf,
  };
}

/** The history without `removed`. */
export function withoutItem({ items, timestamps, confidences, asOf }: TimedHistory, removed: number): TimedHistory {
  const isKept = (_: number, position: number): boolean => items[position] !== removed;
  return {
    items: items.filter(isKept),
    timestamps: timestamps.filter(isKept),
    confidences: confidences.filter(isKept),
    asOf,
  };
}

/**
 * Keeps the last item of up to `count` sequences (of three items or more, drawn at random) from training, as questions
 * to validate with.
 */
export function holdOutLastItems(
  sequences: SequenceSet,
  count: number,
  random: Random,
): { readonly train: SequenceSet; readonly queries: readonly HeldOutQuery[] } {
  const { offsets, items, timestamps, confidences } = sequences;
  const eligible = Array.from({ length: offsets.length - 1 }, (_, sequence) => sequence).filter(
    (sequence) => offsets[sequence + 1] - offsets[sequence] >= 3,
  );
  const chosen = random
    .shuffle(eligible)
    .slice(0, count)
    .sort((a, b) => a - b);
  const isHeldOut = new Uint8Array(offsets.length);
  const queries = chosen.map((sequence) => {
    isHeldOut[sequence] = 1;
    const [start, last] = [offsets[sequence], offsets[sequence + 1] - 1];
    return {
      history: {
        items: items.subarray(start, last),
        timestamps: timestamps.subarray(start, last),
        confidences: confidences.subarray(start, last),
        asOf: timestamps[last],
      },
      target: items[last],
    };
  });
  const pieces: [number, number][] = [];
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    pieces.push([offsets[sequence], offsets[sequence + 1] - isHeldOut[sequence]]);
  }
  return { train: joinPieces(sequences, pieces), queries };
}

/**
 * Requires a sequence of two items, which is the least that a network learns from.
 *
 * @throws {MatineeError} `EMPTY_INTERACTIONS`
 */
export function requirePairs(kind: string, { offsets }: SequenceSet): void {
  for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
    if (offsets[sequence + 1] - offsets[sequence] >= 2) return;
  }
  throw new MatineeError(
    'EMPTY_INTERACTIONS',
    `${kind} learns from users with events of two or more titles, and there is none: add such events, or train v1 or v2`,
  );
}

/** A new set of the ranges [start, end) of `sequences`. */
function joinPieces(set: SequenceSet, pieces: readonly (readonly [number, number])[]): SequenceSet {
  const offsets = new Int32Array(pieces.length + 1);
  pieces.forEach(([start, end], piece) => {
    offsets[piece + 1] = offsets[piece] + end - start;
  });
  const joined: SequenceSet = {
    offsets,
    items: new Int32Array(offsets[pieces.length]),
    timestamps: new Float64Array(offsets[pieces.length]),
    confidences: new Float32Array(offsets[pieces.length]),
  };
  pieces.forEach(([start, end], piece) => {
    joined.items.set(set.items.subarray(start, end), offsets[piece]);
    joined.timestamps.set(set.timestamps.subarray(start, end), offsets[piece]);
    joined.confidences.set(set.confidences.subarray(start, end), offsets[piece]);
  });
  return joined;
}
