import type { Seed } from '../retrieval/retrieval-model.ts';
import { strongestSeeds } from '../retrieval/strongest-seeds.ts';
import { type KnownItems, type TimedHistory, withoutItem } from './sequence-data.ts';

/** What {@link findSeedsByOmission} needs. */
export interface OmissionQuestion {
  readonly history: TimedHistory;
  /** The item's vector: its score is the product with a history's. */
  readonly itemVector: Float32Array;
  readonly known: KnownItems;
  /** So many of the newest history items are tried: each costs one more history in the batch. */
  readonly maxItems: number;
  readonly limit: number;
  /** One vector a history, [1 + maxItems, width]; none of the histories is empty. */
  encode(histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array>;
}

/**
 * The history items behind a score of a network: a contribution is what the score loses when the item is taken out of
 * the history, so that a reason given is true by construction. One batch of encodings answers for all.
 */
export async function findSeedsByOmission(question: OmissionQuestion): Promise<readonly Seed[]> {
  const { history, itemVector, known, maxItems, limit } = question;
  const tried = [...new Set(history.items.subarray(-maxItems))];
  if (tried.length === 0) return [];
  const without = tried.map((item) => withoutItem(history, item));
  const asked = without.filter(({ items }) => items.length > 0);
  const vectors = await question.encode([history, ...asked], 1 + maxItems);
  const width = itemVector.length;
  const scoreOf = (member: number): number =>
    itemVector.reduce((sum, value, column) => sum + value * vectors[member * width + column], 0);
  const contributions = new Map(
    tried.map((item, at) => {
      const member = asked.indexOf(without[at]);
      // Without its only item a history says nothing: all of the score is the item's.
      return [known.itemIndices[item], scoreOf(0) - (member < 0 ? 0 : scoreOf(1 + member))];
    }),
  );
  return strongestSeeds(contributions, limit);
}
