import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import type { EventLog, HouseholdStore, ItemFacts, NewItemStore, VisitorStore } from '@matinee/recommender';
import type { FastifyBaseLogger } from 'fastify';
import type { DrainOptions } from './http/drain.ts';
import type { LoadLimits } from './http/load-gate.ts';
import type { ResponseCacheLimits } from './http/response-cache.ts';

/** All that the server is made of. `main.ts` fills it with the real things. */
export interface ServerDependencies {
  readonly dataset: Dataset;
  readonly release: Release;
  /** What rules know of the titles; nothing where absent. */
  readonly facts?: ItemFacts;
  readonly eventLog: EventLog;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly newItems: NewItemStore;
  /** What whoever brings titles must show, a secret; absent: none are taken. */
  readonly catalogueToken?: string;
  /** Told of a release that was brought back because the one after it fell. */
  readonly onRollBack?: (release: Release) => void;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Unique, and not to be guessed. */
  readonly createId: () => string;
  /** Share of places drawn at random in the rows that explore: 0 = none; {@link DEFAULT_EXPLORATION_SHARE} where absent. */
  readonly explorationShare?: number;
  /** Folder of the built page; the server says so when it is not there. */
  readonly webRoot?: string;
  /** Nothing is logged without one. */
  readonly logger?: FastifyBaseLogger;
  /** Adds the process's own figures (memory, event loop, garbage collection) to `/metrics`. */
  readonly processMetrics?: boolean;
  /** {@link DEFAULT_RESPONSE_CACHE} where absent. */
  readonly responseCache?: Partial<ResponseCacheLimits>;
  /** {@link DEFAULT_LOAD_LIMITS} where absent. */
  readonly limits?: Partial<LoadLimits>;
  /** How closing goes: at once, but for what is under way, where absent. */
  readonly drain?: DrainOptions;
}
