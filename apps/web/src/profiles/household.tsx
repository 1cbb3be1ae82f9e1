import type { Profile } from '@matinee/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { inOneTab } from '../api/one-tab.ts';
import { createHousehold, householdQuery, openSession, userQuery } from '../api/queries.ts';
import { createStoredValue } from '../api/stored.ts';
import { messages } from '../messages/current.ts';
import { homePathOf } from '../navigation/routes.ts';
import { Notice } from '../notice/notice.tsx';
import { toastStore } from '../toasts/toast-store.ts';
import { Avatar } from '../user/avatar.tsx';
import { chooseKnownUser, useCurrentUser } from '../user/current-user.tsx';
import { NewProfileDialog } from './new-profile-dialog.tsx';
import { profilesOpenToKids } from './open-to-kids.ts';
import { PinDialog } from './pin-dialog.tsx';
import styles from './profiles-page.module.css';

/** The household of this browser: one for all tabs, also where two create it at once. */
const storedHousehold = createStoredValue<string | null>('matinee.household', null);
const words = messages.profiles;

const ensureHousehold = (): Promise<string> =>
  inOneTab('household', async () => {
    const stored = storedHousehold.reread();
    if (stored !== null) return stored;
    const { householdId } = await createHousehold();
    storedHousehold.update(() => householdId);
    return householdId;
  });

/** The household of this browser. It is created with its first profile. */
export function Household() {
  const [, navigate] = useLocation();
  const queryClient = useQueryClient();
  const householdId = useSyncExternalStore(storedHousehold.subscribe, storedHousehold.get) ?? undefined;
  const [isNew, setNew] = useState(false);
  const [locked, setLocked] = useState<Profile>();
  const household = useQuery({ ...householdQuery(householdId ?? ''), enabled: householdId !== undefined });

  /** @throws {ApiError} When the PIN is wrong. */
  const choose = async (profile: Profile, pin?: string) => {
    await openSession(profile.profileId, pin);
    chooseKnownUser(await queryClient.fetchQuery({ ...userQuery(profile.userIdx), staleTime: 0 }));
    navigate(homePathOf(profile.userIdx));
  };
  const pick = (profile: Profile) => {
    if (profile.hasPin) setLocked(profile);
    else choose(profile).catch(() => toastStore.show({ tone: 'error', text: words.profileFailed }));
  };
  const open = profilesOpenToKids(household.data?.profiles ?? []);
  return (
    <section className={styles.household} aria-labelledby="household-heading">
      <h2 id="household-heading">{words.household}</h2>
      <p className={styles.intro}>{words.householdHint}</p>
      {open && (
        <p className={styles.warning} role="note">
          {words.openToKids(open)}
        </p>
      )}
      {household.isError && !household.data && (
        <Notice text={words.householdFailed} onRetry={() => void household.refetch()} />
      )}
      <ul className={styles.grid}>
        {household.data?.profiles.map((profile) => (
          <li key={profile.profileId}>
            <ProfileTile profile={profile} onPick={pick} />
          </li>
        ))}
        <li>
          <button type="button" className={styles.tile} data-icon="plus" onClick={() => setNew(true)}>
            <strong>{words.newProfile}</strong>
          </button>
        </li>
      </ul>
      <NewProfileDialog
        open={isNew}
        ensureHousehold={ensureHousehold}
        onClose={() => setNew(false)}
        onCreated={() => void queryClient.invalidateQueries({ queryKey: ['household'] })}
      />
      <PinDialog profile={locked} onClose={() => setLocked(undefined)} onPin={choose} />
    </section>
  );
}

function ProfileTile({ profile, onPick }: { profile: Profile; onPick: (profile: Profile) => void }) {
  const isCurrent = useCurrentUser()?.userIdx === profile.userIdx;
  const marks = [...(profile.isKids ? [words.kids] : []), ...(profile.hasPin ? [words.locked] : [])];
  return (
    <button type="button" className={styles.tile} aria-current={isCurrent} onClick={() => onPick(profile)}>
      <Avatar userIdx={profile.userIdx} label={profile.name.slice(0, 1)} />
      <span>
        <strong>{profile.name}</strong>
        {isCurrent && (
          <small>
            <em>{words.current}</em>
          </small>
        )}
        {marks.length > 0 && <small>{marks.join(' · ')}</small>}
      </span>
    </button>
  );
}
