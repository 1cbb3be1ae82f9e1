import { readStored, writeStored } from './stored.ts';

const KEY = 'matinee.session';

/** The session of the chosen profile, kept across reloads; undefined when the viewer has no profile. */
let session = readStored<string | null>(KEY) ?? undefined;

export const currentSession = (): string | undefined => session;

export function holdSession(next: string | undefined): void {
  session = next;
  writeStored(KEY, next ?? null);
}
