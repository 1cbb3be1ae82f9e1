import { rememberLatest } from '../retrieval/remember-latest.ts';
import type { Contributor, RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { strongestContributors } from '../retrieval/strongest-contributors.ts';
import { innerProduct } from '../vectors/inner-product.ts';
import { historyOfRequest, type KnownItems, type TimedHistory, withoutItem } from './sequence-data.ts';

/** A network that encodes whole histories. */
export interface OmissionNetwork {
  /** So many of the newest history items are tried: each costs one more history in the batch. */
  readonly maxItems: number;
  /** One vector a history, [1 + maxItems, width]; none of the histories is empty. */
  encode(histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array>;
}

/** A history's vector, and what it is without each of its newest items. */
export interface Omissions {
  /** Numbers of the items tried, distinct. */
  readonly tried: readonly number[];
  /** By item tried: its history's row in `vectors`; −1 where nothing is left of it. */
  readonly rows: readonly number[];
  /** [1 + tried, width]: the whole history's first. */
  readonly vectors: Float32Array;
}

/** Nothing was tried: the history has no item that the network knows. */
export const NO_OMISSIONS: Omissions = { tried: [], rows: [], vectors: new Float32Array(0) };

/** Encodes a history whole, and once more without each of its newest items. */
export function encodeOmissions({ maxItems, encode }: OmissionNetwork) {
  return async (whole: TimedHistory): Promise<Omissions> => {
    const tried = [...new Set(whole.items.subarray(-maxItems))];
    if (tried.length === 0) return NO_OMISSIONS;
    const histories: TimedHistory[] = [whole];
    const rows = tried.map((item) => {
      const without = withoutItem(whole, item);
      return without.items.length === 0 ? -1 : histories.push(without) - 1;
    });
    return { tried, rows, vectors: await encode(histories, 1 + maxItems) };
  };
}

/**
 * Finds the history items behind a score of a network: a contribution is what the score loses when the item is taken
 * out of the history, so that a reason given is true by construction. The omissions of a query answer for all its
 * items.
 *
 * @returns A function from a query and an item's vector to the item's contributors; a score is the product of the
 * item's vector with a history's.
 */
export function createOmissionContributors(
  known: KnownItems,
  omit: (history: TimedHistory) => Promise<Omissions>,
): (query: RetrievalQuery, itemVector: Float32Array, limit: number) => Promise<readonly Contributor[]> {
  const omissionsOf = rememberLatest(({ history, asOf }: RetrievalQuery) =>
    omit(historyOfRequest(history, asOf, known)),
  );
  return async (query, itemVector, limit) => {
    const { tried, rows, vectors } = await omissionsOf(query);
    if (tried.length === 0) return [];
    const width = itemVector.length;
    // Without its only item a history says nothing: all of the score is the item's.
    const scoreOf = (row: number): number => (row < 0 ? 0 : innerProduct(itemVector, vectors, row * width));
    const whole = scoreOf(0);
    const contributions = tried.map((item, at) => [known.itemIndices[item], whole - scoreOf(rows[at])] as const);
    return strongestContributors(new Map(contributions), limit);
  };
}
