import { type Bootstrap, bootstrapUsers, type Estimate, estimate, pairedDifference } from '../evaluation/bootstrap.ts';
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
  const [before, after] = [resample(earlier), resample(later)];
  const { value, low, high } = pairedDifference(after, before, COLUMN);
  return {
    users: counts.length,
    queries: countQueries(earlier),
    earlier: before.means[0],
    later: after.means[0],
    difference: { value, low, high },
    isShown: counts.length >= MIN_USERS && value > 0 && low > -MARGIN * before.means[0],
  };
}

/** How good a release is on users that nothing of it was learned from, and how sure that is. */
export interface HeldOutQuality {
  readonly users: number;
  readonly queries: number;
  /** NDCG@10 with its 95 % interval over users, for this one training. */
  readonly ndcg: Estimate;
}

/** Returns a release's quality on the users that it was measured on; `undefined` where nobody was held out. */
export function estimateHeldOut(heldOut: HeldOutUsers): HeldOutQuality | undefined {
  if (heldOut.counts.length === 0) return undefined;
  return {
    users: heldOut.counts.length,
    queries: countQueries(heldOut),
    ndcg: estimate(resample(heldOut), COLUMN),
  };
}

const COLUMN = 'ndcg';

function resample(heldOut: HeldOutUsers): Bootstrap {
  const totals: UserTotals = {
    columns: [COLUMN],
    userCount: heldOut.counts.length,
    rowCount: countQueries(heldOut),
    sums: Float64Array.from(heldOut.ndcg),
    counts: Float64Array.from(heldOut.counts),
    countWidth: 1,
  };
  return bootstrapUsers(totals, { resampleCount: RESAMPLES, seed: 1 });
}

function countQueries({ counts }: HeldOutUsers): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
