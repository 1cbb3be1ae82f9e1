import { useCurrentUser } from './current-user.tsx';

/** Whether the viewer may look into the Lab: the server refuses it to kids profiles, so the page does not offer it. */
export function useLabOpen(): boolean {
  const user = useCurrentUser();
  return user !== undefined && user.summary?.profile?.isKids !== true;
}
