import type { GenerationName } from '@matinee/models/generations';
import { compareHeldOut, type HeldOutComparison, type Release } from '@matinee/models/release';

type JudgedRelease = Pick<Release, 'generation' | 'training'>;

/**
 * Whether `next` takes over from `served`, and what that rests on. A release that was measured beats one that was not.
 *
 * @param pinned The only generation that takes over, whatever it is worth.
 */
export function judgeTakeover(
  served: JudgedRelease,
  next: JudgedRelease,
  pinned?: GenerationName,
): {
  readonly takesOver: boolean;
  readonly figures: string;
  readonly comparison?: Omit<HeldOutComparison, 'isShown'> & { readonly against: string };
} {
  if (pinned !== undefined) {
    const takesOver = next.generation === pinned;
    return { takesOver, figures: takesOver ? 'asked for by --serve' : `--serve asks for ${pinned}` };
  }
  const [before, after] = [served.training?.heldOutUsers, next.training?.heldOutUsers];
  if (after === undefined) return { takesOver: false, figures: 'nothing could be held out to measure it on' };
  const comparison = before && compareHeldOut(before, after);
  if (comparison === undefined) {
    const reason = `${served.generation} was not measured on the same held-out users`;
    return { takesOver: before === undefined, figures: reason };
  }
  const { isShown, ...measured } = comparison;
  const { users, queries, earlier, later, difference } = measured;
  const [gain, low, high] = [difference.value, difference.low, difference.high].map(signed);
  const figures =
    `NDCG@10 on held-out queries ${later.toFixed(4)}, ${served.generation} ${earlier.toFixed(4)}: ` +
    `${gain} [${low}, ${high}] over ${users} users, ${queries} queries`;
  return {
    takesOver: isShown,
    figures: isShown ? figures : `it is not shown to be better (${figures})`,
    comparison: { against: served.generation, ...measured },
  };
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
