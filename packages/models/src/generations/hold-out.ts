import type { Fold, SplitInput } from '../splits/split.ts';
import type { GenerationConfig } from './generation-config.ts';
import { type HeldOutCut, holdOutQueries } from './held-out-queries.ts';

/** What blend and ranker learn on. */
export interface HeldOut {
  readonly fold: Fold;
  readonly cut: HeldOutCut;
  /** Why it is not the cut of the configuration; a clause. */
  readonly instead?: string;
}

/**
 * Holds out queries as the configuration says. Where the latest part of the data gives none that can be answered,
 * everybody's last items are held out instead, in the order of ties where there are no times.
 *
 * @returns `undefined` when no query can be held out.
 */
export function holdOut(
  input: SplitInput,
  { weightsFrom, latestShare, lastItems }: Pick<GenerationConfig, 'weightsFrom' | 'latestShare' | 'lastItems'>,
): HeldOut | undefined {
  const everybodys: HeldOutCut = { cut: 'last-items', count: lastItems };
  const wanted: HeldOutCut = weightsFrom === 'latest' ? { cut: 'latest', share: latestShare } : everybodys;
  const fold = holdOutQueries(input, wanted);
  const fault = wanted.cut === 'latest' ? faultOf(input, wanted.share, fold) : undefined;
  if (fault === undefined) return fold && { fold, cut: wanted };
  const other = holdOutQueries(input, everybodys);
  if (other === undefined || (fold !== undefined && !canBeAnswered(other))) return fold && { fold, cut: wanted };
  return { fold: other, cut: everybodys, instead: fault };
}

/** Returns why weights cannot be learned on the latest part; `undefined` when they can. */
function faultOf({ interactions }: SplitInput, share: number, fold: Fold | undefined): string | undefined {
  const { count, timestamps } = interactions;
  if (timestamps[0] === timestamps[count - 1]) return 'all events have the same time, or none';
  if (fold === undefined) return 'in the latest part nobody meets a title for the first time';
  // Times in months, say: the cut takes a whole month with it, and what is learned on so little data does not transfer.
  if (fold.train.count < count * (1 - 2 * share)) return 'too many events have the same time to cut the latest off';
  if (!canBeAnswered(fold)) return 'nobody met before what the latest part is about';
  return undefined;
}

/** Whether any target occurs in the training data. */
function canBeAnswered({ train, queries }: Fold): boolean {
  const known = new Set(train.itemIndices);
  return queries.some(({ targets }) => targets.some((item) => known.has(item)));
}
