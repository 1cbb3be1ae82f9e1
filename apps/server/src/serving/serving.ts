import { type Dataset, growDataset } from '@matinee/models/data';
import { growRelease, type Release } from '@matinee/models/release';
import {
  createDriftMeter,
  createItemFacts,
  createLiveEngine,
  type Drift,
  type Engine,
  growItemFacts,
  type ItemFacts,
  type LiveEvents,
  type NewItemRecord,
  tryOut,
  withoutKnownItems,
} from '@matinee/recommender';
import { createSearchIndex, type SearchIndex } from '../search/search-index.ts';
import type { LogFollower } from './follow-log.ts';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';
import { createViewers, type Viewers, type ViewersDependencies } from './viewers.ts';

/** One release and all that is made from it; only live events change it. A request takes one at its start and keeps it to its end. */
export interface Snapshot {
  /** As it was trained: without live events, over the titles that there were. */
  readonly release: Release;
  /** The same over the catalogue of now. */
  readonly grown: Release;
  readonly engine: Engine;
  /** What the engine's answers take in of what everybody does. */
  readonly live: LiveEvents;
  readonly viewers: Viewers;
  readonly searchIndex: SearchIndex;
  /** How far turns of the last week, by item, are from what the data set holds. */
  readonly measureDrift: (engagements: ReadonlyMap<number, number>) => Drift;
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
  /** Adds a listener; listeners are called in the order in which they were added. */
  onSwap(listener: SwapListener): void;
  /**
   * Serves further titles, behind all that there are, with whatever release is served: once this resolves, every new
   * request can find them. What comes while others are being taken in is taken in together.
   *
   * @param arrivals Of ids that the catalogue does not have.
   */
  addItems(newItems: readonly NewItemRecord[]): Promise<void>;
  /**
   * Answers a few requests from what is served at first, so that nobody has to wait for what is loaded and compiled then.
   *
   * @throws {MatineeError} `BAD_RELEASE` when it fails a trial; it is served all the same.
   */
  warmUp(): Promise<void>;
}

/** Receives every release that replaces another, once it is served. */
type SwapListener = (later: Snapshot, earlier: Snapshot, options: SwapOptions) => void;

interface SwapOptions {
  /** Set where the release is brought back because the one after it fell. */
  readonly isRollBack?: boolean;
}

export interface ServingDependencies extends Omit<ViewersDependencies, 'engine' | 'users'> {
  readonly dataset: Dataset;
  /** Titles that came since it was prepared. */
  readonly newItems: readonly NewItemRecord[];
  /** Served at first, whatever a trial says: with nothing else to serve, a page that lacks a source is better than none. */
  readonly release: Release;
  /** What rules know of the data set's titles, whichever release is served. */
  readonly facts?: ItemFacts;
  /** Keeps what is served up to date with the event log. */
  readonly log: LogFollower;
}

/** Releases that {@link Serving.served} tells of. */
const MAX_REMEMBERED = 100;

/** A first call may have to load or compile something: it gets more time than a request. */
const TRIAL_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };
/** Nobody is served meanwhile: a source that hangs must not keep the door shut for long. */
const WARM_UP_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 1000 };

/** @throws {MatineeError} as {@link Serving.swap}, for the first release. */
export async function createServing({
  newItems,
  release,
  log,
  ...dependencies
}: ServingDependencies): Promise<Serving> {
  const { dataset } = dependencies;
  const facts = dependencies.facts ?? createItemFacts(dataset.items.vocabulary.ids.length, () => undefined);
  let catalogue = grow({ dataset, facts }, withoutKnownItems(dataset, newItems));
  let pendingItems: NewItemRecord[] = [];
  let snapshot = await createSnapshot(release, catalogue);
  const listeners: SwapListener[] = [];
  let served = [remember(release)];
  let changing: Promise<void> = Promise.resolve();
  log.follow(snapshot.live);

  async function swapNow(next: Release, options: SwapOptions): Promise<void> {
    const prepared = await createSnapshot(next, catalogue, snapshot);
    await tryOut(prepared.engine, Math.floor(dependencies.clock() / 1000), TRIAL_CONTEXT);
    const earlier = await takeOver(prepared);
    served = [...served, remember(next)].slice(-MAX_REMEMBERED);
    for (const listener of listeners) listener(prepared, earlier, options);
  }

  async function takeIn(): Promise<void> {
    const added = [...pendingItems];
    if (added.length === 0) return; // the turn before took them along
    const larger = grow(catalogue, added);
    const prepared = await createSnapshot(snapshot.release, larger, snapshot);
    // Only to have compiled what a larger catalogue needs: the release answers already, well or badly.
    await tryOut(prepared.engine, Math.floor(dependencies.clock() / 1000), WARM_UP_CONTEXT).catch(() => undefined);
    await takeOver(prepared);
    catalogue = larger;
    // Not before: what fails is taken in with what comes next.
    pendingItems = pendingItems.slice(added.length);
  }

  /** @returns What was served before. */
  async function takeOver(prepared: Snapshot): Promise<Snapshot> {
    log.follow(prepared.live);
    await log.catchUp();
    const earlier = snapshot;
    log.unfollow(earlier.live);
    snapshot = prepared;
    return earlier;
  }

  function inTurn(change: () => Promise<void>): Promise<void> {
    const changed = changing.then(change);
    changing = changed.catch(() => undefined);
    return changed;
  }

  function remember({ version, generation }: Release): ServedRelease {
    return { version, generation, sinceMs: dependencies.clock() };
  }

  async function createSnapshot(
    next: Release,
    { dataset, facts }: ServedCatalogue,
    earlier?: Snapshot,
  ): Promise<Snapshot> {
    const grown = await growRelease(next, dataset.items);
    const { engine, live } = createLiveEngine(dataset, grown, facts, earlier?.engine);
    const same = earlier?.engine.catalogue === engine.catalogue ? earlier : undefined;
    return {
      release: next,
      grown,
      engine,
      live,
      viewers: createViewers({ ...dependencies, engine, users: dataset.users }),
      searchIndex: same?.searchIndex ?? indexTitles(engine),
      measureDrift: same?.measureDrift ?? createDriftMeter(engine),
      usersByActivity:
        earlier?.engine.histories === engine.histories ? earlier.usersByActivity : sortUsersByActivity(engine),
    };
  }

  return {
    current: () => snapshot,
    served: () => served,
    warmUp: () => tryOut(snapshot.engine, Math.floor(dependencies.clock() / 1000), WARM_UP_CONTEXT),
    onSwap: (listener) => void listeners.push(listener),
    swap: (next, options = {}) => inTurn(() => swapNow(next, options)),
    addItems(added) {
      pendingItems.push(...added);
      return inTurn(takeIn);
    },
  };
}

/** The data set's titles and those that came since, with what rules know of them. */
interface ServedCatalogue {
  readonly dataset: Dataset;
  readonly facts: ItemFacts;
}

function grow({ dataset, facts }: ServedCatalogue, newItems: readonly NewItemRecord[]): ServedCatalogue {
  return {
    dataset: growDataset(
      dataset,
      newItems.map(({ item }) => item),
    ),
    facts: growItemFacts(
      facts,
      newItems.map(({ fact }) => fact),
    ),
  };
}

/** The same for every release over one catalogue. */
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
