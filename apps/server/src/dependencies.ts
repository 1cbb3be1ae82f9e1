import type { Dataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import type { ApiKeyStore, ItemFacts } from '@matinee/recommender';
import type { FastifyBaseLogger } from 'fastify';
import type { HostRule } from './http/hosts.ts';
import type { SavedRun } from './lab/saved-run.ts';
import type { Stores } from './routes/services.ts';
import type { ServerSettings } from './settings.ts';

/** The data that a server serves. */
export interface ServedData {
  readonly dataset: Dataset;
  readonly release: Release;
  /** Facts that rules read about the dataset's items; without them the rules know none. */
  readonly facts?: ItemFacts;
  /** Returns the release of a generation, for requests that ask for another one than is served. */
  readonly openGeneration?: (generation: GenerationName) => Promise<Release | undefined>;
  /** Reads the manifests of the releases on disk; without it there are none. */
  readonly listRuns?: () => Promise<readonly SavedRun[]>;
  /** Called with a release that is served again because its successor did worse. */
  readonly onRollBack?: (release: Release) => void;
}

/** Everything a server is built from. `main.ts` supplies the real parts, tests supply their own. */
export interface ServerDependencies extends ServedData, Stores, ServerSettings {
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /** Returns a unique id that cannot be guessed. */
  readonly createId: () => string;
  /** Keys of programs; without them no key is known. */
  readonly apiKeys?: ApiKeyStore;
  /** By which names the server may be addressed; {@link ANY_HOST} by default. */
  readonly hosts?: HostRule;
  /** Without a logger nothing is logged. */
  readonly logger?: FastifyBaseLogger;
}
