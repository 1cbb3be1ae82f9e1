import type { Profile } from '@matinee/contract';

/**
 * Returns the names of the profiles without limits that a child can choose, because they have no PIN. Empty if there is
 * nobody but children; undefined if there is nothing to say: no kids profile, or a PIN on every other one.
 */
export function profilesOpenToKids(
  profiles: readonly Pick<Profile, 'name' | 'isKids' | 'hasPin'>[],
): readonly string[] | undefined {
  if (!profiles.some(({ isKids }) => isKids)) return undefined;
  const others = profiles.filter(({ isKids }) => !isKids);
  const open = others.filter(({ hasPin }) => !hasPin);
  return others.length > 0 && open.length === 0 ? undefined : open.map(({ name }) => name);
}
