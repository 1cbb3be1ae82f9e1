import type { Vocabulary } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { MAX_MATURITY_AGE } from '../facts/maturity.ts';
import type { ProfileRules } from '../ports/household-store.ts';

/** The rules of a viewer's profile and region. */
export interface ViewerRules {
  /** Items above this age are not shown. Absent: no cap. */
  readonly maturityCap?: number;
  /** Whether items of unknown age are hidden too: for kids, and for any cap below the maximum. */
  readonly needsKnownMaturity: boolean;
  /** Item indices; unknown ids are dropped. */
  readonly allowList?: ReadonlySet<number>;
  readonly hidden: ReadonlySet<number>;
  /** Upper case. Absent: unknown, and no item that is bound to regions is shown. */
  readonly region?: string;
}

/** Rules of a viewer without a profile. */
export const NO_VIEWER_RULES: ViewerRules = { needsKnownMaturity: false, hidden: new Set() };

/** The cap of a kids profile without a cap of its own. */
const KIDS_MATURITY_CAP = 7;

/** @param region The request's region; a profile's own region takes precedence. */
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
