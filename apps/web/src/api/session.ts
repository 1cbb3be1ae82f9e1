import { readStored, writeStored } from './stored.ts';

const KEY = 'matinee.session';

/** What choosing a profile gave, kept over reloads; undefined while nobody with a profile is watching. */
let session = readStored<string | null>(KEY) ?? undefined;

export const currentSession = (): string | undefined => session;

export function holdSession(next: string | undefined): void {
  session = next;
  writeStored(KEY, next ?? null);
}
