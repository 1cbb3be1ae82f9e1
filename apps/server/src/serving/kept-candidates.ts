import type { Engine, FeedbackState, Remembered, StateMemory } from '@matinee/recommender';
import { LRUCache } from 'lru-cache';

/** Enough for some 1,400 users of a V4, whose candidates take 35 KB. */
export const DEFAULT_KEPT_BYTES = 48 * 1024 * 1024;

/**
 * Creates a memory of the candidates of the latest users of one engine, or none for 0 bytes.
 *
 * The key is the user's folded feedback, which is another object once an event has changed it, whichever process stored
 * the event: so candidates from before an event are never found after it.
 */
export function createKeptCandidates(maxBytes: number): StateMemory | undefined {
  if (maxBytes === 0) return undefined;
  const kept = new LRUCache<FeedbackState, Remembered>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }) => bytes,
  });
  return { get: (state) => kept.get(state), set: (state, made) => void kept.set(state, made) };
}

/** Returns the engine that finds everything anew: for a state that never comes back, a trace, a comparison of times. */
export function withoutMemory<Served extends Engine>({ kept: _, ...engine }: Served): Omit<Served, 'kept'> {
  return engine;
}
