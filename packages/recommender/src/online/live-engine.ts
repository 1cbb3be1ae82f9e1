import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { ItemFacts } from '../facts/item-facts.ts';
import { createLiveEvents, type LiveEvents } from './live-events.ts';

/** An engine, and what keeps it up to date. */
export interface LiveEngine {
  readonly engine: Engine;
  /** The engine's answers take in what this has counted. */
  readonly live: LiveEvents;
}

/**
 * As {@link createEngine}, with what happens after the training in its answers.
 *
 * @throws {MatineeError} as `createEngine`.
 */
export function createLiveEngine(dataset: Dataset, release: Release, facts?: ItemFacts, earlier?: Engine): LiveEngine {
  const plain = createEngine(dataset, release, facts, earlier);
  const live = createLiveEvents(dataset, release);
  return { live, engine: { ...plain, release: live.release, ...(live.activity && { activity: live.activity }) } };
}
