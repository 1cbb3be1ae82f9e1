import { bootstrapUsers, pairedDifference } from '../evaluation/bootstrap.ts';
import type { UserTotals } from '../evaluation/observation-table.ts';
import type { HeldOutUsers } from '../generations/measure-held-out.ts';

/** A later release against an earlier one, on the same held-out users. */
export interface HeldOutComparison {
  readonly users: number;
  readonly queries: number;
  /** NDCG@10. */
  readonly earlier: number;
  readonly later: number;
  /** Later minus earlier, with its 95 % interval over users. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /**
   * Whether the later release should take over: it is better, and the interval leaves no room for it being worse by
   * more than {@link MARGIN}.
   */
  readonly isShown: boolean;
}

/** Part of the earlier release's NDCG@10 that the later one may lack at the lower end of the interval. */
const MARGIN = 0.02;
/** With fewer users an interval says little: all of five may be lucky by chance. */
const MIN_USERS = 20;
const RESAMPLES = 2000;

/**
 * Compares two releases on the users that both were measured on.
 *
 * @returns `undefined` when the releases were not measured on the same queries of the same users.
 */
export function compareHeldOut(earlier: HeldOutUsers, later: HeldOutUsers): HeldOutComparison | undefined {
  const { userIndices, counts } = earlier;
  const isSame =
    userIndices.length > 0 && userIndices.join() === later.userIndices.join() && counts.join() === later.counts.join();
  if (!isSame) return undefined;
  const queries = counts.reduce((sum, count) => sum + count, 0);
  const [before, after] = [earlier, later].map(({ ndcg }) => {
    const totals: UserTotals = {
      columns: ['ndcg'],
      userCount: counts.length,
      rowCount: queries,
      sums: Float64Array.from(ndcg),
      counts: Float64Array.from(counts),
      countWidth: 1,
    };
    return bootstrapUsers(totals, { resampleCount: RESAMPLES, seed: 1 });
  });
  const { value, low, high } = pairedDifference(after, before, 'ndcg');
  return {
    users: counts.length,
    queries,
    earlier: before.means[0],
    later: after.means[0],
    difference: { value, low, high },
    isShown: counts.length >= MIN_USERS && value > 0 && low > -MARGIN * before.means[0],
  };
}
