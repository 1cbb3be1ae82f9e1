import type { Vocabulary } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { MAX_MATURITY_AGE } from '../facts/maturity.ts';
import type { ProfileRules } from '../ports/household-store.ts';

/** Who looks, as rules see it. */
export interface ViewerRules {
  /** Titles above this age are not shown. Absent: no cap. */
  readonly maturityCap?: number;
  /** Whether titles whose age nobody knows are kept away too: for kids, and below any cap that keeps something away. */
  readonly needsKnownMaturity: boolean;
  /** Item indices; those that the catalogue does not have are gone. */
  readonly allowList?: ReadonlySet<number>;
  readonly hidden: ReadonlySet<number>;
  /** Upper case. Absent: not known, and nothing that is bound to regions is shown. */
  readonly region?: string;
}

/** Somebody without a profile. */
export const NO_VIEWER_RULES: ViewerRules = { needsKnownMaturity: false, hidden: new Set() };

/** A kids profile has a cap even where nobody set one. */
const KIDS_MATURITY_CAP = 7;

/** @param region Where the request says it comes from; a profile's own region goes before it. */
export function viewerRulesOf(
  profile: ProfileRules | undefined,
  { indexOf }: Vocabulary,
  region: string | undefined,
): ViewerRules {
  const where = profile?.region ?? region;
  const place = where === undefined ? {} : { region: where.toUpperCase() };
  if (profile === undefined) return { ...NO_VIEWER_RULES, ...place };
  const indicesOf = (ids: readonly string[]): ReadonlySet<number> =>
    new Set(ids.map((id) => indexOf(id)).filter((item) => item >= 0));
  const cap = profile.maturityCap ?? (profile.isKids ? KIDS_MATURITY_CAP : undefined);
  return {
    ...defined({ maturityCap: cap }),
    needsKnownMaturity: profile.isKids || (cap !== undefined && cap < MAX_MATURITY_AGE),
    ...(profile.allowList === null ? {} : { allowList: indicesOf(profile.allowList) }),
    hidden: indicesOf(profile.hidden),
    ...place,
  };
}
