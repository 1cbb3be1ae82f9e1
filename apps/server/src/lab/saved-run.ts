import { GENERATION_NAMES } from '@matinee/models/generations';
import {
  compareHeldOut,
  estimateHeldOut,
  type HeldOutComparison,
  type HeldOutQuality,
  type Release,
  type ReleaseHeader,
} from '@matinee/models/release';

/** The manifest of a release on disk. */
export interface SavedRun {
  readonly version: string;
  readonly header: ReleaseHeader;
  readonly notes?: {
    readonly timings?: Readonly<Record<string, number>>;
    /** The epochs of each stage that trained a network in that run. */
    readonly curves?: Readonly<
      Record<string, readonly { readonly epoch: number; readonly loss: number; readonly validation: number }[]>
    >;
    /** Seconds since 1970. */
    readonly savedAt?: number;
  };
}

/**
 * Returns why a run says nothing in comparison with what is served, as a clause; undefined where they compare. Equal
 * users and queries say that the split was the same.
 */
export function whyApart({ header }: Pick<SavedRun, 'header'>, served: Release): string | undefined {
  if (header.datasetHash !== served.datasetHash) return 'it was trained on other data';
  if (header.training?.seed !== served.training?.seed) return `its seed is ${header.training?.seed ?? 'not recorded'}`;
  const [own, others] = [header.training?.heldOutUsers, served.training?.heldOutUsers];
  if (own === undefined || others === undefined) return 'it was not measured user by user';
  const isSame = own.userIndices.join() === others.userIndices.join() && own.counts.join() === others.counts.join();
  return isSame ? undefined : 'it was measured on other users or queries';
}

export interface Step extends HeldOutComparison {
  readonly from: SavedRun;
  readonly to: SavedRun;
}

/** Returns the latest comparable run of each generation against that of the generation before it. */
export function compareSteps(runs: readonly SavedRun[], served: Release): readonly Step[] {
  const comparable = runs.filter((run) => whyApart(run, served) === undefined);
  const ladder = GENERATION_NAMES.flatMap((generation) => {
    const ofGeneration = comparable.filter(({ header }) => header.generation === generation);
    return latestFirst(ofGeneration).slice(0, 1);
  });
  return ladder.flatMap((to, at) => {
    const from = ladder[at - 1];
    const [earlier, later] = [from?.header.training?.heldOutUsers, to.header.training?.heldOutUsers];
    const comparison = earlier && later && compareHeldOut(earlier, later);
    return from === undefined || comparison === undefined ? [] : [{ ...comparison, from, to }];
  });
}

export function latestFirst(runs: readonly SavedRun[]): readonly SavedRun[] {
  const savedAt = ({ notes }: SavedRun): number => notes?.savedAt ?? 0;
  return [...runs].sort((a, b) => savedAt(b) - savedAt(a) || (a.version < b.version ? -1 : 1));
}

/** Returns a run's quality on held-out users; undefined where nobody was held out. */
export function qualityOf({ header }: SavedRun): HeldOutQuality | undefined {
  const users = header.training?.heldOutUsers;
  return users && estimateHeldOut(users);
}
