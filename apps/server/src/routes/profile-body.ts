import type { NewProfileBody, Profile as ProfileBody, ProfileChangeBody } from '@matinee/contract';
import type { Engine, Profile, ProfileChange } from '@matinee/recommender';
import type { Access } from '../serving/access.ts';

/** Converts a profile for clients: items by index, and of the PIN only whether there is one. */
export async function toProfileBody(
  { catalogue }: Engine,
  access: Pick<Access, 'userIdxOf'>,
  profile: Profile,
): Promise<ProfileBody> {
  const { profileId, householdId, name, isKids, maturityCap, allowList, hidden, region, hasPin } = profile;
  const indicesOf = (ids: readonly string[]): number[] =>
    ids.map((id) => catalogue.vocabulary.indexOf(id)).filter((item) => item >= 0);
  return {
    profileId,
    householdId,
    userIdx: await access.userIdxOf(profile.userId),
    name,
    isKids,
    maturityCap,
    allowList: allowList === null ? null : indicesOf(allowList),
    hidden: indicesOf(hidden),
    region,
    hasPin,
  };
}

const NO_RULES = { isKids: false, maturityCap: null, allowList: null, hidden: [], region: null } as const;

export function newProfileRules(engine: Engine, body: NewProfileBody): ProfileChange {
  return changed(engine, { name: body.name, ...NO_RULES }, body);
}

/** Returns the profile with the fields of the body replaced. Items that are not in the catalogue are left out. */
export function changed({ catalogue }: Engine, before: ProfileChange, body: ProfileChangeBody): ProfileChange {
  const idsOf = (items: readonly number[]): string[] =>
    items.map((item) => catalogue.vocabulary.ids[item]).filter((id) => id !== undefined);
  const { allowList, hidden } = body;
  return {
    name: body.name ?? before.name,
    isKids: body.isKids ?? before.isKids,
    maturityCap: body.maturityCap === undefined ? before.maturityCap : body.maturityCap,
    region: body.region === undefined ? before.region : body.region,
    allowList: allowList === undefined ? before.allowList : allowList && idsOf(allowList),
    hidden: hidden === undefined ? before.hidden : idsOf(hidden),
  };
}
