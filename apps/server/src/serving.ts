import type { Dataset, Release } from '@matinee/models';
import { createLiveEngine, type Engine, type FilmFacts, type LiveEvents, tryOut } from '@matinee/recommender';
import type { LogFollower } from './follow-log.ts';
import { createPeople, type People, type PeopleDependencies } from './people.ts';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';
import { createSearchIndex, type SearchIndex } from './search/search-index.ts';

/** One release and all that is made from it; only live events change it. A request takes one at its start and keeps it to its end. */
export interface Snapshot {
  /** As it was trained: without live events. */
  readonly release: Release;
  readonly engine: Engine;
  /** What the engine's answers take in of what everybody does. */
  readonly live: LiveEvents;
  readonly people: People;
  readonly searchIndex: SearchIndex;
  /** Positions of the data set's users, least active first. */
  readonly usersByActivity: readonly number[];
}

interface ServedRelease {
  readonly version: string;
  readonly generation: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

/** What is served now. */
export interface Serving {
  current(): Snapshot;
  /** What has been served so far, the present release last; at most {@link MAX_REMEMBERED}. */
  served(): readonly ServedRelease[];
  /**
   * Serves another release of the same data: from one request to the next, all of it at once. Requests under way keep
   * what they began with. Swaps take their turns, so the last one asked for is the one that stays.
   *
   * @throws {MatineeError} `RELEASE_MISMATCH` when it was trained on other data, `BAD_RELEASE` when its parts do not fit
   * or it fails a trial. What was served before is served on.
   */
  swap(release: Release, options?: SwapOptions): Promise<void>;
  /**
   * Answers a few requests from what is served at first, so that nobody has to wait for what is loaded and compiled then.
   *
   * @throws {MatineeError} `BAD_RELEASE` when it fails a trial; it is served all the same.
   */
  warmUp(): Promise<void>;
}

interface SwapOptions {
  /** Set where the release is brought back because the one after it fell. */
  readonly isRollBack?: boolean;
}

export interface ServingDependencies extends Omit<PeopleDependencies, 'engine' | 'users'> {
  readonly dataset: Dataset;
  /** Served at first, whatever a trial says: with nothing else to serve, a page that lacks a source is better than none. */
  readonly release: Release;
  /** What rules know of the titles, whichever release is served. */
  readonly facts?: FilmFacts;
  /** Keeps what is served up to date with the event log. */
  readonly log: LogFollower;
  /** Told of every release that replaces another, once it is served. */
  readonly onSwap: (later: Snapshot, earlier: Snapshot, options: SwapOptions) => void;
}

/** Releases that {@link Serving.served} tells of. */
const MAX_REMEMBERED = 100;

/** A first call may have to load or compile something: it gets more time than a request. */
const TRIAL_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };
/** Nobody is served meanwhile: a source that hangs must not keep the door shut for long. */
const WARM_UP_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 1000 };

/** @throws {MatineeError} as {@link Serving.swap}, for the first release. */
export function createServing({ dataset, release, facts, log, onSwap, ...dependencies }: ServingDependencies): Serving {
  let snapshot = createSnapshot(release);
  let served = [remember(release)];
  let swapping: Promise<void> = Promise.resolve();
  log.follow(snapshot.live);

  async function swapNow(next: Release, options: SwapOptions): Promise<void> {
    const prepared = createSnapshot(next, snapshot);
    await tryOut(prepared.engine, Math.floor(dependencies.clock() / 1000), TRIAL_CONTEXT);
    log.follow(prepared.live);
    await log.catchUp();
    const earlier = snapshot;
    log.unfollow(earlier.live);
    snapshot = prepared;
    served = [...served, remember(next)].slice(-MAX_REMEMBERED);
    onSwap(prepared, earlier, options);
  }

  function remember({ version, generation }: Release): ServedRelease {
    return { version, generation, sinceMs: dependencies.clock() };
  }

  function createSnapshot(next: Release, earlier?: Snapshot): Snapshot {
    const { engine, live } = createLiveEngine(dataset, next, facts, earlier?.engine);
    return {
      release: next,
      engine,
      live,
      people: createPeople({ ...dependencies, engine, users: dataset.users }),
      searchIndex: earlier?.searchIndex ?? indexTitles(engine),
      usersByActivity:
        earlier?.engine.histories === engine.histories ? earlier.usersByActivity : sortUsersByActivity(engine),
    };
  }

  return {
    current: () => snapshot,
    served: () => served,
    warmUp: () => tryOut(snapshot.engine, Math.floor(dependencies.clock() / 1000), WARM_UP_CONTEXT),
    swap(next, options = {}) {
      const swapped = swapping.then(() => swapNow(next, options));
      swapping = swapped.catch(() => undefined);
      return swapped;
    },
  };
}

/** The catalogue and its events are the data set's: the same for every release of it. */
function indexTitles({ catalogue, ratings }: Engine): SearchIndex {
  const { titles, years } = catalogue;
  return createSearchIndex(
    titles.map((title, item) => ({
      title,
      year: years[item] ?? 0,
      popularity: ratings.interactionCounts[item] ?? 0,
    })),
  );
}

function sortUsersByActivity({ histories, userCount }: Engine): number[] {
  const lengthOf = (user: number): number => histories.of(user).itemIndices.length;
  return Array.from({ length: userCount }, (_, user) => user).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
}
