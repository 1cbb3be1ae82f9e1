import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { ItemFacts } from '../facts/item-facts.ts';
import { createLiveEvents, type LiveEvents } from './live-events.ts';

/** An engine with its live events. */
export interface LiveEngine {
  readonly engine: Engine;
  /** Events counted here change the engine's answers. */
  readonly live: LiveEvents;
}

/**
 * Creates an engine whose answers include events after the training; see {@link createEngine}.
 *
 * @param counted Live events of the same release and items, to go on with.
 * @throws {MatineeError} as `createEngine`.
 */
export function createLiveEngine(
  dataset: Dataset,
  release: Release,
  facts?: ItemFacts,
  earlier?: Engine,
  counted?: LiveEvents,
): LiveEngine {
  const plain = createEngine(dataset, release, facts, earlier);
  const live = counted ?? createLiveEvents(dataset, release);
  return {
    live,
    engine: {
      ...plain,
      release: live.release,
      logGapAt: (asOf) => live.logGapAt(asOf) ?? plain.logGapAt(asOf),
      liveChanges: live.changeCount,
      ...(live.activity && { activity: live.activity }),
    },
  };
}
