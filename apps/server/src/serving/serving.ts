import { type Dataset, growDataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import {
  changeCatalogue,
  changeItemFacts,
  createItemFacts,
  growItemFacts,
  type ItemChange,
  type ItemFacts,
  type NewItemRecord,
  tryOut,
  withoutKnownItems,
} from '@matinee/recommender';
import type { RunJob } from './event-loop-delay.ts';
import type { LogFollower } from './follow-log.ts';
import { createOtherGenerations, type OtherGenerationsDependencies } from './other-generations.ts';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';
import { createSnapshot, type ServedCatalogue, type Snapshot, type SnapshotDependencies } from './snapshot.ts';

interface ServedRelease {
  readonly version: string;
  readonly generation: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

/** What is served now, and how to replace it. */
export interface Serving {
  current(): Snapshot;
  /**
   * Returns the snapshot of a generation, whichever is served: what is served where none is named or it is this one.
   *
   * @throws {MatineeError} `GENERATION_NOT_TRAINED` where there is no release of it.
   */
  of(generation: GenerationName | undefined): Promise<Snapshot>;
  /** Returns the releases served so far, the present one last; at most {@link MAX_REMEMBERED}. */
  served(): readonly ServedRelease[];
  /**
   * Serves another release of the same data, completely from one request to the next. Requests in progress finish with
   * the release that they began with. Swaps run one after the other, so the last one called is the one that stays.
   *
   * @throws {MatineeError} `RELEASE_MISMATCH` when it was trained on other data, `BAD_RELEASE` when its parts do not
   * fit together or it fails a trial. The present release is then still served.
   */
  swap(release: Release, options?: SwapOptions): Promise<void>;
  /** Adds a listener; listeners are called in the order in which they were added. */
  onSwap(listener: SwapListener): void;
  /**
   * Adds items to the catalogue, after all existing ones and for every later release. Once this resolves, every new
   * request can find them. Calls during an addition are handled together by the next one.
   *
   * @param newItems Their ids are not in the catalogue.
   */
  addItems(newItems: readonly NewItemRecord[]): Promise<void>;
  /**
   * Changes what is said of items, for every later release too. Once this resolves, every new request sees it.
   *
   * @param changes Everything that holds of each item: what the store returned.
   */
  changeItems(changes: readonly ItemChange[]): Promise<void>;
  /** Counts the log anew into what is served: events have gone from it. */
  recount(): Promise<void>;
  /**
   * Answers a few requests, so that the first client does not wait for lazy loading and compilation.
   *
   * @throws {MatineeError} `BAD_RELEASE` when it fails a trial; it is served all the same.
   */
  warmUp(): Promise<void>;
}

/** Receives every release that replaces another, once it is served. */
type SwapListener = (later: Snapshot, earlier: Snapshot, options: SwapOptions) => void;

interface SwapOptions {
  /** Set when the release is served again because its successor did worse. */
  readonly isRollBack?: boolean;
}

export interface ServingDependencies extends SnapshotDependencies, OtherGenerationsDependencies {
  readonly dataset: Dataset;
  /** Items added since the dataset was prepared. */
  readonly newItems: readonly NewItemRecord[];
  /** What was changed of items of both. */
  readonly itemChanges?: readonly ItemChange[];
  /** Served first, even if it fails a trial: a page without one source is better than no page. */
  readonly release: Release;
  /** Facts that rules read about the dataset's items, for every release. */
  readonly facts?: ItemFacts;
  /** Keeps the served release up to date with the event log. */
  readonly log: LogFollower;
  readonly runJob: RunJob;
}

/** Length of {@link Serving.served}. */
const MAX_REMEMBERED = 100;

/** A first call may have to load or compile something, so it gets more time than a request. */
const TRIAL_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };
/** Nobody is served during a warm-up, so a source that hangs must not delay it for long. */
const WARM_UP_CONTEXT = { ...RECOMMEND_CONTEXT, deadlineMs: 1000 };

/** @throws {MatineeError} like {@link Serving.swap}, for the first release. */
export async function createServing({
  newItems,
  itemChanges = [],
  release,
  log,
  runJob,
  ...dependencies
}: ServingDependencies): Promise<Serving> {
  const { clock, pause } = dependencies;
  /** As it was prepared, with the items that were added. */
  let unchanged = startCatalogue(dependencies, newItems);
  const changesById = new Map(itemChanges.map((each) => [each.itemId, each]));
  let catalogue = change(unchanged, changesById);
  let pendingItems: NewItemRecord[] = [];
  let snapshot = await createSnapshot(release, catalogue, dependencies);
  let served = [describeServed(release, clock())];
  const listeners: SwapListener[] = [];
  const inOrder = createQueue();
  const others = createOtherGenerations(
    dependencies,
    (other) => inOrderFor(() => runJob('open a generation', () => prepareOther(other))),
    ({ live }) => log.unfollow(live),
  );
  await log.follow(snapshot.live);

  async function prepareOther(other: Release): Promise<Snapshot> {
    const prepared = await createSnapshot(other, catalogue, dependencies, snapshot);
    await tryOut(prepared.engine, Math.floor(clock() / 1000), TRIAL_CONTEXT, pause);
    await log.follow(prepared.live);
    await log.catchUp();
    return prepared;
  }

  /** As a change in the queue, with its result. */
  async function inOrderFor<Value>(work: () => Promise<Value>): Promise<Value> {
    let value: Value | undefined;
    await inOrder(async () => {
      value = await work();
    });
    return value as Value;
  }

  async function swapNow(next: Release, options: SwapOptions): Promise<void> {
    const prepared = await createSnapshot(next, catalogue, dependencies, snapshot);
    await tryOut(prepared.engine, Math.floor(clock() / 1000), TRIAL_CONTEXT, pause);
    const earlier = await replaceSnapshot(prepared);
    served = [...served, describeServed(next, clock())].slice(-MAX_REMEMBERED);
    for (const listener of listeners) listener(prepared, earlier, options);
  }

  async function addPendingItems(): Promise<void> {
    const added = [...pendingItems];
    if (added.length === 0) return; // an earlier call in the queue has added them
    const grown = grow(unchanged, added);
    const larger = change(grown, changesById);
    const prepared = await createSnapshot(snapshot.release, larger, dependencies, snapshot);
    // Only compiles code for the larger catalogue. The release is in use already, so a failed trial changes nothing.
    await tryOut(prepared.engine, Math.floor(clock() / 1000), WARM_UP_CONTEXT, pause).catch(() => undefined);
    await replaceSnapshot(prepared);
    unchanged = grown;
    catalogue = larger;
    // Removed only now: items whose addition fails are added with the next ones.
    pendingItems = pendingItems.slice(added.length);
  }

  async function changeItemsNow(changes: readonly ItemChange[]): Promise<void> {
    for (const each of changes) changesById.set(each.itemId, each);
    // From the start, since what is taken back is nowhere else.
    unchanged = { ...unchanged, revision: unchanged.revision + 1 };
    const changed = change(unchanged, changesById);
    await replaceSnapshot(await createSnapshot(snapshot.release, changed, dependencies, snapshot));
    catalogue = changed;
  }

  async function recountNow(): Promise<void> {
    await replaceSnapshot(
      await createSnapshot(snapshot.release, catalogue, dependencies, { ...snapshot, live: undefined }),
    );
  }

  /** @returns The snapshot that was served before. */
  async function replaceSnapshot(prepared: Snapshot): Promise<Snapshot> {
    const earlier = snapshot;
    if (prepared.live !== earlier.live) {
      await log.follow(prepared.live);
      await log.catchUp();
      log.unfollow(earlier.live);
    }
    snapshot = prepared;
    others.closeAll();
    return earlier;
  }

  return {
    current: () => snapshot,
    async of(generation) {
      if (generation === undefined || generation === snapshot.release.generation) return snapshot;
      return others.open(generation);
    },
    served: () => served,
    warmUp: () => runJob('warm up', () => tryOut(snapshot.engine, Math.floor(clock() / 1000), WARM_UP_CONTEXT)),
    onSwap: (listener) => void listeners.push(listener),
    swap: (next, options = {}) => inOrder(() => runJob('swap a release', () => swapNow(next, options))),
    recount: () => inOrder(() => runJob('fold the log', recountNow)),
    changeItems: (changes) => inOrder(() => runJob('change items', () => changeItemsNow(changes))),
    addItems(added) {
      pendingItems.push(...added);
      return inOrder(() => runJob('add items', addPendingItems));
    },
  };
}

/**
 * Returns a function that runs one change at a time, in the order of calls. A failed change does not stop later ones.
 */
function createQueue(): (change: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (change) => {
    const changed = last.then(change);
    last = changed.catch(() => undefined);
    return changed;
  };
}

function describeServed({ version, generation }: Release, sinceMs: number): ServedRelease {
  return { version, generation, sinceMs };
}

function startCatalogue(
  { dataset, facts }: Pick<ServingDependencies, 'dataset' | 'facts'>,
  newItems: readonly NewItemRecord[],
): ServedCatalogue {
  const known = facts ?? createItemFacts(dataset.items.vocabulary.ids.length, () => undefined);
  return grow({ dataset, facts: known, revision: 0 }, withoutKnownItems(dataset, newItems));
}

function change(
  { dataset, facts, revision }: ServedCatalogue,
  changesById: ReadonlyMap<string, ItemChange>,
): ServedCatalogue {
  const changes = Array.from(changesById.values());
  return {
    dataset: { ...dataset, items: changeCatalogue(dataset.items, changes) },
    facts: changeItemFacts(facts, dataset.items.vocabulary, changes),
    revision,
  };
}

function grow({ dataset, facts, revision }: ServedCatalogue, newItems: readonly NewItemRecord[]): ServedCatalogue {
  return {
    dataset: growDataset(
      dataset,
      newItems.map(({ item }) => item),
    ),
    facts: growItemFacts(
      facts,
      newItems.map(({ fact }) => fact),
    ),
    revision: revision + 1,
  };
}
