import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { LRUCache } from 'lru-cache';
import type { Snapshot } from './snapshot.ts';

/** Generations that are open beside the one that is served; each holds its models in memory. */
const MOST_OPEN = 3;

/** Releases of generations other than the one that is served, for requests that ask for one. */
export interface OtherGenerations {
  /**
   * Returns the snapshot of a generation; the first request opens its release.
   *
   * @throws {MatineeError} `GENERATION_NOT_TRAINED` where there is none of the same data; whatever else opening it throws.
   */
  open(generation: GenerationName): Promise<Snapshot>;
  /** Closes all: the catalogue has changed, or there are later releases. */
  closeAll(): void;
}

export interface OtherGenerationsDependencies {
  /** Returns the release of a generation; undefined where none was trained. */
  readonly openGeneration?: (generation: GenerationName) => Promise<Release | undefined>;
  /** Says what is being trained, as a clause; undefined where nothing is. */
  readonly describeTraining?: () => string | undefined;
}

/**
 * @param prepare Builds the snapshot of a release and lets it follow the log.
 * @param dismiss Called with every snapshot that is closed. Requests that use it still finish.
 */
export function createOtherGenerations(
  { openGeneration, describeTraining }: OtherGenerationsDependencies,
  prepare: (release: Release) => Promise<Snapshot>,
  dismiss: (snapshot: Snapshot) => void,
): OtherGenerations {
  const opened = new LRUCache<GenerationName, Promise<Snapshot>>({
    max: MOST_OPEN,
    dispose: (closed) => void closed.then(dismiss, () => undefined),
  });

  async function openNow(generation: GenerationName): Promise<Snapshot> {
    const release = await openGeneration?.(generation);
    if (release === undefined) throw notTrained(generation, `there is no release of ${generation} yet`);
    return prepare(release).catch((error: unknown) => {
      const isOfOtherData = error instanceof MatineeError && error.code === 'RELEASE_MISMATCH';
      throw isOfOtherData ? notTrained(generation, `the release of ${generation} was trained on other data`) : error;
    });
  }

  function notTrained(generation: GenerationName, what: string): MatineeError {
    const next = describeTraining?.() ?? `matinee train --preset ${generation} makes one`;
    return new MatineeError('GENERATION_NOT_TRAINED', `${what}; ${next}`);
  }

  return {
    open(generation) {
      const known = opened.get(generation);
      if (known !== undefined) return known;
      const opening = openNow(generation);
      opened.set(generation, opening);
      // What could not be opened is tried again by the next request.
      opening.catch(() => opened.peek(generation) === opening && opened.delete(generation));
      return opening;
    },
    closeAll: () => opened.clear(),
  };
}
